"""Run the command line from a checkout: `python tuner/run.py STUDY` is the same program as `netpyne-tuner`."""

import os
import sys

# Python puts tuner/ first on the path. There, a model's `import network` could find a module of the tuner.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from tuner.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
