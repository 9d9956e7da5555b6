"""Write, read and run the blocks of a page in order, in the working directory.

    python -m tests.docs.play PAGE FOLDER [MARK]

Blocks without a mark are played, and those with MARK. The first block that fails ends the program.
"""

import os
import subprocess
import sys
import traceback
from pathlib import Path

from tests.docs import blocks
from tests.docs.blocks import Block
from tests.samples import study_table

# Room for every population size of a fragment.
BASE = {"duration_ms": 2000, "values": {}, "budget": {"evaluations": 10000}}


def main(page: str, folder: str, mark: str = "") -> int:
    """Play a page in a folder; return 1 after naming the block that failed."""
    os.chdir(folder)
    # As in an interpreter that is started there.
    sys.path.insert(0, folder)
    namespace = {"__name__": "__main__"}
    for block in blocks.of_page(page):
        if not block.is_run or block.mark not in ("", mark):
            continue
        sys.stdout.write(f"--- {block.place}\n")
        sys.stdout.flush()
        try:
            play(block, namespace)
        except (Exception, SystemExit) as error:
            traceback.print_exc(file=sys.stdout)
            sys.stdout.write(f"FAILED: {block.place}: {error}\n")
            return 1
    return 0


def play(block: Block, namespace: dict[str, object]) -> None:
    """Write a block to the file of its title, or run it; read it if it is TOML."""
    if block.title:
        file = blocks.written_to(block, Path.cwd())
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.source, encoding="utf-8")
    if block.language == "toml":
        read_study(block)
    elif block.language == "python":
        # Empty lines before the code give tracebacks the lines of the page.
        code = compile("\n" * block.line + block.source, str(blocks.DOCS / block.page), "exec")
        if not block.title:
            exec(code, namespace)
    elif block.language == "bash" and not block.title:
        subprocess.run(["bash", "-eo", "pipefail", "-c", block.source], check=True)


def read_study(block: Block) -> None:
    """Read a study, or a fragment of one merged into a whole study; StudyError if it is wrong."""
    from tuner.optimizers.resolution import resolve
    from tuner.study.schema import Place
    from tuner.study.study import Study
    from tuner.study.study_file import tomllib

    table = tomllib.loads(block.source)
    if not block.title:
        base = {key: value for key, value in study_table().items() if key != "optimizer"}
        table = {**base, **BASE, **table}
    # Other files, such as cluster.toml, are read by the command that uses them.
    if {"model", "parameters"} <= table.keys():
        study = Study.from_table(table, Place(block.place), Path.cwd(), default_name=Path(block.title).stem)
        resolve(study, study.duration_ms or BASE["duration_ms"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
