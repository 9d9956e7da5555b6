"""Compile the NMODL files of a folder: `python -m tuner.mechanisms FOLDER`.

The path of the library is printed. Of the project's own mechanisms, all must compile.
"""

import logging
import os
import sys
from pathlib import Path

from tuner.errors import MechanismError, TunerError
from tuner.mechanisms import libraries


def main() -> int:
    """Compile the folder, print the path of the library, and return the exit status.

    An error is written to stderr, and its exit status is returned.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        library = _build(Path(sys.argv[1]))
    except TunerError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    sys.stdout.write(f"mechanisms: {os.path.relpath(library) if library else 'no files to compile'}\n")
    return 0


def _build(mod_folder: Path) -> Path | None:
    library = libraries.build(mod_folder)
    lacking = libraries.left_out_files(library)
    if lacking and mod_folder.resolve() == libraries.OWN:
        raise MechanismError(
            f"{mod_folder}: {', '.join(lacking)} did not compile; all mechanisms of the project must compile"
        )
    return library


if __name__ == "__main__":
    sys.exit(main())
