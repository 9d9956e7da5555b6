"""Compare the page on own models with the reader of studies."""

import re

from tests.commands import ROOT
from tests.samples import study_table
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import tomllib


def test_the_parameters_of_the_page_can_be_copied(tmp_path):
    page = (ROOT / "docs" / "tutorials" / "own-model.md").read_text()
    (fragment,) = re.findall(r"^```toml\n(.*?)^```$", page, re.M | re.S)
    table = {**study_table(), "duration_ms": 2000, "values": {}, **tomllib.loads(fragment)}
    study = Study.from_table(table, Place("own-model.md"), tmp_path)
    parameters = {parameter.name: parameter for parameter in study.space.parameters}
    assert parameters["gain"].settings(1.0) == [("cfg.gainE", 1.0), ("cfg.gainI", 0.25)]
    assert parameters["all_weights"].relative
    assert parameters["drive"].settings("40, 1.0") == [("cfg.rate", 40), ("cfg.noise", 1.0)]
