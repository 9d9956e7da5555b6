"""Seeds, protocols and validations of a study."""

import pytest

from tests.loops import loop_over
from tests.samples import study_table
from tuner.errors import StudyError
from tuner.optimizers import resolution
from tuner.study.schema import Place
from tuner.study.study import Study

TARGETS = {"t": {"feature": "rate", "value": 1, "protocol": "low"}}
PROTOCOLS = {"low": {"values": {"drive_weight": 0.005}}, "high": {"duration_ms": 300, "values": {"drive_rate": 40}}}


def read(**tables):
    return resolution.resolve(Study.from_table({**study_table(), **tables}, Place("sample.toml"), "."))


def refusal(**tables):
    with pytest.raises(StudyError) as caught:
        read(**tables)
    return str(caught.value)


class TestSeeds:
    @loop_over(
        ("simulation", "seeds", "fresh"),
        [
            ({}, (None,), (2, 3, 4)),
            ({"repeats": 1}, (None,), (2, 3, 4)),
            ({"repeats": 3, "fresh_seeds": 1}, (1, 2, 3), (4,)),
            ({"seeds": [9, 2]}, (9, 2), (10, 11, 12)),
            ({"seeds": [5], "fresh_seeds": 0}, (5,), ()),
        ],
    )
    def test_are_those_of_the_search_and_fresh_ones(self, simulation, seeds, fresh):
        study = read(simulation=simulation)
        assert (study.seeds, study.fresh_seeds, study.simulations_each) == (seeds, fresh, len(seeds))

    def test_protocols_multiply_them(self):
        study = read(simulation={"repeats": 3}, protocols=PROTOCOLS, targets=TARGETS)
        assert study.simulations_each == 6
        assert [(t.seed, t.protocol.name) for t in study.trials(2)] == [(2, "low"), (2, "high")]

    @loop_over(
        ("budget", "most"), [({"simulations": 17}, 5), ({"simulations": 17, "evaluations": 4}, 4), ({"loss": 1}, None)]
    )
    def test_the_budget_counts_every_simulation(self, budget, most):
        study = read(simulation={"repeats": 3}, budget=budget, optimizer={})
        assert study.most_evaluations == (most or float("inf"))

    @loop_over(
        ("simulation", "words"),
        [
            ({"seeds": [1], "repeats": 2}, "simulation.repeats: cannot be combined with seeds; keep one of the two"),
            ({"seeds": []}, "simulation.seeds: is [], must be a non-empty list"),
            ({"seeds": [1, -1]}, "simulation.seeds: is -1, must be at least 0"),
            ({"seeds": [1, 2, 1]}, "which contains a seed twice"),
            (
                {"vary": "stim"},
                "simulation.vary: is 'stim'; allowed: both, connections, stimuli; did you mean 'stimuli'?",
            ),
            ({"combine": "average"}, "simulation.combine: is 'average'; "),
            ({"racing": True}, "simulation.racing: needs several seeds"),
            ({"repeats": 0}, "simulation.repeats: is 0, must be at least 1"),
        ],
    )
    def test_what_is_wrong_is_named(self, simulation, words):
        assert words in refusal(simulation=simulation)

    def test_a_budget_below_one_evaluation(self):
        needed = "the simulations of one evaluation (3 seeds in 2 protocols)"
        words = f"budget.simulations: is 5, must be at least 6: {needed}"
        tables = {"protocols": PROTOCOLS, "targets": TARGETS, "optimizer": {}}
        assert words in refusal(simulation={"repeats": 3}, budget={"simulations": 5}, **tables)

    def test_racing_needs_generations_and_one_objective(self):
        racing = {"repeats": 2, "racing": True}
        steady = {"name": "nsga2", "asynchronous": True}
        words = "racing needs generations; set it or optimizer.asynchronous to false"
        assert words in refusal(simulation=racing, optimizer=steady)
        words = "racing needs one objective and the study has several"
        assert words in refusal(simulation=racing, optimizer={"name": "nsga2"})
        assert read(simulation=racing, optimizer={}).simulation.racing

    def test_racing_needs_a_least_loss(self):
        endless = {"feature": "fitness", "form": "maximize"}
        tables = {"simulation": {"repeats": 2, "racing": True}, "optimizer": {}}
        words = "simulation.racing: is true, but the loss of targets.f (maximize) has no lower limit"
        goal = {"feature": "rate", "value": 1}
        assert words in refusal(targets={"f": endless, "rate": goal}, **tables)
        assert read(targets={"f": {**endless, "weight": 0}, "rate": goal}, **tables).simulation.racing

    def test_belong_to_the_identity_but_for_the_fresh_ones(self):
        assert read(simulation={"repeats": 2}).identity() != read(simulation={"repeats": 3}).identity()
        assert read(simulation={"fresh_seeds": 2}).identity() == read(simulation={"fresh_seeds": 3}).identity()
        assert read(simulation={"probes": False}).identity() == read().identity()


class TestProtocols:
    def test_come_back_from_the_table(self):
        study = read(protocols=PROTOCOLS, targets=TARGETS)
        assert [(p.name, p.duration_ms, p.values) for p in study.protocols] == [
            ("low", 1000.0, {"drive_weight": 0.005}), ("high", 300.0, {"drive_rate": 40}),
        ]  # fmt: skip
        again = Study.from_table(study.to_table(), Place("s"), ".")
        assert again.protocols == study.protocols and again.identity() == study.identity()

    def test_one_that_is_called_default_is_one_like_any_other(self):
        named = {"default": {"values": {"drive_weight": 0.005}}, "other": {}}
        targets = {"t": {**TARGETS["t"], "protocol": "default"}}
        for protocols in (named, {"default": named["default"]}):
            study = read(protocols=protocols, targets=targets)
            again = Study.from_table(study.to_table(), Place("s"), ".")
            assert again.protocols == study.protocols and again.targets == study.targets
            assert study.identity() != read(protocols={**protocols, "default": {}}, targets=targets).identity()

    def test_a_study_without_has_the_default(self):
        (protocol,) = read().protocols
        assert (protocol.name, protocol.duration_ms, protocol.values) == ("default", 1000.0, {})
        assert read().to_table()["protocols"] == {}

    @loop_over(
        ("protocols", "words"),
        [
            ({"a": {"values": {"weight": 1}}}, "protocols.a.values.weight: is a free parameter too"),
            (
                {"a": {"duration": 1}},
                "protocols.a.duration: unknown key; allowed: duration_ms, values; did you mean 'duration_ms'?",
            ),
            ({"a/b": {}}, "must be a plain file name"),
            ({"": {}}, "must be a plain file name"),
            ({"a": {"duration_ms": 0}}, "protocols.a.duration_ms: is 0, must be above 0"),
        ],
    )
    def test_what_is_wrong_is_named(self, protocols, words):
        assert words in refusal(protocols=protocols, targets={"t": {"feature": "rate", "value": 1}})


class TestValidations:
    def test_are_studies_of_their_own(self):
        study = read(
            simulation={"repeats": 3},
            validation=[
                {"seed": 7, "duration_ms": 2000},
                {"name": "driven", "values": {"drive_rate": 30.0}, "targets": {"x": {"feature": "fano", "value": 1}}},
            ],
        )
        first, second = study.validations()
        assert (first.name, first.seed, first.duration_ms) == ("validation 1", 7, 2000.0)
        assert first.seeds == (None,) and first.targets == study.targets and first.values == study.values
        assert second.name == "driven" and second.seeds == (1, 2, 3) and second.values == {"drive_rate": 30.0}
        assert [target.name for target in second.targets] == ["x"]

    def test_a_duration_holds_for_protocols_without_one(self):
        study = read(protocols=PROTOCOLS, targets=TARGETS, validation=[{"duration_ms": 500}])
        assert [p.duration_ms for p in study.validations()[0].protocols] == [500.0, 300.0]

    def test_its_values_hold_in_every_protocol(self):
        study = read(protocols=PROTOCOLS, targets=TARGETS, validation=[{"values": {"drive_rate": 7.0}}])
        (validation,) = study.validations()
        assert [p.values for p in validation.protocols] == [{"drive_weight": 0.005}, {}]
        assert validation.values == {"drive_rate": 7.0}

    def test_their_files_are_not_the_runs(self, tmp_path):
        (tmp_path / "rates.txt").write_text("5")
        targets = {"x": {"feature": "rate_distance", "reference": "rates.txt", "tolerance": 1}}
        table = {**study_table(), "validation": [{"targets": targets}]}
        study = Study.from_table(table, Place("s"), tmp_path)
        assert study.files == () and study.validations()[0].files == (tmp_path / "rates.txt",)

    def test_do_not_belong_to_the_identity_and_come_back(self):
        study = read(validation=[{"seed": 7}])
        assert study.identity() == read().identity()
        assert Study.from_table(study.to_table(), Place("s"), ".").validation == ({"seed": 7},)

    @loop_over(
        ("entry", "words"),
        [
            ({"budget": {}}, "validation.1.budget: unknown key"),
            ({"values": {"weight": 1}}, "validation.1.values.weight: is a free parameter too"),
            (
                {"targets": {"x": {"feature": "ratee", "value": 1}}},
                "validation.1.targets.x.feature: there is no feature 'ratee'",
            ),
            ({"duration_ms": 500}, "validation.1.targets.mean_rate.window_ms: is [100.0, 900.0], must lie within"),
            ({"seed": -1}, "validation.1.seed: is -1, must be at least 0"),
            ({"name": ""}, "validation.1.name: is '', must be a non-empty string"),
        ],
    )
    def test_what_is_wrong_is_named(self, entry, words):
        assert words in refusal(validation=[entry])
