"""`python batch/netpyne_batch.py STUDY`: the study searched by NetPyNE's own Batch (`tuner.bridge.batch_folder`)."""

import os
import sys

# Python puts batch/ first on the path, where a model's own modules could meet ours.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from tuner.bridge.batch_folder import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
