"""`python tuner/run.py STUDY`: the same program as the installed `netpyne-tuner`."""

import os
import sys

# Python puts tuner/ first on the path, where a model's `import network` would find ours.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from tuner.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
