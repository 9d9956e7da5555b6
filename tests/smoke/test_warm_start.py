"""`optimizer.start_from`: what a run takes over from another one."""

import json
import shutil

import pytest

from tests.commands import SMALL, rows, tuner

pytestmark = pytest.mark.simulation


def warm(runs, *settings):
    settings = ("name='warm'", "optimizer.start_from='small'", *settings)
    changes = [word for setting in settings for word in ("--set", setting)]
    return tuner(SMALL, "--runs", runs, "--executor", "inline", *changes)


@pytest.fixture
def runs(serial_run, tmp_path):
    shutil.copytree(serial_run, tmp_path / "small")
    return tmp_path


def best_of(run):
    return min(run.values(), key=lambda row: row["loss"])


@pytest.mark.slow
def test_known_results_are_not_simulated_again_and_the_run_then_stands_alone(runs):
    settings = ("optimizer.name='nsga2'", "optimizer.population_size=6")
    done = warm(runs, *settings, "budget.evaluations=7")
    assert done.returncode == 0, done.stderr
    assert "start_from small: 18 of its 18 evaluations are reused" in done.stdout
    before = rows(runs / "warm")
    first, *others = before.values()
    best = best_of(rows(runs / "small"))
    assert (first["values"], first["loss"]) == (best["values"], best["loss"]), "the best is held against its new run"
    # All others are children of known points, none is one of them.
    known = [row["values"] for row in rows(runs / "small").values()]
    assert len(others) == 6 and not any(row["values"] in known for row in others)
    assert min(abs(others[0]["values"]["rate"] - values["rate"]) for values in known) < 10
    shutil.rmtree(runs / "small")
    again = warm(runs, *settings, "budget.evaluations=13")
    assert again.returncode == 0, again.stderr
    after = rows(runs / "warm")
    assert len(after) == 13 and {n: after[n] for n in before} == before


@pytest.mark.slow
def test_other_targets_judge_what_is_known(runs):
    done = warm(runs, "targets.mean_rate.value=12", "optimizer.name='cma_es'", "budget.evaluations=6")
    assert done.returncode == 0, done.stderr
    known = [json.loads(line) for line in (runs / "warm" / "known.jsonl").read_text().splitlines()[:-1]]
    assert len(known) == 18
    for row in known:
        assert row["loss"] == pytest.approx(abs(row["features"]["mean_rate"] - 12.0))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        pytest.param(("duration_ms=150",), "its duration_ms differs", id="duration", marks=pytest.mark.slow),
        pytest.param(
            ("targets.mean_rate.window_ms=[50, 200]",),
            "it has not measured mean_rate",
            id="window",
            marks=pytest.mark.exhaustive,
        ),
    ],
)
def test_what_was_measured_otherwise_is_only_where_the_run_begins(runs, settings, reason):
    done = warm(runs, *settings, "budget.evaluations=6")
    assert done.returncode == 0, done.stderr
    assert f"start_from small: {reason}, so only its best values are used, and evaluated again" in done.stdout
    ranked = sorted(rows(runs / "small").values(), key=lambda row: (row["loss"], row["number"]))
    distinct = list({json.dumps(row["values"]): row["values"] for row in ranked}.values())
    found = rows(runs / "warm")
    assert [found[n]["values"] for n in range(6)] == distinct[:6]


@pytest.mark.slow
def test_values_outside_the_bounds_are_put_on_them(runs):
    done = warm(runs, "duration_ms=150", "parameters.rate.high=20", "budget.evaluations=6")
    assert done.returncode == 0, done.stderr
    assert {row["values"]["rate"] for row in rows(runs / "warm").values()} <= {20.0} | {
        row["values"]["rate"] for row in rows(runs / "small").values() if row["values"]["rate"] <= 20
    }


@pytest.mark.slow
def test_a_fixed_parameter_keeps_its_start(runs):
    fixed = ("parameters.rate.fixed=true", "parameters.rate.start=7", "budget.evaluations=6")
    done = warm(runs, *fixed, "optimizer.name='genetic'")
    assert done.returncode == 0, done.stderr
    assert "0 of its 18 evaluations are reused" in done.stdout
    assert {row["values"]["rate"] for row in rows(runs / "warm").values()} == {7.0}


@pytest.mark.slow
def test_what_was_taken_over_must_still_be_there_and_what_an_aborted_start_has_left_is_not_taken(runs):
    assert warm(runs, "budget.evaluations=6").returncode == 0
    (runs / "warm" / "known.jsonl").rename(runs / "known.jsonl")
    refused = warm(runs, "budget.evaluations=12")
    assert refused.returncode == 5
    assert "known.jsonl: cannot be read" in refused.stderr and "\n" not in refused.stderr.strip()
    (runs / "known.jsonl").rename(runs / "warm" / "known.jsonl")
    (runs / "warm" / "evaluations.jsonl").write_text('{"number": 0, "gen')
    done = tuner(SMALL, "--runs", runs, "--executor", "inline", "--set", "name='warm'", "--set", "budget.evaluations=6")
    assert done.returncode == 0, done.stderr
    assert "start_from" not in done.stdout and not (runs / "warm" / "known.jsonl").exists()


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("manifest.json", "{}", "whose manifest.json is damaged"),
        ("evaluations.jsonl", "{}\n{}\n", "which cannot be read: "),
        ("evaluations.jsonl", "", "which has no finished evaluation"),
    ],
)
def test_a_damaged_run_gives_nothing(runs, file, content, words):
    shutil.copytree(runs / "small", runs / "warm")
    (runs / "small" / file).write_text(content)
    changes = ("name='warm'", "optimizer.start_from='small'", "budget.evaluations=6")
    options = [word for change in changes for word in ("--set", change)]
    refused = tuner(SMALL, "--runs", runs, "--executor", "inline", "--fresh", *options)
    assert refused.returncode == 2
    assert len(rows(runs / "warm")) == 18 and not (runs / "warm.1").exists(), "nothing was touched"
    assert f"optimizer.start_from: is 'small', {words}" in refused.stderr
    assert "Traceback" not in refused.stderr and "--fresh" not in refused.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [("smal", "did you mean 'small'?"), ("warm", "is 'warm', the run of this study itself")],
)
def test_a_run_that_is_not_there(runs, name, words):
    shutil.copytree(runs / "small", runs / "warm")
    refused = tuner(SMALL, "--runs", runs, "--fresh", "--set", "name='warm'", "--set", f"optimizer.start_from='{name}'")
    assert refused.returncode == 2
    assert f"optimizer.start_from: {words}" in refused.stderr or words in refused.stderr
    assert len(rows(runs / "warm")) == 18, "nothing was touched"


@pytest.mark.slow
def test_a_known_result_that_does_not_hold_is_said(runs):
    path = runs / "small" / "evaluations.jsonl"
    table = rows(runs / "small")
    best = best_of(table)
    best["features"]["mean_rate"] += 1e-3
    path.write_text("".join(json.dumps({**row, "seconds": 0.1}) + "\n" for row in table.values()))
    done = warm(runs, "budget.evaluations=6")
    assert done.returncode == 0, done.stderr
    assert "but its best values give other features in this run" in done.stderr
