"""The report of a run folder in which another has written every text: the page has no element of theirs."""

import ast
import dataclasses
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

import tuner.report
from tests.samples import make_study, recording
from tuner.evaluation import Evaluation
from tuner.report.markup import Markup, bullets, table, template, titled
from tuner.report.page import write
from tuner.report.registry import SECTIONS
from tuner.report.result_data import RunData
from tuner.runs import rasters
from tuner.runs.json_files import write_json
from tuner.runs.manifest import Manifest
from tuner.runs.probe_file import Probe

ROOT = Path(tuner.report.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
CLEAN, HOSTILE = "clean", "<script>alert(1)</script>\"'&\x1b[31m\x1b]0;title\x07\x9b\u202e$\\frac{"
# Names of folders have neither slashes nor control characters.
NOT_OF_FOLDERS = str.maketrans("", "", "/\\\x1b\x07\x9b\u202e")


def write_run(folder, text):
    """Writes the files of a run with this text in every entry that may hold any text."""
    folder.mkdir()
    of_folder = text.translate(NOT_OF_FOLDERS)
    names = f"{text} 1", f"{text} 2"
    parameters = {
        names[0]: {"low": 0.0, "high": 1.0, "unit": text, "doc": text},
        names[1]: {"kind": "choice", "choices": [text, "other"]},
    }
    targets = {
        text: {"feature": "rate", "population": text, "value": 5, "tolerance": 0.5, "source": text},
        f"{text} mean": {"feature": "rate", "value": 5, "tolerance": 0.5, "objective": text},
    }
    targets = {name: {**target, "protocol": of_folder} for name, target in targets.items()}
    study = make_study(
        folder,
        name=of_folder,
        model=text,
        parameters=parameters,
        targets=targets,
        protocols={of_folder: {}, "other": {}},
        optimizer={"name": text},
        validation=[{"name": text, "seed": 3}],
    )
    (folder / "study.toml").write_text(study.dump())
    runs = [{"seed": seed, "loss": 2.0, "violation": 0.0, "features": dict.fromkeys(targets, 4.0)} for seed in (1, 2)]
    evaluations = [
        Evaluation(
            number, 0, dict(zip(names, values, strict=True)), 1, loss=2.0 - number / 2, runs=runs, reason=text,
            objectives={text: 1.0, "b": 1.0}, features=dict.fromkeys(targets, 4.0 + number),
        )
        for number, values in enumerate([(0.5, text), (0.25, "other"), (0.5, "other")])
    ]  # fmt: skip
    evaluations.append(Evaluation(3, 0, evaluations[0].values, 1, status="failed", reason=text))
    (folder / "evaluations.jsonl").write_text("".join(each.to_line() + "\n" for each in evaluations))
    probe = Probe(names[0], text, 2, {**evaluations[2].values, names[0]: 0.0}, status="failed", reason=text)
    (folder / "probes.jsonl").write_text(probe.to_line() + "\n")
    write_json(folder / "manifest.json", manifest_of(text, names))
    write_json(folder / "best.json", best_of(text, evaluations[2], targets, study.validation))
    (folder / "report").mkdir()
    kept = {each.name: recording([1.0, 500.0], [250.0], **{text: [0], "M": [1]}) for each in study.protocols}
    rasters.write_raster(folder, 2, kept)
    return folder


def manifest_of(text, names):
    start = {"time": text, "host": text, "pid": 1, "command": text, "workers": 1, "executor": text}
    found = {
        "format": 2, "name": text, "study_file": text, "study_folder": ".", "trust_pickle": False, "study_digest": text,
        "identity": {text: text}, "files": {text: text, "other": text}, "versions": {text: text}, "git_commit": text,
        "created": text, "start": {text: text}, "units": dict.fromkeys(names, text), "populations": [text],
        "starts": [start], "wall_time_s": 1.0, "timeout_s": 1.0, "rules_off": {"voltage_mv": text}, "distinct": True,
        "sharing": {"shared": True, "reason": text, "unshared": {text: text}},
        "engine": {"name": text, "reason": text, "gain": 2.0},
        "reuse": {"way": text, "reason": text, "mended": True, "retained": {text: text}},
        "changes": {text: 1}, "ended": text, "slopes": None, "accepted_versions": [[text, text]],
    }  # fmt: skip
    assert {field.name for field in dataclasses.fields(Manifest)} - {"table"} <= found.keys()
    return found


def best_of(text, best, targets, validation):
    verified = {
        "loss": 3.0, "features": dict.fromkeys(targets, 5.0), "n_spikes": 7, "equal": False, "reason": text,
        "raster": text, "stored": text, "advice": text,
    }  # fmt: skip
    test = {"name": text, "asked": dict(validation[0]), "reason": text, "status": text}
    fresh = {"seeds": [3, 4], "losses": [1.0, None], "reason": text}
    found = {name: getattr(best, name) for name in ("number", "values", "loss", "features", "objectives", "runs")}
    return {**found, "raster": text, "evaluations": 4, "verified": verified, "fresh": fresh, "validation": [test]}


class Elements(HTMLParser):
    """The elements of a page, each with the names of its attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = Counter(), ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found[(tag, *(name for name, _ in attributes))] += 1

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return [write_run(tmp_path_factory.mktemp("run") / "folder", text) for text in (CLEAN, HOSTILE)]


@pytest.mark.long
@pytest.mark.filterwarnings("error")
def test_a_page_has_the_same_elements_whatever_its_texts(folders):
    clean, hostile = (Elements(write(folder).read_text(encoding="utf-8")) for folder in folders)
    assert clean.found == hostile.found
    # The study's name, its state, and every entry of the manifest and best.json that the page shows.
    assert hostile.text.count("<script>ale") == clean.text.count(CLEAN) > 50


@pytest.mark.long
def test_a_page_shows_control_characters_as_escapes(folders):
    page = write(folders[1]).read_text(encoding="utf-8")
    assert not any(character in page for character in "\x1b\x07\x9b\u202e")
    assert r"\x1b[31m\x1b]0;title\x07\x9b\u202e" in page


@pytest.mark.long
def test_every_section_is_made_of_templates(folders):
    run = RunData.read(folders[1])
    assert {name for name, section in SECTIONS.items() if not isinstance(section(run), Markup)} == set()


def test_text_is_escaped_wherever_it_enters():
    assert titled("<a>", "<b>") == "<h2>&lt;a&gt;</h2>\n&lt;b&gt;"
    assert titled("a", Markup("<b>")) == "<h2>a</h2>\n<b>"
    assert "<td>&lt;b&gt;</td>" in table([["<b>"]], ["<a>"]) and "<th>&lt;a&gt;</th>" in table([["<b>"]], ["<a>"])
    assert "<b>" not in bullets(["<b>"])
    assert template('<i title="{{ title }}">')(title='"<>') == '<i title="&#34;&lt;&gt;">'


def test_no_module_of_the_report_builds_html_by_hand():
    # A result is shown in Python as <Run of NAME>, which is no HTML.
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES if file.name != "results.py"}
    assert len(trees) > 20
    nodes = [(file.name, node) for file, tree in trees.items() for node in ast.walk(tree)]
    imports = [name for name, node in nodes if isinstance(node, ast.Import | ast.ImportFrom) and "html" in _names(node)]
    formatted = [name for name, node in nodes if isinstance(node, ast.JoinedStr) and "<" in ast.unparse(node)]
    assert (imports, formatted) == ([], [])


def _names(node):
    return {getattr(node, "module", None), *(alias.name for alias in node.names)}
