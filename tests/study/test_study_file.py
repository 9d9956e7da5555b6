"""Files of studies: how they are found, what is no study, and overrides."""

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tests.samples import study_table
from tests.study.reading import refusal
from tuner.study.study import Study

FILES = [
    (b"", "is empty; a study needs model, parameters, targets and budget"),
    (b"# nothing\n", "is empty; a study needs model, parameters, targets and budget"),
    (b"model = \n", "is not valid TOML: "),
    (b"import os\nprint('hello')\n", "is not valid TOML: "),
    (b"model = 'a'\nmodel = 'b'\n", "is not valid TOML: "),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe", "is not text; a study is a TOML file in UTF-8"),
    (b"\x00\x01\x02", "is not valid TOML: "),
    (b"a = " + b"[" * 5000, "is not valid TOML: "),
    (b"seed = " + b"1" * 5000, ""),
    ("model = 'schön'".encode("latin-1"), "is not text; a study is a TOML file in UTF-8"),
]


@loop_over(("content", "words"), FILES)
def test_files_that_are_no_study(tmp_path, content, words):
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    assert refusal(Study.load, file).startswith(f"{file}: {words}")


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
    ("seed=" + "1" * 5000, ""),
    ("seed=" + "[" * 5000, ""),
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
