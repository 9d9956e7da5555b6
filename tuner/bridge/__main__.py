"""`python -m tuner.bridge STUDY`: the same program as `batch/netpyne_batch.py`, where there is no checkout."""

import sys

from tuner.bridge.batch_folder import main

if __name__ == "__main__":
    sys.exit(main())
