"""Files that do not compile: left out, said, and blamed for what then is missing."""

import logging
import shutil
import subprocess
import sys
from logging.handlers import BufferingHandler
from pathlib import Path

import pytest

from tests.loops import loop_over
from tuner.errors import MechanismError
from tuner.mechanisms import __main__ as command_line
from tuner.mechanisms import libraries, omissions

pytestmark = pytest.mark.simulation
DATA = Path(__file__).parent.parent / "data" / "mechanisms"


# Here in the folder of sources that mostly do not compile: the file, its mechanism, and what is told of it.
LEFT_OUT = {
    "no-nmodl.v2.mod": ("no_nmodl", "Illegal block at line 3 in file no-nmodl.v2.mod"),
    "old_linkage.mod": ("call_found_nowhere", "undefined symbol: _Z13found_nowhered"),
    "old_random.mod": ("OldRandom", "ambiguating new declaration of 'void* nrn_random_arg(int)'"),
    "twice_two.mod": ("twice_two", "multiple definition of `defined_twice(double)'"),
}
USE = """
import sys
from pathlib import Path
from tuner.mechanisms import libraries
from neuron import h
for _ in range(2):
    libraries.load(Path(sys.argv[1]))
section = h.Section()
section.insert("leak_good")
section.insert("twice_one")
h.finitialize(-65)
print(section(0.5).leak_good.i, section(0.5).twice_one.y, hasattr(h, "OldRandom"))
"""


@pytest.fixture(scope="module")
def partial(tmp_path_factory):
    """The folder, its library, and what was logged when it was compiled."""
    folder = shutil.copytree(DATA, tmp_path_factory.mktemp("partial") / "mod")
    logged = BufferingHandler(100)
    libraries.log.addHandler(logged)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(libraries, "BUILDS", folder.parent / "builds")
        library = libraries.build(folder)
        libraries.log.removeHandler(logged)
        yield folder, library, [(each.levelname, each.getMessage()) for each in logged.buffer]


def test_what_does_not_compile_is_left_out_and_said(partial):
    folder, library, logged = partial
    reasons = libraries.left_out(library)
    assert reasons.keys() == {mechanism for mechanism, _ in LEFT_OUT.values()}
    for file, (mechanism, words) in LEFT_OUT.items():
        told, _, path = reasons[mechanism].partition("; log: ")
        assert told == f"{file} does not compile and is left out: {words}"
        assert words in Path(path).read_text()
    assert [words for level, words in logged if level == "WARNING"] == list(libraries.left_out_files(library).values())
    assert libraries.left_out_files(library).keys() == LEFT_OUT.keys()
    assert libraries.names_in(library) == {"leak_good", "twice_one"}


def test_the_rest_works_in_a_fresh_interpreter(partial):
    _, library, _ = partial
    done = subprocess.run([sys.executable, "-c", USE, str(library)], capture_output=True, text=True)
    assert done.stdout.split() == ["0.015", "2.0", "False"], done.stderr


def test_a_second_call_compiles_nothing_and_says_the_same(partial, monkeypatch, caplog):
    folder, library, logged = partial
    made = library.stat().st_mtime_ns
    before = sorted(library.parents[2].iterdir())
    monkeypatch.setattr(libraries, "compile_into", lambda *_: pytest.fail("compiled again"))
    for level in (logging.DEBUG, logging.WARNING):
        with caplog.at_level(logging.DEBUG, "tuner.mechanisms"):
            assert libraries.build(folder) == library
        assert [(each.levelno, each.getMessage()) for each in caplog.records] == [
            (level, words) for _, words in logged if "compiling" not in words
        ]
        # As in another process.
        caplog.clear()
        libraries._warned.clear()
    assert library.stat().st_mtime_ns == made
    assert sorted(library.parents[2].iterdir()) == before


def test_only_what_is_used_is_missed(partial):
    from netpyne import specs

    _, library, _ = partial
    params = specs.NetParams()
    params.cellParams["PYR"] = {"secs": {"soma": {"mechs": {"leak_good": {}}, "pointps": {"p": {"mod": "IntFire1"}}}}}
    params.popParams["S"] = {"cellType": "PYR", "numCells": 1}
    libraries.check_used(library, params)
    libraries.check_used(None, params)
    params.cellParams["S"] = {"cellModel": "OldRandom"}
    expected = "^the model uses OldRandom, but old_random.mod does not compile and is left out: ambiguating .*; log: "
    with pytest.raises(MechanismError, match=expected):
        libraries.check_used(library, params)


@loop_over(
    "words",
    [
        "AttributeError: 'hoc.HocObject' object has no attribute 'OldRandom'",
        "RuntimeError: hocobj_call error: hoc_execerror: OldRandom is not a MECHANISM",
        "NEURON: OldRandom is not a template\n near line 2",
        "'nrn.Segment' object has no attribute 'noise_OldRandom'",
        "line 3, in make\n    cell = h.OldRandom(section(0.5))",
        "ValueError: argument not a density mechanism name.",
        "hocobj_call error: hoc_execerror: hoc_Load_file cell.hoc",
    ],
)
def test_words_about_what_was_left_out_are_understood(partial, words):
    _, library, _ = partial
    assert "old_random.mod does not compile and is left out: ambiguating" in libraries.blame_left_out(library, words)
    assert libraries.blame_left_out(None, words) is None


@loop_over(
    "words",
    [
        "KeyError: 'OldRandomness'",
        "FileNotFoundError: 'mod/OldRandom.mod'",
        "TypeError: OldRandom() takes 1 argument",
        "hoc_execerror: leak_good is not a MECHANISM",
    ],
)
def test_words_about_something_else_blame_nobody(partial, words):
    assert libraries.blame_left_out(partial[1], words) is None


def test_coreneuron_is_given_what_neuron_compiled(partial, monkeypatch):
    folder, _, _ = partial
    given = []
    monkeypatch.setattr(libraries, "compile_into", lambda *arguments, **_: given.append(arguments[2].keys()))
    libraries.build_coreneuron(folder)
    assert given == [{"leak_good.mod", "leak_units.inc", "twice_one.mod"}]


@pytest.mark.slow
def test_coreneuron_compiles_it(partial):
    assert libraries.names_in(libraries.build_coreneuron(partial[0])) == {"leak_good", "twice_one"}


def test_the_projects_own_must_all_compile(partial, monkeypatch, capsys):
    folder, library, _ = partial
    monkeypatch.setattr(sys, "argv", ["mechanisms", str(folder)])
    assert command_line.main() == 0
    assert library.name in capsys.readouterr().out
    monkeypatch.setattr(libraries, "OWN", folder)
    assert command_line.main() == 4
    assert "no-nmodl.v2.mod, old_linkage.mod, old_random.mod, twice_two.mod did not compile" in capsys.readouterr().err


def test_a_name_that_another_file_defines_is_not_missing(tmp_path):
    library = tmp_path / "x86_64" / "libnrnmech.so"
    for file in (
        library,
        tmp_path / "new.mod",
        tmp_path / "left_out" / "old.mod",
        tmp_path / "left_out" / "old.mod.log",
    ):
        file.parent.mkdir(exist_ok=True)
        file.write_text("NEURON { SUFFIX ka }")
    assert libraries.left_out(library) == {}
    assert libraries.left_out_files(library).keys() == {"old.mod"}


@loop_over(
    ("words", "expected"),
    [
        ("syntax error:\n Error: Illegal block at line 1 in file a.mod\n", "Illegal block at line 1 in file a.mod"),
        ("a.cpp:3:1: warning: old\n  3 | // error: not this\na.cpp:9:1: error: 'x' is new\n", "'x' is new"),
        ("Segmentation fault\nmake: *** [makemod2c_inc:3: a.cpp] Error 139\n", "[makemod2c_inc:3: a.cpp] Error 139"),
        ("", "the compiler gives no reason"),
    ],
)
def test_the_most_telling_line(words, expected):
    assert omissions.telling(words) == expected
