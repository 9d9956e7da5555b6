"""Folders of NetPyNE's Batch with parameters of all kinds, and data of its candidates."""

import json

from tests.commands import SMALL
from tuner.bridge.batch_folder import write
from tuner.bridge.batch_settings import search_table
from tuner.study.study import Study

# What the model's own name, a path with a factor, simConfig, whole numbers and choices become; and a target of traces.
ALL_KINDS = (
    "targets.voltage={feature='efel:maximum_voltage', population='M', cells=2, value=0, tolerance=1, unit='mV'}",
    "parameters.cells={low=2, high=9, kind='int', path=\"netParams.popParams['S'].numCells\"}",
    "parameters.delay={kind='choice', choices=[2.0, 5.0, 11.0], path=\"netParams.connParams['S->M'].delay\"}",
    "parameters.drive={low=0.001, high=0.01,"
    " paths=[{path=\"netParams.stimTargetParams['drive->HH'].weight\", factor=2.0}]}",
    "parameters.celsius={low=2, high=12, path=\"simConfig.hParams['celsius']\"}",
)
KINDS = {"weight": -1.5, "rate": 40.0, "cells": 6.7, "delay": 1.6, "drive": 0.004, "celsius": 9.0}


def written(folder, *overrides):
    study = Study.load(SMALL, overrides)
    return write(study, folder, search_table(study))


def data_file(folder, generation, name, **sim_data):
    file = folder / "data" / f"gen_{generation}" / f"{name}_data.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"simData": sim_data}))
