"""The sections of the page: in their order, each in one module, and a new one is a new module alone."""

import sys
from pathlib import Path

import pytest

from tests.report.test_page import VERIFIED, make_run
from tuner.registry import Registry
from tuner.report import markup, page
from tuner.report.registry import SECTIONS
from tuner.report.result_data import RunData

ORDER = (
    "heading", "targets", "findings", "held_out_tests", "best_values", "importance", "sweep", "intervals", "raster",
    "pareto_front", "fitness", "parameters", "raster_missing", "provenance",
)  # fmt: skip


def test_sections_stand_in_the_order_of_their_places():
    assert tuple(SECTIONS) == ORDER


@pytest.mark.long
def test_a_section_that_has_nothing_to_show_leaves_no_trace(tmp_path):
    make_run(tmp_path, VERIFIED)
    run = RunData.read(tmp_path)
    empty = [name for name, section in SECTIONS.items() if section(run) == ""]
    assert empty == ["held_out_tests", "importance", "sweep", "intervals", "pareto_front", "raster_missing"]
    assert "\n\n" not in page.write(tmp_path).read_text().partition("<body>")[2]


NEW = """
from tuner.report.markup import picture, titled
from tests.report.test_sections import entering

@entering("seconds", place=5)
def seconds(run):
    return titled("Seconds <s>", f"{len(run.evaluations)} evaluations")

@entering("first", place=1)
def first(run):
    return picture(run, "A dot", "dot.png", b"PNG")
"""
made: list[Registry] = []


def entering(name: str, place: int):
    return made[-1].entering(name, place)


@pytest.mark.long
def test_a_new_module_is_a_new_section_of_the_page(tmp_path, monkeypatch):
    package = tmp_path / "package" / "sections_of_a_test"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "seconds.py").write_text(NEW)
    monkeypatch.syspath_prepend(tmp_path / "package")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made.append(Registry("sections_of_a_test"))
    monkeypatch.setattr(page, "SECTIONS", made[-1])
    folder = tmp_path / "run"
    folder.mkdir()
    body = make_run(folder).partition("<body>\n")[2]
    assert body == (
        '<h2>A dot</h2><img alt="A dot" src="data:image/png;base64,UE5H">\n'
        "<h2>Seconds &lt;s&gt;</h2>\n4 evaluations\n</body></html>\n"
    )
    assert (folder / "report" / "dot.png").read_bytes() == b"PNG"
    assert sorted(path.name for path in Path(folder / "report").iterdir()) == ["dot.png", "index.html"]


def test_lines_are_escaped_and_nested():
    assert markup.bullets(["a < b", "  more"]) == '<ul><li class="outer">a &lt; b<li class="inner">more</ul>'
