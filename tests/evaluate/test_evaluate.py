"""Evaluations of several protocols and seeds, held against single simulations."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.commands import LAYERS, SMALL, main
from tests.loops import loop_over
from tuner.errors import StudyError
from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import template
from tuner.model import checks, models
from tuner.objective.loss import measure
from tuner.optimizers.resolution import resolve
from tuner.report.summary import under_seeds
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import read

pytestmark = pytest.mark.simulation

PROTOCOLS = {"short": {"duration_ms": 120}, "driven": {"values": {"rate": 40.0}}}
TARGETS = {
    "short": {"feature": "rate", "value": 30, "tolerance": 1, "protocol": "short"},
    "driven": {"feature": "rate", "value": 50, "tolerance": 5, "protocol": "driven", "population": "M"},
}
VALUES = {"weight": 0.02}


def task(**tables):
    table = {key: value for key, value in read(SMALL).items() if key != "optimizer"}
    table["parameters"] = {"weight": table["parameters"]["weight"]}
    study = Study.from_table({**table, **tables}, Place("small.toml"), SMALL.parent)
    return template(resolve(study)).at(3, 1, VALUES)


def single(seed=None, **tables):
    """The evaluation of a study in which seed and settings are the only ones."""
    simulation = {} if seed is None else {"seeds": [seed]}
    return evaluate(task(simulation=simulation, **tables)).evaluation


class TestProtocols:
    def test_each_is_a_study_of_its_own(self):
        both = evaluate(task(protocols=PROTOCOLS, targets=TARGETS))
        goal = {key: value for key, value in TARGETS["short"].items() if key != "protocol"}
        short = single(duration_ms=120, targets={"short": goal})
        driven = single(values={"rate": 40.0}, targets={"driven": {**TARGETS["driven"], "protocol": "default"}})
        assert short.loss != driven.loss and short.loss > 0
        evaluation = both.evaluation
        assert evaluation.parts == {**short.parts, **driven.parts}
        assert evaluation.features == {**short.features, **driven.features}
        assert evaluation.loss == pytest.approx(short.loss + driven.loss)
        assert {name: r.duration_ms for name, r in both.recordings.items()} == {"short": 120.0, "driven": 200.0}

    def test_what_goes_wrong_says_where(self):
        wrong = {"fine": {}, "broken": {"values": {"trouble": "raise"}}}
        targets = {"t": {"feature": "rate", "value": 1, "protocol": "fine"}}
        evaluation = evaluate(task(protocols=wrong, targets=targets, simulation={"seeds": [4, 5]})).evaluation
        assert evaluation.status == "failed" and evaluation.loss is None
        assert evaluation.reason.endswith("ValueError: this candidate is impossible (protocol broken, seed 4)")
        assert evaluation.reason.startswith(str(SMALL.parent / "model.py"))


class TestSeeds:
    @loop_over(("how", "of"), [("mean", lambda x: sum(x) / 3), ("median", sorted), ("worst", max)])
    def test_each_is_a_simulation_of_its_own(self, how, of):
        evaluation = evaluate(task(simulation={"seeds": [5, 6, 7], "combine": how})).evaluation
        losses = [single(seed).loss for seed in (5, 6, 7)]
        assert len(set(losses)) == 3
        expected = of(losses)[1] if how == "median" else of(losses)
        assert evaluation.loss == pytest.approx(expected) and evaluation.repeats == 3
        assert [run["seed"] for run in evaluation.runs] == [5, 6, 7]
        assert [run["loss"] for run in evaluation.runs] == pytest.approx(losses)

    def test_the_studys_own_is_the_first(self):
        assert single(3).loss == single().loss and single(3).runs == []

    @loop_over(("vary", "varied"), [("both", {"conn", "stim"}), ("connections", {"conn"}), ("stimuli", {"stim"})])
    def test_take_the_place_of_netpynes(self, vary, varied):
        study = task(simulation={"seeds": [8], "vary": vary}).study
        _, config = models.of(study).specs(study, VALUES)
        assert dict(config.seeds) == {
            name: 8 if name in varied else 3 for name in ("conn", "stim", "loc", "cell")
        }  # fmt: skip


class TestRacing:
    def three(self, race_below, **simulation):
        raced = task(simulation={"seeds": [5, 6, 7], "racing": True, **simulation})
        return evaluate(replace(raced, race_below=race_below)).evaluation

    def test_gives_up_where_the_best_is_out_of_reach(self):
        whole = evaluate(task(simulation={"seeds": [5, 6, 7]})).evaluation
        first, second, _ = (run["loss"] for run in whole.runs)
        # After one seed the mean of three is at least a third of its loss.
        given_up = self.three(first / 3 - 1e-9)
        assert (given_up.repeats, given_up.loss) == (1, first)
        after_two = self.three((first + second) / 3 - 1e-9)
        assert (after_two.repeats, after_two.loss) == (2, pytest.approx((first + second) / 2))
        kept = self.three((first + second) / 3 + 1e-9)
        assert (kept.repeats, kept.loss, kept.features) == (3, whole.loss, whole.features)

    def test_of_the_worst_gives_up_at_the_first_that_is_worse(self):
        first = self.three(float("inf")).runs[0]["loss"]
        assert self.three(first - 1e-9, combine="worst").repeats == 1

    def test_what_violates_cannot_win_any_more(self):
        targets = {
            "mean_rate": {"feature": "rate", "value": 30, "tolerance": 1},
            "calm": {"feature": "rate", "high": 0.1, "must": True},
        }
        raced = task(simulation={"seeds": [5, 6], "racing": True}, targets=targets)
        evaluation = evaluate(replace(raced, race_below=1e6)).evaluation
        assert evaluation.repeats == 1 and evaluation.violation > 1.0


def test_aborted_violates_more_than_anything_that_ran():
    targets = {
        "mean_rate": {"feature": "rate", "value": 30, "tolerance": 1},
        "calm": {"feature": "rate", "high": 20, "tolerance": 2, "must": True},
    }
    study = {"targets": targets, "duration_ms": 1000, "values": {"rate": 200.0}}
    stopped = evaluate(task(**study, simulation={"abort": {"rate_hz": 5, "chunk_ms": 100}})).evaluation
    assert stopped.status == "aborted" and stopped.violation > 250.0


def test_a_users_feature_that_raises_is_a_failure_with_its_line(tmp_path):
    (tmp_path / "mine.py").write_text("def f(recording, population, window_ms):\n    return [][1]\n")
    study = task().study
    targets = {"t": {"feature": "mine.py:f", "value": 1}}
    table = {**study.to_table(), "model": str(SMALL.parent / "model.py"), "targets": targets}
    broken = template(resolve(Study.from_table(table, Place("s"), tmp_path))).at(0, 0, VALUES)
    evaluation = evaluate(broken).evaluation
    assert evaluation.status == "failed"
    assert evaluation.reason == f"{tmp_path / 'mine.py'}:2: IndexError: list index out of range"


def test_constraints_are_judged_seed_by_seed_and_the_lines_say_so():
    targets = {
        "mean_rate": {"feature": "rate", "value": 30, "tolerance": 1},
        "calm": {"feature": "rate", "population": "M", "high": 0.0, "tolerance": 1, "must": True},
    }
    seeds = {"simulation": {"seeds": [5, 6, 7]}}
    rates = [run["features"]["calm"] for run in evaluate(task(targets=targets, **seeds)).evaluation.runs]
    # Between the rates under two seeds lies a limit that the mean keeps and the highest does not.
    limit = (max(rates) + np.mean(rates)) / 2
    assert np.mean(rates) < limit < max(rates)
    targets["calm"]["high"] = limit
    evaluation = evaluate(task(targets=targets, **seeds)).evaluation
    n_missed = sum(rate > limit for rate in rates)
    assert evaluation.violation == pytest.approx(sum(max(rate - limit, 0) for rate in rates) / 3)
    calm = task(targets=targets, **seeds).study.targets[1]
    assert calm.reached(evaluation.features["calm"])
    assert under_seeds(calm, evaluation.runs) == f", missed under {n_missed} of 3 seeds"


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ({"x": {"feature": "rate", "population": "M", "protocol": "one"}}, None),
        (
            {"x": {"feature": "rate", "population": "Q", "protocol": "one"}},
            "targets.x.population: the model has no population 'Q' in the protocol one; allowed: M, S, all",
        ),
    ],
)
def test_populations_are_those_of_the_protocol(targets, words):
    goal = {name: {**entry, "value": 1} for name, entry in targets.items()}
    checked = task(protocols={"one": {}, "two": {"values": {"rate": 5.0}}}, targets=goal)
    if words is None:
        assert checks.describe(checked.study).populations == ("S", "M")
        return
    with pytest.raises(StudyError) as caught:
        checks.describe(checked.study)
    assert words in str(caught.value)


def test_measures_and_judges_what_was_recorded():
    result = evaluate(task())
    features = measure(task().study.targets, result.recordings)
    assert result.evaluation.features == features
    assert result.evaluation.loss == task().objectives.judge(features).total


class TestEightPopulationsAndTwentyTargets:
    def test_evaluates(self):
        study = resolve(Study.load(LAYERS))
        assert len(study.targets) == 20 and len(study.validations()) == 0
        start = {"weight": 0.01, "inhibition": 0.01}
        result = evaluate(template(study).at(0, 0, start))
        evaluation, recordings = result.evaluation, result.recordings
        assert evaluation.status == "done", evaluation.reason
        rest, driven = recordings["rest"], recordings["driven"]
        counts = {name: np.isin(rest.spike_cells, cells).sum() for name, cells in rest.populations.items()}
        rates = {name: count / (3 * 0.3) for name, count in counts.items()}
        assert {name: evaluation.features[f"rates.{name}"] for name in rates} == pytest.approx(rates)
        goal = dict(zip("2456", (15, 25, 35, 45), strict=True))
        fitness = np.mean([math.exp(abs(rate - goal[name[1]]) / 5) for name, rate in rates.items()])
        late = driven.spike_times[np.isin(driven.spike_cells, driven.populations["E5"])]
        windows = [np.sum((late >= a) & (late <= b)) / (3 * (b - a) / 1000) for a, b in ((50, 150), (150, 300))]
        early_and_late = np.mean([max(20 - rate, rate - 60, 0) / 4 for rate in windows])
        parts = evaluation.parts
        rest_of_them = sum(parts[name] for name in ("irregular", "together", "alike", "base"))
        assert evaluation.loss == pytest.approx(fitness + early_and_late + rest_of_them)
        assert evaluation.violation == 0.0 and not any(map(math.isnan, evaluation.features.values()))

    def test_check_prints_every_feature_beside_its_wish(self):
        done = main("check", LAYERS, "--executor", "inline")
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        begin = next(place for place, line in enumerate(lines) if line.startswith("Features at the start point"))
        shown = [line.split()[0] for line in lines[begin + 1 : begin + 21]]
        assert shown == [target.name for target in Study.load(LAYERS).targets]
        assert "Populations: E2 (3), I2 (3), E4 (3), I4 (3), E5 (3), I5 (3), E6 (3), I6 (3)" in lines
