"""The code blocks of the pages: every block is written, read or run."""

import pytest

from tests.docs import blocks
from tests.docs.pages import play
from tests.loops import loop_over

# Of all blocks that could be run.
MOST_NOT_RUN = 0.1
PAGES = [*blocks.pages(), "../README.md", "../CONTRIBUTING.md"]


def marked(mark: str) -> list[str]:
    """Return the pages that have blocks with a mark; pages that cannot be read are another test's."""
    found = []
    for page in PAGES:
        try:
            found += [page] if any(block.mark == mark for block in blocks.of_page(page)) else []
        except ValueError:
            continue
    return found


@loop_over("page", PAGES)
def test_every_block_has_a_language(page):
    assert all(block.language for block in blocks.of_page(page))


def test_few_blocks_are_not_run():
    every = [block for page in PAGES for block in blocks.of_page(page) if block.language != "text"]
    left_out = [block.place for block in every if block.mark == blocks.NOT_RUN]
    assert len(left_out) <= MOST_NOT_RUN * len(every), left_out


@pytest.mark.simulation
@pytest.mark.long
@pytest.mark.parametrize("page", marked(""))
def test_page(page, tmp_path):
    play(page, tmp_path)


# The blocks without a mark are played too, because the others may build on them; conftest.py leaves out `test_page`.
@pytest.mark.slow
@pytest.mark.parametrize("page", marked("slow"))
def test_slow_page(page, tmp_path):
    play(page, tmp_path, "slow")


@pytest.mark.mpi
@pytest.mark.parametrize("page", marked("mpi"))
def test_page_with_an_mpi(page, tmp_path):
    play(page, tmp_path, "mpi")
