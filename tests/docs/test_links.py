"""The links of the pages lead somewhere, as GitHub reads them; mkdocs holds those of the site."""

import re
from pathlib import Path

from tests.commands import ROOT
from tests.docs.blocks import DOCS
from tests.docs.test_site import GENERATED
from tests.loops import loop_over

OUTSIDE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "mod" / "README.md", ROOT / "benchmarks" / "README.md"]
LINK = re.compile(r"\]\((?!\w+:)([^\s)#]*)(?:#([^\s)]*))?\)")


def without_code(text: str) -> str:
    """Return a page without code blocks and code spans."""
    return re.sub(r"`[^`\n]+`", "", re.sub(r"^( *)(`{3,}).*?^\1\2 *$", "", text, flags=re.M | re.S))


def anchors(file: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    text = re.sub(r"^(`{3,}).*?^\1 *$", "", file.read_text(encoding="utf-8"), flags=re.M | re.S)
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_links_and_anchors_are_found(tmp_path):
    page = tmp_path / "p.md"
    page.write_text("# A `b`, c\n\n[x](q.md#r) `[y](z.md)` [w](https://w.org/a.md)\n\n```text\n# [v](u.md)\n```\n")
    assert LINK.findall(without_code(page.read_text())) == [("q.md", "r")]
    assert anchors(page) == {"a-b-c"}


@loop_over("page", [*OUTSIDE, *sorted(DOCS.rglob("*.md"))])
def test_every_link_of_a_page_leads_somewhere(page):
    for target, anchor in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        file = (page.parent / target).resolve() if target else page
        # The site has these pages, and only the site.
        if page.is_relative_to(DOCS) and file in {DOCS / each for each in GENERATED}:
            continue
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{target}#{anchor}"


def test_pages_of_the_site_link_to_nothing_outside_docs():
    found = [
        f"{page.relative_to(DOCS)}: {target}"
        for page in sorted(DOCS.rglob("*.md"))
        for target, _ in LINK.findall(without_code(page.read_text(encoding="utf-8")))
        if target and not (page.parent / target).resolve().is_relative_to(DOCS)
    ]
    assert found == []


def test_every_file_that_contributors_are_sent_to_is_there():
    words = re.findall(r"`([\w./-]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    folders = ("tuner/", "tests/", "cells/", "netparams/", "batch/", "docs/")
    named = [word for word in words if word.startswith(folders)]
    assert len(named) > 20 and [word for word in named if not (ROOT / word).exists()] == []
