"""Probes of a finished run: which are made, how many, and never one twice."""

import json
import math

import pytest

from tests.commands import main
from tests.loops import loop_over
from tests.report.run_files import Run, evaluation
from tests.search.probed import VALUES, WATCH, Formula, evaluated, features, run_of, study_of, task
from tuner.runs.manifest import MANIFEST
from tuner.runs.probe_file import PROBES, read_probes
from tuner.search.probing import bests, make, n_probes, plan


def asked(to_make):
    return [(probe.parameter, probe.bound, probe.values[probe.parameter]) for probe in to_make.missing]


def made(run, pool=None, *, everything=False):
    """The stored probes after one call, and what was simulated."""
    pool = pool or Formula()
    make(run, plan(run, everything=everything), task(run), pool, None, WATCH)
    return read_probes(run.folder), pool.asked


def test_each_bound_and_two_other_choices_are_probed_with_the_others_at_the_best(tmp_path):
    to_make = plan(run_of(tmp_path), everything=False)
    bounds = [("weight", "lower", 0.001), ("weight", "upper", 0.1), ("cells", "lower", 1), ("cells", "upper", 9)]
    assert asked(to_make) == [*bounds, ("delay", "choice", 1.0), ("delay", "choice", 20.0)]
    assert type(to_make.missing[2].values["cells"]) is int
    for probe in to_make.missing:
        assert {name for name in VALUES if probe.values[name] != VALUES[name]} == {probe.parameter}
    assert {probe.best for probe in to_make.missing} == {5}


def test_a_probe_has_the_features_of_its_values(tmp_path):
    probes, simulated = made(run_of(tmp_path))
    assert [probe.values for probe in probes] == simulated
    assert [probe.features for probe in probes] == [features(values) for values in simulated]
    assert {(probe.status, probe.loss, probe.seconds) for probe in probes} == {("done", 2.0, 0.5)}


def test_a_best_value_at_a_bound_is_not_simulated_again(tmp_path):
    probes, simulated = made(run_of(tmp_path, best={"weight": 0.1, "cells": 1}))
    assert len(probes) == 6 and len(simulated) == 4
    same = {(probe.parameter, probe.bound): probe for probe in probes if probe.seconds == 0}
    assert list(same) == [("weight", "upper"), ("cells", "lower")]
    best = features({**VALUES, "weight": 0.1, "cells": 1})
    assert [(probe.status, probe.loss, probe.features) for probe in same.values()] == 2 * [("done", 1.0, best)]


def test_a_best_value_at_a_bound_is_simulated_if_racing_stopped_the_best_evaluation(tmp_path):
    study = study_of(simulation={"repeats": 2, "racing": True})
    run = run_of(tmp_path, best={"weight": 0.1, "fields": {"repeats": 1}}, study=study)
    assert ("weight", "upper", 0.1) in asked(plan(run, everything=True))


@loop_over(
    ("n_evaluations", "names"),
    [
        (9, ()),
        (10, ("delay",)),
        (20, ("weight", "delay")),
        (29, ("weight", "delay")),
        (30, ("weight", "cells", "delay")),
    ],
)
def test_probes_take_a_fifth_of_the_simulations_and_then_those_in_doubt(tmp_path, n_evaluations, names):
    run = run_of(tmp_path, n_evaluations)
    in_doubt = ["delay", "weight", "cells"]
    to_make = plan(run, everything=False, in_doubt=lambda run: in_doubt)
    assert tuple(dict.fromkeys(probe.parameter for probe in to_make.missing)) == names
    assert set(to_make.left_out) == set(in_doubt) - set(names)
    assert n_probes(run.study, n_evaluations) == len(to_make.missing)
    assert len(plan(run, everything=True).missing) == 6


def test_seeds_and_racing_count_in_simulations(tmp_path):
    study = study_of(simulation={"repeats": 2, "racing": True})
    run = run_of(tmp_path, 30, study=study)
    assert len(plan(run, everything=False).missing) == 2, "30 of 60 simulations were saved: 3 probes are a fifth"
    assert n_probes(study, 30) == 6


def test_an_interrupted_call_is_continued_by_the_same_choice(tmp_path):
    run = run_of(tmp_path, 20)
    whole = [probe.values for probe in plan(run, everything=False).missing]
    assert len(whole) == 4
    for number in (1, 2, 3):
        with pytest.raises(KeyboardInterrupt):
            made(run_of(tmp_path, 20), Formula(lost_after=1))
        assert [probe.values for probe in read_probes(tmp_path)] == whole[:number]
    assert made(run_of(tmp_path, 20)) == (read_probes(tmp_path), whole[3:])
    assert [probe.values for probe in read_probes(tmp_path)] == whole
    assert made(run_of(tmp_path, 20))[1] == []


def test_probes_of_another_best_evaluation_are_kept_and_count(tmp_path):
    old, _ = made(run_of(tmp_path, 30))
    later = run_of(tmp_path, 40, best={"weight": 0.02})
    probes, simulated = made(later)
    assert probes[:6] == old
    assert len(simulated) == 2, "a fifth of 40 evaluations are 8 probes, of which 6 were made before"
    assert [probe.values["weight"] for probe in probes[6:]].count(0.01) == 0


def test_a_failed_probe_is_a_record_and_is_not_repeated(tmp_path):
    probes, _ = made(run_of(tmp_path), Formula(reason="no such cell"))
    assert {(probe.status, probe.reason, probe.loss) for probe in probes} == {("failed", "no such cell", None)}
    assert made(run_of(tmp_path))[1] == []


@loop_over("optimizer", ["grid", "random", "sobol", "latin_hypercube"])
def test_a_design_has_no_probes(tmp_path, optimizer):
    study = study_of(optimizer={"name": optimizer})
    assert n_probes(study, 10_000) == 0
    assert asked(plan(run_of(tmp_path, 400, study=study), everything=True)) == []


def test_the_command_says_why_a_design_has_no_probes(tmp_path):
    run = Run(tmp_path / "night").begun([evaluation(0, 3.0), evaluation(1, 1.0)], optimizer={"name": "random"}).best(2)
    (run.folder / MANIFEST).write_text(json.dumps({"ended": "budget.evaluations"}))
    done = main("probe", run.folder)
    assert done.returncode == 0
    assert done.stdout.startswith("no probes are made: the evaluations of random cover the whole range")
    assert not (run.folder / PROBES).exists()


def test_switched_off_probes_cost_nothing(tmp_path):
    assert n_probes(study_of(simulation={"probes": False}), 10_000) == 0
    assert n_probes(study_of(), math.inf) == 6


def test_a_front_is_probed_at_the_distinct_best_evaluations_of_its_objectives(tmp_path):
    study = study_of(optimizer={"name": "nsga2"})
    others = [evaluated(40, cells=3, delay=5.0), evaluated(41, {"violation": 1.0}, cells=3, delay=1.0)]
    run = run_of(tmp_path, study=study, others=[*others, evaluated(42, cells=9, delay=1.0)])
    assert [each.number for each in bests(run)] == [2, 42]
    assert n_probes(study, 100) == 12
    probes, _ = made(run, everything=True)
    assert {(probe.parameter, probe.best) for probe in probes} == {
        (name, best) for name in ("weight", "cells", "delay") for best in (2, 42)
    }


def test_an_unfinished_or_aborted_best_evaluation_is_not_probed(tmp_path):
    run = run_of(tmp_path, best={"fields": {"status": "aborted", "features": {}}})
    assert plan(run, everything=True).is_empty
