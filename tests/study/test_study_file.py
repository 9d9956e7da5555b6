"""Files of studies: how they are found, what is no study, and overrides."""

import os

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tests.samples import change, study_table
from tests.study.reading import refusal
from tuner.optimizers import resolution
from tuner.study.find_source import find_source
from tuner.study.study import Study

FILES = [
    (b"", "is empty; a study needs model, parameters, targets and budget"),
    (b"# nothing\n", "is empty; a study needs model, parameters, targets and budget"),
    (b"model = \n", "is not valid TOML: "),
    (b"import os\nprint('hello')\n", "is not valid TOML: "),
    (b"model = 'a'\nmodel = 'b'\n", "is not valid TOML: "),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe", "is not text; a study is a TOML file in UTF-8"),
    (b"\x00\x01\x02", "is not valid TOML: "),
    (b"a = " + b"[" * 100_000, "is not valid TOML: too many levels of brackets"),
    (b"a = " + b"{a=" * 100_000, "is not valid TOML: too many levels of brackets"),
    (b"seed = " + b"1" * 5000, "is not valid TOML: Exceeds the limit (4300 digits) for integer string conversion"),
    (b"seed = 0x" + b"f" * 100_000, "seed: is a whole number of more than 64 bits"),
    (b"[values]\nx = [1, 0x" + b"f" * 5000 + b"]", "values.x.1: is a whole number of more than 64 bits"),
    (b"[" + b".".join([b"a"] * 100_000) + b"]", "line 1 has more than 1000 dots; write it as several lines"),
    (b"\n" + b".".join([b"a"] * 100_000) + b" = 1", "line 2 has more than 1000 dots; write it as several lines"),
    (b"[" + b".".join([b"a"] * 900) + b"]", "has more than 50 levels of tables and lists"),
    (b"a = " + b"[" * 60 + b"]" * 60, "has more than 50 levels of tables and lists"),
    (b"#" * (4 * 1024**2 + 1), "is larger than 4 MB, the most that is read"),
    ("model = 'schön'".encode("latin-1"), "is not text; a study is a TOML file in UTF-8"),
]


@loop_over(("content", "words"), FILES)
def test_files_that_are_no_study(tmp_path, content, words):
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    assert refusal(Study.load, file).startswith(f"{file}: {words}")


def test_a_byte_order_mark_is_no_part_of_a_study(tmp_path):
    file = tmp_path / "sample.toml"
    file.write_bytes(b"\xef\xbb\xbf" + tomli_w.dumps(study_table()).encode())
    assert Study.load(file).seed == 1


def test_many_numbers_in_a_line_are_no_long_key(tmp_path):
    file = tmp_path / "sample.toml"
    table = study_table()
    del table["values"]
    file.write_text(f"values.x = {[0.5] * 3000}\n{tomli_w.dumps(table)}")
    assert Study.load(file).values == {"x": [0.5] * 3000}


def test_a_file_of_another_kind_is_no_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    os.symlink("loop", "loop")
    for path in ("pipe", "loop", "/dev/zero"):
        assert refusal(Study.load, path) == (
            f"{path}: is not a study file; give the path of a TOML file, or a name in batch/"
        )


LONG = "x" * 1_000_000


@loop_over(
    ("key", "value"),
    [
        (LONG, 1), (f"parameters.{LONG}", {}), (f"targets.{LONG}", {}), (f"protocols.{LONG}", {}),
        (f"values.{LONG}", 1), (f"budget.{LONG}", 1), (f"simulation.{LONG}", 1), (f"simulation.abort.{LONG}", 1),
        (f"optimizer.{LONG}", 1), (f"simulation.share_synapses.{LONG}", 1), (f"targets.cv.{LONG}", 1),
        ("validation", [{LONG: 1}]), ("optimizer.first", [{LONG: 1}]), ("optimizer.first", [{"weight": LONG}]),
        ("optimizer.name", LONG),
        ("targets.cv.pops", {LONG: 1}), ("targets.cv.pops", {LONG: {"target": 1, "width": 1}}), ("name", LONG),
        ("model", LONG), ("model", f"{LONG}.py"), ("seed", LONG), ("parameters.weight.path", LONG),
        ("parameters.weight.path", [LONG]), ("parameters.weight.path", "(" * 900), ("parameters.weight.start", LONG),
        ("targets.cv.feature", LONG), ("targets.cv.feature", f"{LONG}.py:f"), ("targets.cv.feature", f"efel:{LONG}"),
        ("targets.cv.population", LONG), ("targets.cv.protocol", LONG), ("targets.cv.unit", LONG),
        ("targets.cv.reference", "x" * 5000), ("values.drive_rate", LONG), ("simulation.executor", LONG),
        ("parameters.delay.choices", [LONG, LONG]),
    ],
)  # fmt: skip
def test_a_message_repeats_no_more_than_80_characters_of_a_study(tmp_path, key, value):
    file = tmp_path / "sample.toml"
    file.write_text(tomli_w.dumps(change(study_table(), key, value)))
    words = refusal(_read, file)
    assert "x" * 301 not in words and len(words) < 1000


def _read(file):
    study = Study.load(file)
    find_source(study.model, study.folder)
    return resolution.resolve(study)


def test_a_folder_is_no_study(tmp_path):
    folder = tmp_path / "study.toml"
    folder.mkdir()
    for path in (tmp_path, folder):
        assert refusal(Study.load, path).startswith(
            f"{path}: is not a study file; give the path of a TOML file, or a name"
        )


@pytest.mark.parametrize("path", ["missing.toml", "some/where"])
def test_a_path_that_is_not_there(path):
    assert refusal(Study.load, path).startswith(f"{path}: is not a study file")


def test_a_name_that_is_not_there():
    words = refusal(Study.load, "sensory_moto")
    assert words.startswith("sensory_moto: there is no such study; allowed: ")
    assert "did you mean 'sensory_motor'?" in words


def test_a_name_that_no_file_system_takes():
    assert "x" * 300 in refusal(Study.load, "x" * 300)


BAD_OVERRIDES = [
    ("seed", "--set seed: must be key=value, for example optimizer.population_size=20"),
    ("=5", "--set =5: must be key=value"),
    (" =5", "--set  =5: must be key=value"),
    ("a b=1", "--set a b=1: 'a b' is not a key; write it as in the study, e.g. budget.evaluations"),
    ("budget.=1", "--set budget.=1: 'budget.' is not a key"),
    (".seed=1", "--set .seed=1: '.seed' is not a key"),
    ("[seed]=1", "--set [seed]=1: '[seed]' is not a key"),
    ("optimiser.population_size=20", "{file}: optimiser: unknown key; allowed: "),
    ("budget.evals=3", "{file}: budget.evals: unknown key; allowed: "),
    ("budget=3", "{file}: budget: is 3, must be a table"),
    ("seed=one", "{file}: seed: is 'one', must be a whole number"),
    ("seed=", "{file}: seed: is '', must be a whole number"),
    ("seed.x=1", "{file}: seed: is {{'x': 1}}, must be a whole number"),
    ("parameters.weight.low=1.0", "{file}: parameters.weight.low: is 1, must be below high (0.1)"),
    ("seed=" + "1" * 5000, "{file}: seed: is '" + "1" * 76 + "..., must be a whole number"),
    ("seed=" + "[" * 5000, "{file}: seed: is '" + "[" * 76 + "..., must be a whole number"),
    ("seed=0x" + "f" * 5000, "--set seed=0x" + "f" * 70 + "...: seed: is a whole number of more than 64 bits"),
    (".".join(["a"] * 5000) + "=1", "--set " + "a." * 38 + "a...: line 1 has more than 1000 dots"),
    ("x" * 5000, "--set " + "x" * 77 + "...: must be key=value"),
]


@loop_over(("override", "words"), BAD_OVERRIDES)
def test_bad_overrides(tmp_path, override, words):
    file = tmp_path / "sample.toml"
    file.write_text(tomli_w.dumps(study_table()))
    assert refusal(Study.load, file, [override]).startswith(words.format(file=file))


def test_overrides(tmp_path):
    file = tmp_path / "sample.toml"
    file.write_text(tomli_w.dumps(study_table()))
    overrides = ["seed=7", "budget.evaluations = 99", "values.shape=round", "parameters.'delay'.choices=[1, 2]",
                 "targets.mean_rate.unit='Hz'", "parameters.new={low=0, high=1}", "seed=8"]  # fmt: skip
    study = Study.load(file, overrides)
    assert (study.seed, study.budget.evaluations) == (8, 99)
    assert study.values == {"drive_rate": 10.0, "shape": "round"}
    parameters = {p.name: p for p in study.space.parameters}
    assert parameters["delay"].choices == (1, 2)
    assert (parameters["new"].low, parameters["new"].high) == (0.0, 1.0)


def test_a_table_goes_into_the_one_that_is_there_and_an_empty_one_takes_its_place(tmp_path):
    file = tmp_path / "sample.toml"
    file.write_text(tomli_w.dumps(study_table() | {"optimizer": {"name": "genetic", "mutation_rate": 0.3}}))
    more = Study.load(file, ["optimizer={population_size=7}"]).optimizer_table
    assert more == {"name": "genetic", "mutation_rate": 0.3, "population_size": 7}
    assert Study.load(file, ["optimizer={}", "optimizer.name=random"]).optimizer_table == {"name": "random"}


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("bytes") / "x.toml"
    file.write_bytes(content)
    refusal(Study.load, file)
