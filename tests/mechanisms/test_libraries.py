"""NMODL is compiled once per content, without what does not compile, and loaded once per process."""

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
from tuner.mechanisms import libraries, omissions, toolchain

pytestmark = pytest.mark.simulation
DATA = Path(__file__).parent.parent / "data" / "mechanisms"
LEAK = """COMMENT
POINT_PROCESS not_this
ENDCOMMENT
NEURON {{ SUFFIX {name} : SUFFIX nor_this
  NONSPECIFIC_CURRENT i
  RANGE g, e
}}
UNITS {{ (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }}
PARAMETER {{ g = {g} (S/cm2) e = -70 (mV) }}
ASSIGNED {{ v (mV) i (mA/cm2) }}
BREAKPOINT {{ i = g * (v - e) }}
"""
LOAD = """
import sys
from pathlib import Path
from tuner.mechanisms import libraries
from tuner.errors import MechanismError
from neuron import h
library = Path(sys.argv[1])
libraries.load(library)
libraries.load(library)
section = h.Section()
section.insert(sys.argv[2])
print("g", getattr(section(0.5), sys.argv[2]).g)
try:
    libraries.load(Path(sys.argv[3]))
except MechanismError as error:
    print("refused", error)
"""


@pytest.fixture
def builds(tmp_path, monkeypatch):
    monkeypatch.setattr(libraries, "BUILDS", tmp_path / "builds")
    return tmp_path / "builds"


def folder(tmp_path, name, **mechanism_g):
    path = tmp_path / name
    path.mkdir()
    for mechanism, g in mechanism_g.items():
        (path / f"{mechanism}.mod").write_text(LEAK.format(name=mechanism, g=g))
    return path


def test_nothing_to_compile_is_nothing_to_load(tmp_path, builds):
    assert libraries.build(tmp_path) is None
    libraries.load(None)
    assert not builds.exists()


def test_names_leave_out_comments(tmp_path):
    assert libraries.mechanism_names(folder(tmp_path, "a", leak_a=1)) == {"leak_a"}


def test_compiled_once_per_content_and_loaded_once(tmp_path, builds):
    first = folder(tmp_path, "first", leak_a=0.003)
    library = libraries.build(first)
    made = library.stat().st_mtime_ns
    assert libraries.build(first) == libraries.build(str(first)) == library
    assert library.stat().st_mtime_ns == made
    # The second library has the first one's mechanism and another: half of it is there already.
    both = libraries.build(folder(tmp_path, "both", leak_a=0.003, leak_b=0.5))
    assert both != library
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(library), "leak_a", str(both)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == "g 0.003"
    assert "NEURON has leak_a already, but not the library's others" in done.stdout
    assert not list(builds.glob("scratch-*"))


def test_a_folder_or_a_library_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MechanismError, match="nosuch: there is no such folder"):
        libraries.build(tmp_path / "nosuch")
    with pytest.raises(MechanismError, match="libnone.so: there is no such library"):
        libraries.load(tmp_path / "libnone.so")


def test_of_the_projects_own_files_those_are_used_that_the_text_names(monkeypatch, tmp_path):
    own = folder(tmp_path, "own", leak_a=0.003, leak_b=0.5)
    monkeypatch.setattr(libraries, "OWN", own)
    assert libraries.used(str(own), "mechs: leak_b, not leak_abc") == [own / "leak_b.mod"]
    other = folder(tmp_path, "other", leak_a=0.003, leak_b=0.5)
    assert libraries.used(other, "") == [other / "leak_a.mod", other / "leak_b.mod"]


def test_failed_compilation_says_why_and_leaves_no_library(tmp_path, builds):
    path = folder(tmp_path, "wrong")
    (path / "wrong.mod").write_text("NEURON { SUFFIX wrong }\nBREAKPOINT { this is no nmodl }\n")
    for _ in range(2):
        with pytest.raises(MechanismError, match="Illegal block at line 2 in file wrong.mod") as caught:
            libraries.build(path)
        assert caught.value.exit_status == 4
    assert [entry.suffix for entry in builds.iterdir()] == [".log"]


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
    for level in (logging.INFO, logging.WARNING):
        with caplog.at_level(logging.INFO, "tuner.mechanisms"):
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
    expected = "^OldRandom is asked for, but old_random.mod does not compile and is left out: ambiguating new .*; log: "
    with pytest.raises(MechanismError, match=expected):
        libraries.check_used(library, params)


def test_netparams_ask_for_mechanisms_in_many_places():
    from netpyne import specs

    params = specs.NetParams()
    params.cellParams["A"] = {"secs": {"soma": {"mechs": {"m1": {}}, "pointps": {"p": {"mod": "m2"}}}}}
    params.cellParams["B"] = {"cellModel": "m3"}
    params.popParams["P"] = {"cellModel": "m4", "numCells": 1}
    params.synMechParams["s"] = {"mod": "m5"}
    params.stimSourceParams["s"] = {"type": "m6"}
    params.connParams["c"] = {"plast": {"mech": "m7", "params": {}}}
    params.connParams["d"] = {"weight": 1}
    assert libraries.named(params) >= {f"m{i}" for i in range(1, 8)}


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
    monkeypatch.setattr(libraries, "compile_into", lambda *arguments: given.append(arguments[2].keys()))
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
    assert "no-nmodl.v2.mod, old_linkage.mod, old_random.mod, twice_two.mod must compile" in capsys.readouterr().err


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


def test_without_a_compiler_no_file_is_at_fault(tmp_path, builds, monkeypatch):
    monkeypatch.setenv("CXX", "/nowhere/c++")
    with pytest.raises(MechanismError, match=r"(?s)did not compile .*/nowhere/c\+\+"):
        libraries.build(folder(tmp_path, "some", leak_a=0.003, leak_b=0.5))
    assert [entry.suffix for entry in builds.iterdir()] == [".log"]


class Tool:
    """Stands for nrnivmodl: `says` has what it says of files that fail, one word of it for each time they are tried."""

    def __init__(self, **says):
        self.says = {f"{stem}.mod": iter(words) for stem, words in says.items()}

    def run(self, folder, command):
        made = folder / "x86_64"
        made.mkdir(exist_ok=True)
        names = [file.name for file in folder.glob("*.mod")]
        said = [self._make(name, made) for name in ([Path(command[1]).name] if command[1:] else names)]
        failed = not all((made / name).with_suffix(".o").exists() for name in names)
        if not failed:
            (made / "libnrnmech.so").touch()
        return subprocess.CompletedProcess(command, int(failed), "", "".join(said))

    def _make(self, name, made):
        words = next(self.says.get(name, iter(())), "")
        if not words:
            (made / name).with_suffix(".o").touch()
        return words


def test_a_file_that_fails_only_once_is_not_blamed(tmp_path, builds, monkeypatch):
    monkeypatch.setattr(toolchain, "_run", Tool(leak_a=["broke off"], leak_b=["error: wrong"] * 2).run)
    library = libraries.build(folder(tmp_path, "some", leak_a=0.003, leak_b=0.5, leak_c=1))
    assert libraries.left_out(library).keys() == {"leak_b"}


def test_what_compiles_only_as_it_is_does_not_compile_in_range(tmp_path, builds, monkeypatch):
    path = folder(tmp_path, "some", leak_a=0.003)
    (path / "rates.mod").write_text("NEURON { SUFFIX rates GLOBAL tau }\nASSIGNED { tau }\n")
    monkeypatch.setattr(toolchain, "_run", Tool(rates=["", "error: wrong", "error: wrong"]).run)
    assert libraries.left_out(libraries.build(path)) == {}
    with pytest.raises(MechanismError, match="with its rates in RANGE, rates.mod does not compile and is left out: wr"):
        libraries.build(path, ranged=True)


@pytest.mark.parametrize("words", ["error: No space left on device", "error: Killed signal terminated program cc1plus"])
def test_a_full_machine_is_no_fault_of_a_file(tmp_path, builds, monkeypatch, words):
    monkeypatch.setattr(toolchain, "_run", Tool(leak_a=[words] * 9).run)
    with pytest.raises(MechanismError, match=words):
        libraries.build(folder(tmp_path, "some", leak_a=0.003, leak_b=0.5))
    assert [entry.suffix for entry in builds.iterdir()] == [".log"]


def test_a_name_that_stops_the_tool_is_left_out(tmp_path, builds, monkeypatch):
    path = folder(tmp_path, "some", leak_a=0.003)
    (path / "a:b.mod").write_text(LEAK.format(name="leak_b", g=1))
    tool = Tool()

    def run(folder, command):
        stopped = (folder / "a:b.mod").exists()
        return subprocess.CompletedProcess(command, 2, "", "stop") if stopped else tool.run(folder, command)

    monkeypatch.setattr(toolchain, "_run", run)
    assert libraries.left_out(libraries.build(path)).keys() == {"leak_b"}


@loop_over(
    ("words", "expected"),
    [
        ("syntax error:\n Error: Illegal block at line 1 in file a.mod\n", "Illegal block at line 1 in file a.mod"),
        ("a.cpp:3:1: warning: old\n  3 | // error: not this\na.cpp:9:1: error: 'x' is new\n", "'x' is new"),
        ("Segmentation fault\nmake: *** [makemod2c_inc:3: a.cpp] Error 139\n", "[makemod2c_inc:3: a.cpp] Error 139"),
        ("", "the compiler does not say why"),
    ],
)
def test_the_most_telling_line(words, expected):
    assert omissions.telling(words) == expected
