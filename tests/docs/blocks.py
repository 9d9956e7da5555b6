"""Read the code blocks of the pages in docs/, with the marks that say how a test runs them."""

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

from tests.commands import ROOT

DOCS = ROOT / "docs"
LANGUAGES = ("toml", "python", "bash", "text")
# Blocks with one of these marks run only in the tests that have the same mark.
MARKS = ("slow", "mpi", "slurm")
NOT_RUN = "not run"
FENCE = re.compile(r"( *)(`{3,})(.*)")
INFO = re.compile(r'(\w*)(?: title="([^"]+)")?')
COMMENT = re.compile(r" *<!-- *(.*?) *-->")


class Block(NamedTuple):
    """Represent a fenced code block of a page."""

    page: str
    line: int
    language: str
    title: str
    mark: str
    reason: str
    source: str

    @property
    def place(self) -> str:
        """Return the page and the line of the block's fence."""
        return f"{self.page}:{self.line}"

    @property
    def is_run(self) -> bool:
        """Return whether a test writes, reads or runs the block."""
        return self.mark != NOT_RUN and (self.language != "text" or bool(self.title))


def pages() -> list[str]:
    """Return the names of all pages in docs/ that are files."""
    return sorted(file.relative_to(DOCS).as_posix() for file in DOCS.rglob("*.md"))


def of_page(name: str) -> list[Block]:
    """Return the blocks of a page of docs/."""
    return read((DOCS / name).read_text(encoding="utf-8"), name)


def read(text: str, page: str) -> list[Block]:
    """Return the blocks of a page's text; ValueError with page and line where a fence or a mark is wrong."""
    found, mark, lines = [], "", iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if fence := FENCE.fullmatch(line):
            found.append(_block(fence, mark, f"{page}:{number}", lines))
            mark = ""
        elif comment := COMMENT.fullmatch(line):
            mark = comment[1]
        elif line.strip():
            if mark.partition(":")[0] in (*MARKS, NOT_RUN):
                raise ValueError(f"{page}:{number}: the mark {mark!r} stands before a text, not before a fence")
            mark = ""
    return found


def _block(fence: re.Match[str], mark: str, place: str, lines: "enumerate[str]") -> Block:
    """Read a block up to its closing fence."""
    info = INFO.fullmatch(fence[3])
    if info is None or info[1] not in LANGUAGES:
        raise ValueError(f"{place}: the fence {fence[3]!r} has no language; allowed: {', '.join(LANGUAGES)}")
    kind, _, reason = mark.partition(":")
    if kind not in ("", *MARKS, NOT_RUN):
        raise ValueError(f"{place}: unknown mark {mark!r}; allowed: {', '.join(MARKS)}, {NOT_RUN}: REASON")
    if (kind == NOT_RUN) != bool(reason.strip()):
        raise ValueError(f"{place}: {NOT_RUN!r}, and no other mark, has a reason: <!-- {NOT_RUN}: REASON -->")
    source = []
    for _, line in lines:
        if line.strip() == fence[2]:
            page, _, number = place.rpartition(":")
            code = textwrap.dedent("\n".join(source)) + "\n"
            return Block(page, int(number), info[1], info[2] or "", kind, reason.strip(), code)
        source.append(line)
    raise ValueError(f"{place}: the fence is not closed")


def written_to(block: Block, folder: Path) -> Path:
    """Return the file that a block with a title is written to; ValueError if it lies outside the folder."""
    file = (folder / block.title).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise ValueError(f"{block.place}: the title {block.title!r} is not a file of the page's folder")
    return file
