"""NMODL is read strictly: what is linear in its events is found to be so, and nothing else is."""

from pathlib import Path

import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tuner.mechanisms import nmodl

SYNAPSES = ROOT / "tests" / "data" / "synapses"
# One that has nearly everything: a procedure with conditions, a gate in common, a coefficient that follows the voltage.
SLOW = (SYNAPSES / "slow_unblock.mod").read_text()
CURRENT = "g * unblocked^2 * (v - e)"
EVENT = "{ g = g + weight }"

LINEAR = ["calcium_synapse", "coupled_alpha", "discontinuity", "magnesium_block", "slow_unblock", "two_anions"]
NOT_LINEAR = {
    "cooperative": "BREAKPOINT: i = g^2 / 0.01 * (v - e) is not linear in the sum over events",
    "depleted": "NET_RECEIVE: left = 1 - (1 - left) * exp(-(t - last) / recovery) does not add to a STATE",
    "depleted_connection": "NET_RECEIVE stores spent, last for each connection",
    "refractory": "NET_RECEIVE: if (flag == 1) { deaf = 0 } else { if (deaf == 0) { g = ... does not add to a STATE",
    "saturating": "NET_RECEIVE: g = g + weight * (1 - g / most) is not proportional to the weight alone",
    "stochastic": "NET_RECEIVE: if (scop_random() < chance) { g = g + weight } does not add to a STATE",
}


@loop_over(("file", "reason"), [*((name, "") for name in LINEAR), *NOT_LINEAR.items()])
def test_synapse_files(file, reason):
    assert nmodl.nonlinearity((SYNAPSES / f"{file}.mod").read_text()) == reason


@pytest.mark.parametrize("name", ["expsyn", "exp2syn"])
def test_neurons_own_are_linear(name):
    neuron = pytest.importorskip("neuron")
    text = (Path(neuron.__file__).parent / ".data" / "share" / "modfile" / f"{name}.mod").read_text()
    assert nmodl.nonlinearity(text) == ""


def test_every_point_process_is_read_by_its_name():
    read = nmodl.read(SYNAPSES.glob("*.mod"))
    assert len(read) == len(LINEAR) + len(NOT_LINEAR)
    assert read["MagnesiumBlock"] == ""
    assert read["CooperativeSynapse"] == NOT_LINEAR["cooperative"]


@loop_over(
    ("old", "new"),
    [
        (EVENT, "{ g = g + target * weight * exp(-v / 50 (mV)) }"),
        (EVENT, "{ state_discontinuity(g, g + weight / 2) }"),
        (CURRENT, "(v - e) * -unblocked * g / (1 + unblocked)"),
        ("i = " + CURRENT, "x = 2 * g i = (x - g) * v"),
        ("g' = -g / decay", "g' = -(1 + fabs(v)) * g / decay"),
        ("RANGE decay", "USEION ca READ cai RANGE decay"),
        ("RANGE decay", "THREADSAFE RANGE decay"),
        ("SOLVE state METHOD cnexp", "CONDUCTANCE g SOLVE state"),
    ],
)
def test_other_ways_to_be_linear(old, new):
    assert SLOW.count(old) == 1
    assert nmodl.nonlinearity(SLOW.replace(old, new)) == ""


def test_line_ends_mean_nothing():
    title, _, code = SLOW.partition("\n")
    assert nmodl.nonlinearity(f"{title}\n{' '.join(code.split())}") == ""


NOT_PROPORTIONAL = "is not proportional to the weight alone"
NO_SUM = "is not linear in the sum over events"


@loop_over(
    ("old", "new", "reason"),
    [
        (EVENT, "{ g = g + weight^2 }", NOT_PROPORTIONAL),
        (EVENT, "{ g = g + 0.001 }", NOT_PROPORTIONAL),
        (EVENT, "{ g = g + weight + target }", NOT_PROPORTIONAL),
        (EVENT, "{ g = g + weight * g }", NOT_PROPORTIONAL),
        (EVENT, "{ g = g + weight * scop_random() }", NOT_PROPORTIONAL),
        (EVENT, "{ g = weight }", "does not add to a STATE"),
        (EVENT, "{ target = target + weight }", "does not add to a STATE"),
        (EVENT, "{ g = g + weight net_event(t) }", "NET_RECEIVE: net_event(t) does not add to a STATE"),
        (EVENT, "{ WATCH (v > 0) 2 }", "does not add to a STATE"),
        (EVENT, "{ rates(weight) }", "does not add to a STATE"),
        (EVENT, "{ }", "its current i is not a sum over events"),
        (f"NET_RECEIVE(weight (uS)) {EVENT}", "", "it has no NET_RECEIVE block"),
        (CURRENT, CURRENT + " + 0.001 * v", NO_SUM),
        (CURRENT, "g * (v - e) / (1 + g)", NO_SUM),
        (CURRENT, "pow(g, 2) * (v - e)", NO_SUM),
        (CURRENT, "unblocked * (v - e)", "its current i is not a sum over events"),
        ("i = " + CURRENT, f"if (v > -50) {{ i = {CURRENT} }}", NO_SUM),
        ("i = " + CURRENT, "kept = kept + g i = kept * v", NO_SUM),
        ("g' = -g / decay", "g' = -g / decay + unblocked", NO_SUM),
        ("g' = -g / decay", "g' = -g * g / decay", NO_SUM),
        ("(target - unblocked) / pace", "(target - unblocked) * g", "unblocked = target does not start from 0"),
        ("pace = slowness / 2", "pace = slowness * g", NO_SUM),
        ("pace = slowness / 2", "pace = erand()", "PROCEDURE calls erand"),
        ("    g = 0\n", "", "INITIAL does not set g to 0"),
        ("    g = 0\n", "    g = 0.001\n", "INITIAL: g = 0.001 does not start from 0"),
        ("    g = 0\n", "    SOLVE state STEADYSTATE sparse g = 0\n", "INITIAL: STEADYSTATE is not understood"),
        ("SOLVE state METHOD cnexp", "SOLVE rates", "it solves rates, which is not a DERIVATIVE block"),
        ("RANGE decay", "POINTER source RANGE decay", "it uses POINTER"),
        ("RANGE decay", "RANDOM draw RANGE decay", "it uses RANDOM"),
        ("RANGE decay", "GLOBAL pace RANGE decay", "each copy sets pace, which is GLOBAL"),
        ("RANGE decay", "USEION ca READ ica RANGE decay", "it reads ica"),
        ("RANGE decay", "USEION ca READ eca WRITE cai RANGE decay", "it writes cai"),
        ("NONSPECIFIC_CURRENT i", "", "it has no current"),
        ("DERIVATIVE state", "KINETIC state", "it uses KINETIC"),
        ("DERIVATIVE state", "CONSTRUCTOR { } DERIVATIVE state", "it uses CONSTRUCTOR"),
        ("ASSIGNED", 'INCLUDE "more.inc" ASSIGNED', "it uses INCLUDE"),
        ("rates(v)\n    g'", "VERBATIM\n    g *= 2;\n    ENDVERBATIM\n    g'", "it uses VERBATIM"),
    ],
)
def test_what_is_not_known_to_be_linear_is_not_and_says_why(old, new, reason):
    assert SLOW.count(old) == 1
    found = nmodl.nonlinearity(SLOW.replace(old, new))
    assert found.endswith(reason), found


def test_what_a_procedure_computes_from_a_sum_is_no_common_factor():
    hidden = SLOW.replace("PROCEDURE rates(v (mV)) {", "PROCEDURE rates(v (mV)) { hidden = g")
    assert nmodl.nonlinearity(hidden.replace(CURRENT, "g * hidden * (v - e)")).endswith(NO_SUM)
