"""What a shipped model is made of is read from its words."""

import importlib

import pytest

from tuner import mechanisms, model, modelfiles

MODELS = model.names()


def mechanisms_of(specs: object) -> set[str]:
    """The project's own mechanisms that a model's specs name."""
    sections = [section for rule in specs.cellParams.values() for section in rule["secs"].values()]
    named = {name for section in sections for name in section.get("mechs", {})}
    named |= {point["mod"] for section in sections for point in section.get("pointps", {}).values()}
    named |= {synapse["mod"] for synapse in specs.synMechParams.values()}
    return named & mechanisms.mechanism_names(mechanisms.OWN)


@pytest.mark.parametrize("name", MODELS)
def test_the_text_of_a_model_names_all_its_mechanisms(name):
    module = importlib.import_module(f"netparams.{name}")
    used = mechanisms.used(mechanisms.OWN, modelfiles.text_of(model.SHIPPED / f"{name}.py"))
    assert mechanisms_of(module.net_params(dict(module.DEFAULTS))) <= {file.stem for file in used}


def test_it_names_no_mechanism_of_a_model_that_has_none():
    text = modelfiles.text_of(model.SHIPPED / "sensory_motor.py")
    assert "gnabar" in text
    assert mechanisms.used(mechanisms.OWN, text) == []


def test_a_model_that_is_made_of_another_has_its_file():
    all_cells = importlib.import_module("netparams.all_cells")
    files = modelfiles.files_of(all_cells, model.SHIPPED, shipped=True)
    assert {str(model.SHIPPED / f"{name}.py") for name in ("all_cells", "nine_cells")} <= set(files)
    assert str(model.SHIPPED / "sensory_motor.py") not in files
