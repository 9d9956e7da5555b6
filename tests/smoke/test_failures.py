"""Candidates that go wrong have a status and a reason, and cost the others nothing."""

import os
import resource
import signal

import pytest

from tests.commands import ROOT, SMALL, children, main, rows, start, tuner, wait_for_rows, wait_until
from tests.loops import loop_over

pytestmark = pytest.mark.simulation
ONE = ("--executor", "serial")
INLINE = ("--executor", "inline")
NO_RULES = ("--set", "simulation.abort.rules=false")
TROUBLE = (
    'parameters.trouble={kind="choice", choices=["none", "raise", "segfault", "hang", "nan", "quit"], start="none"}'
)
REASONS = {
    "raise": ("failed", "ValueError: this candidate is impossible"),
    "segfault": ("failed", "the worker process was killed by signal 11 (SIGSEGV), in 2 of 2 attempts"),
    "hang": ("timeout", "no result within the time limit of 5 s (see simulation.timeout_s)"),
    "nan": ("aborted", "the voltage of cell 0 (S) is not a number (NaN) at 200 ms"),
    "quit": ("failed", "the model ended the worker process (a call of exit or quit), in 2 of 2 attempts"),
}


@pytest.mark.slow
def test_every_kind_of_trouble_is_named_and_the_others_are_unharmed(tmp_path):
    # With this seed three are none, and one each of the others.
    settings = ("simulation.timeout_s=5", "optimizer.population_size=8", "budget.evaluations=8", "seed=416", TROUBLE)
    done = tuner(SMALL, "--runs", tmp_path, *(word for s in settings for word in ("--set", s)))
    assert done.returncode == 0, done.stderr
    seen = set()
    for row in rows(tmp_path / "small").values():
        trouble = row["values"]["trouble"]
        seen.add(trouble)
        if trouble == "none":
            assert row["status"] == "done" and row["loss"] == pytest.approx(abs(row["features"]["mean_rate"] - 30))
            continue
        status, reason = REASONS[trouble]
        # No loss of a run that came to its end is above the cap, 250.
        assert (row["status"], row["loss"]) == (status, 500.0 if status == "aborted" else None)
        assert row["reason"].endswith(reason)
        assert trouble != "raise" or "small/model.py:" in row["reason"]
    assert seen == {"none", *REASONS}


@pytest.mark.exhaustive
def test_worker_that_dies_once_gives_the_serial_result(serial_run, tmp_path):
    environment = {**os.environ, "TROUBLE_MARK": str(tmp_path / "mark")}
    settings = ("--set", 'values.trouble="segfault once"')
    done = tuner(SMALL, "--runs", tmp_path, *settings, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mark").exists()
    assert rows(tmp_path / "small") == rows(serial_run)


@pytest.mark.parametrize(
    ("trouble", "evaluations", "failures", "reason"),
    [
        ("nan", 18, 12, "SimulationError: the voltage of cell 0 (S) is not a number (NaN)"),
        pytest.param("segfault", 6, 6, REASONS["segfault"][1], marks=pytest.mark.exhaustive),
    ],
)
def test_all_of_the_first_failing_ends_the_run_with_the_first_reason(tmp_path, trouble, evaluations, failures, reason):
    settings = ("--set", f'values.trouble="{trouble}"', "--set", f"budget.evaluations={evaluations}", *NO_RULES)
    done = tuner(SMALL, "--runs", tmp_path, *settings)
    assert done.returncode == 1
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith(f"netpyne-tuner: all of the first {failures} evaluations failed; reason of the first: ")
    assert line.endswith(reason)
    assert len(rows(tmp_path / "small")) == failures


def test_a_grid_that_is_used_up_and_failed_has_nothing_to_go_on_with(tmp_path):
    grid = 'optimizer={name="grid", points=2, start_point=false, population_size=2}'
    settings = [grid, "parameters.rate.fixed=true", 'values.trouble="nan"']
    done = tuner(SMALL, "--runs", tmp_path, *INLINE, *NO_RULES, *(word for s in settings for word in ("--set", s)))
    assert done.returncode == 1
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("netpyne-tuner: all 2 evaluations failed; reason of the first: ") and "budget" not in line


@pytest.mark.slow
def test_later_failed_generation_is_a_warning(tmp_path):
    # The model fails as long as the run has the first generation of six, and not yet all 18 evaluations.
    stored, folder = tmp_path / "runs" / "small" / "evaluations.jsonl", tmp_path / "study"
    folder.mkdir()
    (folder / "model.py").write_text(
        (SMALL.parent / "model.py").read_text() + f"\n\nSTORED = Path({str(stored)!r})\n"
        "good_net_params = net_params\n\n\ndef net_params(values):\n"
        "    n_stored = len(STORED.read_bytes().splitlines()) if STORED.exists() else 0\n"
        '    return good_net_params({**values, "trouble": "nan" if 6 <= n_stored < 18 else "none"})\n'
    )
    (folder / "small.toml").write_text(SMALL.read_text())
    settings = ("--executor", "inline", "--set", "simulation.engine='neuron'", *NO_RULES)
    done = tuner(folder / "small.toml", "--runs", tmp_path / "runs", *settings)
    assert done.returncode == 0, done.stderr
    warnings = done.stderr.strip().splitlines()
    assert [line.partition(": all")[0] for line in warnings] == ["warning: generation 1", "warning: generation 2"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_workers_and_says_how_to_resume(serial_run, tmp_path, number):
    # Tests that a shell has put into the background have SIGINT ignored, and so would what they start.
    options = {"start_new_session": True, "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    master = start(SMALL, "--runs", tmp_path, *ONE, "--set", "budget.evaluations=600", **options)
    wait_for_rows(tmp_path / "small", 3)
    workers = children(master.pid)
    # As a terminal does it: Ctrl-C reaches the workers too.
    os.killpg(master.pid, number) if number == signal.SIGINT else master.send_signal(number)
    _, errors = master.communicate()
    assert master.returncode == 130
    kept = f"interrupted; finished evaluations are kept in {tmp_path / 'small'}, and the same command resumes the run"
    assert errors.strip().splitlines() == [f"netpyne-tuner: {kept}"]
    wait_until(lambda: not children(master.pid))
    assert workers
    done = rows(tmp_path / "small")
    reference = rows(serial_run)
    assert {n: row for n, row in done.items() if n < 18} == {n: reference[n] for n in done if n < 18}


def test_second_master_is_refused(tmp_path):
    first = start(SMALL, "--runs", tmp_path, *ONE, "--set", "budget.evaluations=100000")
    wait_for_rows(tmp_path / "small", 1)
    second = tuner(SMALL, "--runs", tmp_path)
    assert second.returncode == 5
    assert f"is being written by process {first.pid} on " in second.stderr
    assert tuner(SMALL, "--runs", tmp_path, "--fresh").returncode == 5
    assert not (tmp_path / "small.1").exists()
    report = tuner("report", "small", "--runs", tmp_path)
    assert report.returncode == 0, report.stderr
    assert "Still going" in (tmp_path / "small" / "report" / "index.html").read_text()
    first.send_signal(signal.SIGTERM)
    first.communicate()


@pytest.mark.slow
def test_disk_that_fills_up_keeps_what_is_stored(serial_run, tmp_path):
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    done = tuner(SMALL, "--runs", tmp_path, "--executor", "serial", preexec_fn=small_files)
    assert done.returncode == 5
    stored = rows(tmp_path / "small")
    assert 0 < len(stored) < 18
    assert f"the {len(stored)} evaluations before are stored" in done.stderr
    assert stored == {n: rows(serial_run)[n] for n in stored}
    assert tuner(SMALL, "--runs", tmp_path, "--executor", "inline").returncode == 0
    assert rows(tmp_path / "small") == rows(serial_run)


@loop_over("runs", ["/dev/null/runs", "/proc/runs"])
def test_folder_that_cannot_be_written_is_said_at_once(runs):
    done = main(SMALL, "--runs", runs, *INLINE)
    assert done.returncode == 5
    assert "cannot be written" in done.stderr
    assert "evaluations" not in done.stdout


@loop_over(
    ("code", "executor", "words"),
    [
        ("x = = 1\n", "inline", "model.py:1: SyntaxError: invalid syntax"),
        ("import nothing_of_this_name\nDEFAULTS = {}\n", "inline", "model.py:1: ModuleNotFoundError"),
        ("DEFAULTS = {'weight': 0.01, 'rate': 1}\ndef net_params(v):\n    return 1 / 0\nsim_config = None\n",
         "inline", "model.py:3: ZeroDivisionError: division by zero"),
        ("import os\nos.abort()\nDEFAULTS = {}\n", "serial", "was killed by signal 6 (SIGABRT)"),
    ],
)  # fmt: skip
def test_model_whose_code_raises_ends_with_its_line(tmp_path, code, executor, words):
    (tmp_path / "small.toml").write_text(SMALL.read_text())
    (tmp_path / "model.py").write_text(code)
    done = main(tmp_path / "small.toml", "--runs", tmp_path / "runs", "--executor", executor)
    assert done.returncode == 3
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_mechanism_that_does_not_compile_ends_with_the_compilers_words(tmp_path):
    for name in ("small.toml", "model.py"):
        (tmp_path / name).write_text((SMALL.parent / name).read_text())
    (tmp_path / "mod").mkdir()
    (tmp_path / "mod" / "wrong.mod").write_text("NEURON { SUFFIX wrong }\nBREAKPOINT { this is no nmodl }\n")
    done = main("check", tmp_path / "small.toml", *ONE)
    assert done.returncode == 4
    assert "wrong.mod" in done.stderr and "Illegal block at line 2" in done.stderr
    log = done.stderr.partition("(log: ")[2].partition(")")[0]
    assert "Illegal block" in (ROOT / log).read_text()


@loop_over(
    ("change", "words"),
    [
        ("targets.mean_rate.population='T'", "population: the model has no population 'T'; allowed: M, S, all"),
        ("parameters.wieght={low=0, high=1}", "parameters.wieght: the model has no value of this name"),
        ("parameters.weight.unit='nS'", "parameters.weight.unit: is 'nS', but the model's unit is 'uS'"),
        ("values.wrong=1", "values.wrong: the model has no value of this name"),
        ("parameters.weight.path=\"netParams.connParams['S->N'].weight\"", "did you mean 'S->M'?"),
    ],
)  # fmt: skip
def test_study_that_does_not_fit_its_model(tmp_path, change, words):
    done = main("check", SMALL, "--set", change, *INLINE)
    assert done.returncode == 2
    assert words in done.stderr
