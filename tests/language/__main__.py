"""Print the complaints about files and folders, or all messages of the program.

python -m tests.language [PATH ...]
python -m tests.language --messages [PATH ...]
"""

import sys
from pathlib import Path

from tests.language import prose


def main(arguments: list[str]) -> None:
    """Print what the arguments ask for, and a count."""
    listing = arguments[:1] == ["--messages"]
    paths = [Path(each).resolve() for each in arguments[listing:]]
    files = [file for file in (*prose.code_files(), *prose.page_files())
             if not paths or any(file == path or file.is_relative_to(path) for path in paths)]  # fmt: skip
    if listing:
        modules = [file for file in files if file.suffix == ".py"]
        lines = [f"{text.place}: {text.words}" for file in modules for text in prose.messages(file)]
    else:
        lines = [line for file in files for line in prose.complaints_of(file)]
    print(*(line.replace(f"{prose.ROOT}/", "").replace("\n", "\\n") for line in lines), f"{len(lines)} lines", sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
