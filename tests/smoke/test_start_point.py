"""A silent search ends with advice and goes on when asked to; a rule that the start point breaks is off in its run."""

import json

import pytest

from tests.commands import SMALL, main, rows

pytestmark = pytest.mark.simulation
INLINE = ("--executor", "inline")
# A drive of one spike in a day leaves all cells silent; without rules, each simulation comes to its end.
SILENT = (
    "parameters.rate={low=1e-6, high=1e-5, unit='Hz'}",
    "targets.mean_rate.tolerance=0.1",
    "simulation.abort.rules=false",
    "simulation.engine='neuron'",
    "simulation.fresh_seeds=0",
)


def sets(*settings):
    return [word for setting in settings for word in ("--set", setting)]


def test_silent_search_ends_with_advice_and_goes_on_when_asked_to(tmp_path):
    run = (SMALL, "--runs", tmp_path, *INLINE, *sets(*SILENT))
    first = main(*run)
    assert first.returncode == 1
    warning, _, error = first.stderr.splitlines()
    assert warning.startswith("warning: nothing spikes at the start point: raise the drive")
    assert error.startswith(
        "netpyne-tuner: all targets stand at their cap in all 12 evaluations so far (mean_rate is 0 Hz"
    )
    stored = rows(tmp_path / "small")
    assert sorted(stored) == list(range(12))
    again = main(*run)
    assert (again.returncode, again.stderr.splitlines()) == (1, [error])
    whole = main(*run, "--keep-going")
    assert whole.returncode == 0, whole.stderr
    assert sorted(rows(tmp_path / "small")) == list(range(18))
    assert {number: rows(tmp_path / "small")[number] for number in stored} == stored


def test_silent_search_without_generations_ends_after_ten(tmp_path):
    optimizer = "optimizer={name='nsga2', population_size=4, asynchronous=true, in_flight=2}"
    done = main(SMALL, "--runs", tmp_path, *INLINE, *sets(*SILENT, optimizer))
    assert done.returncode == 1 and "in all 10 evaluations so far" in done.stderr
    assert sorted(rows(tmp_path / "small")) == list(range(10))


def test_silent_candidates_that_a_rule_stops_end_the_search_with_the_same_advice(tmp_path):
    rules = [setting for setting in SILENT if "rules" not in setting]
    quiet = ("parameters.rate={low=0, high=1e-9}", "values.trouble='none'")
    done = main(
        SMALL, "--runs", tmp_path, *INLINE, *sets(*rules, *quiet, "duration_ms=800", "simulation.abort.silence_ms=300")
    )
    assert done.returncode == 1
    assert "so the search has no direction" in done.stderr or "aborted with equal losses" in done.stderr
    assert "--keep-going continues the run" in done.stderr


def test_grid_over_a_silent_network_is_simulated_as_asked(tmp_path):
    grid = "optimizer={name='grid', points=4, start_point=false}"
    done = main(SMALL, "--runs", tmp_path, *INLINE, *sets(*SILENT, grid))
    assert done.returncode == 0, done.stderr
    assert len(rows(tmp_path / "small")) == 16


# Cells at rest are beyond this limit, as every candidate is.
BROKEN = "simulation.abort.voltage_mv=50"
LINE = "warning: the rule abort.voltage_mv = 50 is off in this run: the start point itself reaches -"


def test_rule_that_the_start_point_breaks_is_off_in_the_run(tmp_path):
    run = (SMALL, "--runs", tmp_path, *INLINE, *sets(BROKEN, "simulation.engine='neuron'", "simulation.fresh_seeds=0"))
    done = main(*run, "--set", "budget.evaluations=6")
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(LINE)
    assert {row["status"] for row in rows(tmp_path / "small").values()} == {"done"}
    assert list(json.loads((tmp_path / "small" / "manifest.json").read_text())["rules_off"]) == ["voltage_mv"]
    page = (tmp_path / "small" / "report" / "index.html").read_text()
    assert "rules that are off" in page and "the rule abort.voltage_mv = 50 is off in this run" in page
    longer = main(*run, "--set", "budget.evaluations=12")
    assert longer.returncode == 0 and longer.stderr.splitlines() == [line]
    assert {row["status"] for row in rows(tmp_path / "small").values()} == {"done"}
    checked = main("check", SMALL, *INLINE, *sets(BROKEN))
    assert checked.returncode == 0 and line.replace("warning", "Warning") in checked.stdout.splitlines()


def test_run_of_an_earlier_version_keeps_its_rules(tmp_path):
    run = (SMALL, "--runs", tmp_path, *INLINE, *sets("simulation.engine='neuron'", "simulation.fresh_seeds=0"))
    assert main(*run, "--set", "budget.evaluations=6").returncode == 0
    file = tmp_path / "small" / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["identity"]["simulation"]["abort"]["voltage_mv"] = 50.0
    file.write_text(json.dumps({key: value for key, value in manifest.items() if key != "rules_off"}))
    done = main(*run, *sets(BROKEN, "budget.evaluations=12"))
    assert done.returncode == 0, done.stderr
    statuses = [row["status"] for _, row in sorted(rows(tmp_path / "small").items())]
    assert statuses == ["done"] * 6 + ["aborted"] * 6
