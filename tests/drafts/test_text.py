"""The text of a draft: a study with the present values and rates, whatever their labels."""

import re

import pytest

from tests.drafts.entries import WEIGHT, entry, setting
from tests.loops import loop_over
from tuner.drafts import text
from tuner.drafts.likely import likely
from tuner.drafts.survey import Survey
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import tomllib


def text_of(*entries, rates=None, sources=(), **fields):
    """The study that the text of a draft says, and the text."""
    filled = {
        "name": "drafted",
        "model": "sensory_motor",
        "typed": "sensory_motor",
        "duration_ms": 500.0,
        "parameters": likely(Survey(entries or (entry(WEIGHT),), 0.025, {})),
        "rates": {"S": 12.34567} if rates is None else rates,
        "sources": frozenset(sources),
        "command": "drafted.toml",
    }
    written = text.write(text.Draft(**{**filled, **fields}))
    return Study.from_table(tomllib.loads(written), Place("drafted.toml"), "."), written


def test_a_draft_is_a_study_with_the_present_values_and_rates():
    study, written = text_of(setting("cfg.weight", 0.004, WEIGHT, "netParams.connParams['I->E'].weight"))
    (parameter,), (target,) = study.space.parameters, study.targets
    assert (parameter.name, parameter.low, parameter.high, parameter.scale) == ("weight", 0.0004, 0.04, "log")
    assert (target.name, target.population, target.value, target.unit) == ("S_rate", "S", 12.34567, "Hz")
    assert target.tolerance == pytest.approx(1.2)
    assert (study.name, study.model, study.duration_ms) == ("drafted", "sensory_motor", 500)
    assert study.budget.evaluations == 100
    assert f"\n# now 0.004; sets {WEIGHT} and 1 more\n" in written
    assert "\n# now 12.3 Hz\n" in written and "\n#   netpyne-tuner check drafted.toml\n" in written


def test_silent_populations_sources_and_too_many():
    rates = {"bkg": 40.0, "quiet": 0.0, "slow": 1.0, "nobody": float("nan"), **{f"E{i}": 5.0 for i in range(12)}}
    study, written = text_of(rates=rates, sources=["bkg"])
    targets = {target.population: target for target in study.targets}
    assert list(targets) == ["quiet", "slow", *(f"E{i}" for i in range(10))]
    assert (targets["quiet"].value, targets["quiet"].tolerance, targets["slow"].tolerance) == (0, 0.5, 0.5)
    assert "[targets.quiet_rate]\n# silent now\n" in written
    assert "# [targets.bkg_rate]\n# # now 40 Hz; a source of spikes\n" in written
    assert "# [targets.nobody_rate]\n" in written and "# [targets.E11_rate]\n" in written
    assert [target.population for target in text_of(rates={"bkg": 40.0}, sources=["bkg"])[0].targets] == ["bkg"]
    assert [target.population for target in text_of(rates={})[0].targets] == ["all"]


def test_too_many_parameters_are_commented_out_and_then_counted():
    study, written = text_of(*(entry(f"netParams.connParams['{i}->E'].weight") for i in range(60)))
    assert len(study.space) == 8 and written.count("# [parameters.") == 40
    assert "# And 12 more: netpyne-tuner paths sensory_motor\n" in written
    # What is commented out is right too.
    whole = re.sub(r"^# (?=\[param|\w+ = |# )", "", written, flags=re.M)
    assert len(Study.from_table(tomllib.loads(whole), Place("whole"), ".").space) == 48


@loop_over("label", ["E->I", "it's", 'a "b"', "a\nb", "ä ö", "a.b", "#", "]", "\\", "\x7f"])
def test_whatever_labels_are_called_the_text_is_toml(label):
    path = f"netParams.connParams[{label!r}].weight"
    study, _ = text_of(setting("cfg.w", 1.0, path), entry(f"{path[:-7]}.probability"), rates={label: 3.0}, typed=label)
    assert {parameter.name for parameter in study.space.parameters} == {"w", f"{label}_probability"}
    assert study.targets[0].population == label
