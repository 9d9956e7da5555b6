"""Probes are stored line by line, and read back also after a crash."""

import json
import math

import pytest

from tests.loops import loop_over
from tuner.errors import StoreError
from tuner.runs.probe_file import PROBES, Probe, appending, read_probes

VALUES = {"weight": 0.1, "cells": 3, "kind": "a\u2028b"}
STORED = [
    Probe("weight", "lower", 7, VALUES, loss=2.5, features={"rate": 3.0}, seconds=0.25),
    Probe("kind", "choice", 7, VALUES, status="failed", reason="no\nsuch kind"),
    Probe("cells", "upper", 9, {**VALUES, "cells": 9}),
]


def store(folder, probes):
    with appending(folder) as append:
        for probe in probes:
            append(probe)


def test_stored_probes_are_read_back(tmp_path):
    assert read_probes(tmp_path) == []
    store(tmp_path, STORED[:1])
    store(tmp_path, STORED[1:])
    assert read_probes(tmp_path) == STORED
    assert (tmp_path / PROBES).read_text().count("\n") == 3
    assert type(read_probes(tmp_path)[0].values["cells"]) is int


def test_undefined_features_are_null(tmp_path):
    store(tmp_path, [Probe("weight", "lower", 7, VALUES, features={"rate": math.nan})])
    assert json.loads((tmp_path / PROBES).read_text())["features"] == {"rate": None}
    assert read_probes(tmp_path)[0].features == {"rate": None}


@loop_over("cut", [1, 40, -1])
def test_a_torn_last_probe_is_left_out_and_then_replaced(tmp_path, cut):
    store(tmp_path, STORED)
    whole = (tmp_path / PROBES).read_bytes()
    start = whole.index(STORED[2].to_line().encode())
    (tmp_path / PROBES).write_bytes(whole[: start + cut] if cut > 0 else whole[:cut])
    assert read_probes(tmp_path) == STORED[:2]
    store(tmp_path, STORED[2:])
    assert (tmp_path / PROBES).read_bytes() == whole


@loop_over(
    ("damage", "wrong"),
    [
        ("{", "not valid JSON"),
        ("[]", "is [], must be a table"),
        ('{"parameter": "weight"}', "the key bound is missing"),
        ("\0\0", "not valid JSON"),
        (STORED[0].to_line().replace("2.5", "NaN"), "loss is not a finite number"),
        (STORED[0].to_line().replace("2.5", '"2.5"'), "loss: is '2.5', must be a number or null"),
        (STORED[0].to_line().replace("done", "odd"), "status: is 'odd', must be done, failed, timeout, aborted"),
    ],
)
def test_damage_before_the_last_line_is_one_sentence(tmp_path, damage, wrong):
    store(tmp_path, STORED)
    file = tmp_path / PROBES
    file.write_text("\n".join([damage, *file.read_text().split("\n")[1:]]))
    with pytest.raises(StoreError) as caught:
        read_probes(tmp_path)
    assert str(caught.value) == f"{file}: line 1 is damaged: {wrong}; delete the file to make the probes again"
