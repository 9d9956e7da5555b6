"""Reaction schemes: the tables, the mechanism that is written from them, and SciPy's solution."""

import math
from collections import Counter

import numpy as np
import pytest

from tuner.library.netparams.kinetics import nmodl, solver, spine, table
from tuner.library.netparams.kinetics.table import DATA

SCHEME = table.read(spine.FOLDER)
SPECIES = "species,initial_mM\nA,2\nB,0\nC,0\n"
HEAD = "reaction,reactants,products,forward,k_forward,backward,k_backward,backward_order\n"


def scheme(tmp_path, reactions, species=SPECIES):
    (tmp_path / "species.csv").write_text(species)
    (tmp_path / "reactions.csv").write_text(HEAD + reactions)
    return table.read(tmp_path)


class TestTable:
    def test_the_spine_is_the_published_one_in_size(self):
        assert (len(SCHEME.species), len(SCHEME.reactions), len(SCHEME.directions)) == (204, 262, 413)
        assert sum(reaction.backward is not None for reaction in SCHEME.reactions) == 151
        assert np.count_nonzero(SCHEME.initial) == 47
        assert np.linalg.matrix_rank(SCHEME.stoichiometry) == 164
        assert SCHEME.moieties.shape == (40, 204)

    def test_one_law_is_not_mass_action(self):
        odd = [
            place
            for place, reaction in enumerate(SCHEME.reactions)
            if reaction.forward.order != reaction.reactants
            or (reaction.backward and reaction.backward.order != reaction.products)
        ]
        assert odd == [202]
        release = SCHEME.reactions[202]
        assert release.products == Counter(PKAr=1, PKAc=2) and release.backward.order == Counter(PKAr=1, PKAc=1)
        assert (release.forward.number, release.forward.constant) == (317, 0.00024)

    def test_moieties_are_what_no_reaction_changes(self):
        # Molecules of up to 5 in a reaction.
        assert np.abs(SCHEME.moieties @ SCHEME.stoichiometry).max() < 1e-13

    def test_receptors_in_the_membrane(self):
        groups = spine.membrane(SCHEME)
        assert {kind: len(names) for kind, names in groups.items()} == {"GluR1": 21, "GluR2": 5, "S831": 6}
        assert "GluR1_memb_S845_S831_PP2B" in groups["S831"] and "GluR1_S831" not in groups["GluR1"]

    def test_fastest_time_constant_at_the_start(self):
        values = np.linalg.eigvals(solver.Rates(SCHEME).jacobian(0.0, SCHEME.initial))
        assert values.real.min() == pytest.approx(-233.5, abs=0.1)

    @pytest.mark.parametrize(
        ("reactions", "species", "words"),
        [
            ("0,A,D,0,1.0,,,\n", SPECIES, "no species is called D"),
            ("0,A,B,1,1.0,,,\n", SPECIES, "must be numbered 0, 1, 2"),
            ("0,A,B,0,1.0,0,2.0,\n", SPECIES, "must be numbered 0, 1, 2"),
            ("0,A,B,0,1.0,,,\n", SPECIES + "A,1\n", "species A is there twice"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, tmp_path, reactions, species, words):
        with pytest.raises(ValueError, match=words):
            scheme(tmp_path, reactions, species)


class TestSolver:
    def test_jacobian_is_the_derivative(self):
        rates = solver.Rates(SCHEME, {317: 0.5})
        point = np.abs(np.random.default_rng(1).normal(size=204))
        jacobian = rates.jacobian(0.0, point)
        for place in range(0, 204, 7):
            step = np.zeros(204)
            step[place] = 1e-6
            slope = (rates.derivative(0.0, point + step) - rates.derivative(0.0, point - step)) / 2e-6
            assert slope == pytest.approx(jacobian[:, place], rel=1e-6, abs=1e-9 * np.abs(jacobian).max())

    def test_relaxes_as_two_states_do(self, tmp_path):
        rates = solver.Rates(scheme(tmp_path, "0,A,B,0,0.3,1,0.1,\n"))
        found = solver.solve(rates, [2.0, 0.0, 0.0], [], np.zeros(3), [1.0, 5.0])
        expected = [2.0 * 0.75 * (1 - math.exp(-0.4 * time)) for time in (1.0, 5.0)]
        assert found[:, 1] == pytest.approx(expected, rel=1e-6)
        assert found.sum(axis=1) == pytest.approx([2.0, 2.0], rel=1e-12)

    def test_a_power_is_the_number_of_molecules(self, tmp_path):
        rates = solver.Rates(scheme(tmp_path, "0,2 A,B,0,0.5,,,\n"))
        # A' = -2 k A^2.
        (found,) = solver.solve(rates, [2.0, 0.0, 0.0], [], np.zeros(3), [3.0])
        assert found == pytest.approx([2.0 / (1 + 2 * 0.5 * 2.0 * 3.0), 1.0 - 1 / 7, 0.0], rel=1e-6)

    def test_influx_lasts_as_long_as_its_pulses(self, tmp_path):
        rates = solver.Rates(scheme(tmp_path, "0,B,C,0,0.0,,,\n"))
        found = solver.solve(rates, np.zeros(3), [(1.0, 3.0), (5.0, 6.0)], np.array([0.25, 0, 0]), [1.0, 2.0, 4.0, 9.0])
        assert found[:, 0] == pytest.approx([0.0, 0.25, 0.5, 0.75], abs=1e-9)

    def test_a_factor_of_a_rate_is_one(self, tmp_path):
        rates = solver.Rates(scheme(tmp_path, "0,A,B,0,0.3,1,0.1,\n"), {0: 0.5})
        assert rates.derivative(0.0, np.array([2.0, 1.0, 0.0])) == pytest.approx([-0.2, 0.2, 0.0])


class TestMechanism:
    def test_the_file_is_what_the_tables_give(self):
        assert spine.FILE.read_text(encoding="utf-8") == spine.text()

    def test_the_odd_law_is_ordinary_kinetics_with_a_coefficient(self):
        place = {name: SCHEME.species.index(name) for name in ("PKAcAMP4", "PKAr", "PKAc")}
        line = "~ c[{PKAcAMP4}] <-> c[{PKAr}] + 2 c[{PKAc}] (rate_317 * 0.00024, 25.5 / (c[{PKAc}] + 1e-15))"
        assert line.format(**place) in spine.text()

    def test_every_reaction_is_there_once(self):
        kinetic = spine.text().partition("KINETIC reactions {")[2].partition("\n}")[0]
        lines = [line for line in kinetic.splitlines() if line.lstrip().startswith("~")]
        assert sum("<<" in line for line in lines) == 4
        assert len(lines) == 262 + 4

    def test_rates_that_have_factors_are_those_that_experiments_block(self):
        declared = {word for word in spine.text().partition("PARAMETER")[0].split() if word.startswith("rate_")}
        assert len({word.strip(",") for word in declared}) == 3 + 1 + 4 + 20

    def test_lines_are_short_enough_for_the_compiler(self):
        assert max(map(len, spine.text().splitlines())) <= 140

    def test_a_molecule_in_the_volume(self):
        assert spine.spine(SCHEME).mm_per_molecule == pytest.approx(1e3 / 6.022e23 / 5e-16, rel=1e-12)


def test_data_are_where_the_models_are():
    assert spine.FOLDER == DATA / "spine"
    assert nmodl.state(SCHEME, "Ca") == "c[0]"
