"""Run the program of `batch/netpyne_batch.py` without a checkout: `python -m tuner.bridge STUDY`."""

import sys

from tuner.bridge.batch_folder import main

if __name__ == "__main__":
    sys.exit(main())
