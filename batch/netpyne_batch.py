"""Search a study with NetPyNE's own Batch, see `tuner.bridge.batch_folder`.

Usage: `python batch/netpyne_batch.py STUDY`
"""

import os
import sys

# Python puts batch/ first on sys.path, where a file of batch/ could hide a module of the user's model.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from tuner.bridge.batch_folder import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
