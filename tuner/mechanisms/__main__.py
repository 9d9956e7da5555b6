"""`python -m tuner.mechanisms FOLDER`: compiles and says where; of the project's own, all must compile."""

import os
import sys
from pathlib import Path

from tuner.errors import MechanismError, TunerError
from tuner.mechanisms import libraries


def main() -> int:
    """Exit status 0, or that of the error, which is written to stderr."""
    try:
        library = _build(Path(sys.argv[1]))
    except TunerError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    sys.stdout.write(f"mechanisms: {os.path.relpath(library) if library else 'none to compile'}\n")
    return 0


def _build(mod_folder: Path) -> Path | None:
    library = libraries.build(mod_folder)
    lacking = libraries.left_out_files(library)
    if lacking and mod_folder.resolve() == libraries.OWN:
        raise MechanismError(f"{mod_folder}: {', '.join(lacking)} must compile")
    return library


if __name__ == "__main__":
    sys.exit(main())
