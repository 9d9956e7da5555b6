"""The site: the strict build succeeds, every page is in the navigation, and no page loads anything from outside."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from tests.commands import ROOT
from tests.docs.blocks import pages
from tests.loops import loop_over
from tuner.cli import SUB_COMMANDS
from tuner.features.registry import FEATURES

GENERATED = {"reference/command-line.md", "changelog.md"}
# The attributes that a browser follows by itself; `href` of an `a` is followed by the reader.
LOADING = {"src", "srcset", "data", "poster", "background"}
ELSEWHERE = re.compile(r"(?:https?:)?//", re.IGNORECASE)


class Loads(HTMLParser):
    """Collect the addresses that a page loads, its identifiers, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.classes: set[str] = set()
        self.ids: set[str] = set()
        self.words: list[str] = []
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self._tag = tag
        for name, value in attributes:
            if name in LOADING or (name == "href" and tag not in ("a", "area", "base")):
                self.addresses += [each.split()[0] for each in (value or "").split(",") if each.strip()]
            elif name == "style":
                self.addresses += addresses_of_style(value or "")
            elif name == "class":
                self.classes |= set((value or "").split())
            elif name == "id":
                self.ids.add(value)

    def handle_data(self, data):
        if self._tag == "style":
            self.addresses += addresses_of_style(data)
        self.words.append(data)


def addresses_of_style(text: str) -> list[str]:
    """Return the addresses that a style sheet loads."""
    found = re.findall(r"url\(\s*['\"]?([^'\")]+)", text) + re.findall(r"@import\s+['\"]([^'\"]+)", text)
    return [address for address in found if not address.startswith("data:")]


def in_navigation(entry: object) -> Iterator[str]:
    """Yield the pages of a part of the navigation."""
    if isinstance(entry, str):
        yield entry
    for each in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
        yield from in_navigation(each)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_in_the_navigation():
    navigation = list(in_navigation(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]))
    assert sorted(navigation) == sorted({*pages(), *GENERATED})


@loop_over(
    ("text", "addresses"),
    [
        ('<a href="https://doi.org/1"></a><script src="//x.org/a.js"></script>', ["//x.org/a.js"]),
        ('<link rel="preconnect" href="https://x.org"><img srcset="a.png 1x, https://x.org/b.png 2x">',
         ["https://x.org", "a.png", "https://x.org/b.png"]),
        ("<style>@import 'https://x.org/a.css'; b { src: url(data:x) url( \"c.woff\") }</style>",
         ["c.woff", "https://x.org/a.css"]),
        ('<p style="background: url(https://x.org/a.png)">', ["https://x.org/a.png"]),
    ],
)  # fmt: skip
def test_what_a_page_loads_is_found(text, addresses):
    assert Loads(text).addresses == addresses


@pytest.mark.long
@pytest.mark.xdist_group("site")
def test_nothing_is_loaded_from_outside(site):
    read = {file: Loads(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.html"))}
    assert len(read) > 20
    loaded = [f"{file.relative_to(site)}: {each}" for file, page in read.items() for each in page.addresses]
    styles = {file: addresses_of_style(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.css"))}
    loaded += [f"{file.relative_to(site)}: {each}" for file, found in styles.items() for each in found]
    assert len(loaded) > 100 and [each for each in loaded if ELSEWHERE.match(each.partition(": ")[2])] == []
    # The theme's own script would fetch a library for these.
    assert [file for file, page in read.items() if "mermaid" in page.classes] == []
    assert [file for file in site.rglob("*") if file.suffix in (".py", ".md")] == []


@pytest.mark.long
@pytest.mark.xdist_group("site")
def test_generated_pages_are_complete(site):
    commands = Loads((site / "reference" / "command-line.html").read_text(encoding="utf-8"))
    assert set(SUB_COMMANDS) <= commands.ids
    text = " ".join(commands.words)
    assert all(words in text for words in ("--set KEY=VALUE", "--executor {inline,", "list the cell types", "RUN"))
    assert "(unreleased)" in (site / "changelog.html").read_text(encoding="utf-8")
    features = Loads((site / "reference" / "python" / "features.html").read_text(encoding="utf-8"))
    functions = {f"{each.compute.__module__}.{name}" for name, each in FEATURES.items()}
    assert sorted(functions - features.ids) == []
