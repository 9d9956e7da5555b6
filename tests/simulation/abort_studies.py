"""Studies that the tests of abort rules share, and their target of irregular spikes."""

from tests.commands import ROOT
from tuner.objective.targets import Target
from tuner.study.study import Study

CV = Target("cv", "cv_isi", population="E", value=0.5, tolerance=0.1)
BLOCK = ROOT / "tests" / "data" / "abort"
CV_TABLE = {"cv": {"feature": "cv_isi", "population": "E", "value": 0.5}}


def study_of(name, bounds, targets, folder=".", **entries):
    from tuner.study.schema import Place

    parameters = {parameter: {"low": low, "high": high} for parameter, (low, high) in bounds.items()}
    table = {"name": "sweep", "model": name, "parameters": parameters, "targets": targets, "budget": {"evaluations": 9}}
    return Study.from_table({**table, **entries}, Place("sweep.toml"), folder)
