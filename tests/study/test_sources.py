"""What a model's path is found to be, from the text of its files alone."""

import json
import os

import pytest

from tests.foreign_models import FOREIGN
from tests.loops import loop_over
from tuner.errors import StudyError
from tuner.study import python_text
from tuner.study.find_source import find_source
from tuner.study.sources import Source, names_our_cells


@loop_over(
    ("path", "kind", "top", "files"),
    [
        ("sensory_motor", "native", "", ["sensory_motor.py"]),
        ("indexed", "pair", "indexed", ["index.npjson", "src/cfg.py", "src/netParams.py"]),
        ("indexed/small.npjson", "pair", "indexed", ["small.npjson", "src/cfg.py", "src/netParams.py"]),
        ("src_pair", "pair", "src_pair", ["src/netParams.py", "src/cfg.py"]),
        ("src_pair/src/init.py", "script", "src_pair", ["src/init.py"]),
        ("prefixed", "pair", "prefixed", ["tut_x_netParams.py", "tut_x_cfg.py"]),
        ("pair/cfg.py", "pair", "pair", ["netParams.py", "cfg.py"]),
        ("script/tutorial.py", "script", "script", ["tutorial.py"]),
        ("saved/network.json", "saved", "saved", ["network.json"]),
        ("batch_evol/batch.py", "batch", "batch_evol", ["batch.py"]),
        ("batch_windows/batch_grid.py", "batch", "batch_windows/src", ["batch_grid.py"]),
        ("batchtools/search.py", "batchtools", "batchtools", ["search.py"]),
    ],
)
def test_what_stands_at_a_path(path, kind, top, files):
    found = find_source(path, FOREIGN)
    assert found.kind == kind
    if not found.is_shipped:
        assert found.top == FOREIGN / top
        folder = FOREIGN / path.split("/")[0]
        assert [str(file.relative_to(folder)) for file in found.files] == files


def test_a_model_one_folder_down_is_named(tmp_path):
    (tmp_path / "repo" / "net" / "src").mkdir(parents=True)
    for name in ("cfg.py", "netParams.py"):
        (tmp_path / "repo" / "net" / "src" / name).write_text("")
    with pytest.raises(StudyError, match="repo holds no model; did you mean repo/net[?]"):
        find_source("repo", tmp_path)


@loop_over(
    ("text", "again"),
    [("b.run()\n", False), ("b.run()\nc.run()\n", True), ("for b in bs:\n    b.run()\n", True)],
)
def test_a_script_of_several_searches_is_known(text, again, tmp_path):
    (tmp_path / "batch.py").write_text(text)
    assert python_text.runs_again(tmp_path / "batch.py") is again


OWN_CLASS = "from netpyne.batch import Batch\nclass Mine(Batch): pass\nMine().run()\n"


@pytest.mark.parametrize("text", [OWN_CLASS, "from common import make\nmake().run()\n"])
def test_a_batch_of_the_users_own_class_or_from_elsewhere_is_one(text, tmp_path):
    (tmp_path / "batch.py").write_text(text)
    assert find_source("batch.py", tmp_path).kind == "batch"


@pytest.mark.parametrize("text", ["import subprocess\nsubprocess.run(['rm'])\n", "from neuron import h\nh.run()\n"])
def test_a_script_that_runs_something_else_is_no_batch(text, tmp_path):
    (tmp_path / "go.py").write_text(text)
    with pytest.raises(StudyError, match="which is not a model: it has no table of values"):
        find_source("go.py", tmp_path)


def test_a_batchtools_model_is_no_batch_for_a_run_of_neurons(tmp_path):
    text = "from netpyne.batchtools import specs\nfrom netpyne import sim\nsim.create()\nx.run()\n"
    (tmp_path / "init.py").write_text(text)
    assert find_source("init.py", tmp_path).kind == "script"


def _sparse(path, size):
    with open(path, "wb") as file:
        file.truncate(size)


@loop_over(
    ("model", "words"),
    [
        ("pipe.py", "{}: is not a regular file"),
        ("pipe", "{}: is not a regular file"),
        ("/dev/zero", "/dev/zero: is not a regular file"),
        ("loop", "{}: cannot be read: Too many levels of symbolic links"),
        ("huge.py", "{}: is larger than 16 MB, the most that is read"),
        ("huge.json", "{}: is larger than 1 GB, the most that is read"),
        ("huge.pkl", "{}: is larger than 1 GB, the most that is read"),
        ("deep.json", "{} is not valid JSON: too many levels of brackets"),
        ("deep.npjson", "{} is not valid JSON: too many levels of brackets"),
        ("a\0b.py", "is 'a\\x00b.py', but there is no Python file {}"),
    ],
)
def test_a_file_of_another_kind_or_without_end_is_no_model(tmp_path, model, words):
    for name in ("pipe", "pipe.py"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "loop").symlink_to("loop")
    for name in ("huge.py", "huge.json", "huge.pkl"):
        _sparse(tmp_path / name, 1024**3 + 1)
    for name in ("deep.json", "deep.npjson"):
        (tmp_path / name).write_text('{"a":' * 100_000)
    with pytest.raises(StudyError) as caught:
        find_source(model, tmp_path)
    assert str(caught.value) == words.format(tmp_path / model)


def test_pipes_and_broken_links_of_a_folder_are_no_models(tmp_path):
    for name in ("x.py", "cfg.py", "netParams.py", "x.json"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "gone.py").symlink_to("nowhere")
    with pytest.raises(StudyError, match="holds no model"):
        find_source(str(tmp_path), tmp_path)


def test_code_that_is_nested_too_deeply_is_no_python(tmp_path):
    (tmp_path / "deep.py").write_text("a" + ".b" * 400 + ".run()\n")
    assert not python_text.look(tmp_path / "deep.py").is_python


@loop_over(
    ("entry", "words"),
    [
        ({"simConfig": "huge.py"}, "{folder}/huge.py: is larger than 16 MB, the most that is read"),
        ({"simConfig": "x" * 5000}, f"{{index}} names '{'x' * 76}... as simConfig, but there is no such file"),
        ({"mod_folder": "x" * 5000}, f"{{index}}: mod_folder is '{'x' * 76}..., must be the name of a folder"),
        ({"mod_folder": [1]}, "{index}: mod_folder is [1], must be the name of a folder"),
    ],
)
def test_an_index_names_files_of_a_bounded_size(tmp_path, entry, words):
    index = tmp_path / "index.npjson"
    index.write_text(json.dumps({"simConfig": "cfg.py", "netParams": "netParams.py", **entry}))
    for name in ("cfg.py", "netParams.py"):
        (tmp_path / name).write_text("")
    _sparse(tmp_path / "huge.py", 1024**3)
    with pytest.raises(StudyError) as caught:
        find_source("index.npjson", tmp_path)
    assert str(caught.value) == words.format(folder=tmp_path, index=index)


def test_a_file_that_makes_nothing_is_no_model_and_is_not_run(tmp_path):
    (tmp_path / "go.py").write_text("raise SystemExit('it was run')\n")
    with pytest.raises(StudyError, match="is not a model: .* makes no netParams"):
        find_source("go.py", tmp_path)


@loop_over(
    ("line", "beside", "wanted"),
    [
        ("import cells", "", True),
        ("from cells import hh", "cells.py", False),
        ("from cells.hh import cell_rule", "cells", False),
        ("from tuner.library import cells", "cells", True),
        ("from tuner.library.cells.hh import cell_rule", "cells.py", True),
        ("import tuner.library.netparams.nine_cells", "", True),
        ("import tuner.library_of_mine", "", False),
        ("import tuner", "", False),
    ],
)
def test_a_model_that_imports_our_cells_may_use_our_mechanisms(tmp_path, line, beside, wanted):
    file = tmp_path / "model.py"
    file.write_text(f"{line}\n")
    if beside.endswith(".py"):
        (tmp_path / beside).touch()
    elif beside:
        (tmp_path / beside).mkdir()
    assert names_our_cells(Source("script", file, tmp_path)) is wanted
