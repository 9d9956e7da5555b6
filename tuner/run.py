"""Run the command line: `netpyne-tuner STUDY`, and in a checkout `python tuner/run.py STUDY`.

This module imports little. Signals are therefore handled before the rest of the program is imported.
"""

import os
import sys

if not __package__:
    # Python puts tuner/ first on the path. There, a model's `import network` could find a module of the tuner.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from tuner import signals  # noqa: E402


def main() -> int:
    """Run the command of the process, and return the exit status; a signal never leaves a traceback."""
    signals.end_at_once()
    from tuner import cli

    try:
        return cli.main()
    except KeyboardInterrupt:
        # The signal has arrived while the command was ending.
        return signals.exit_status()
    finally:
        signals.ignore()


if __name__ == "__main__":
    sys.exit(main())
