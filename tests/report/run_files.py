"""Files of a run folder as its master and its jobs leave them."""

import json
import os
import time

from tests.samples import make_study
from tuner.cluster import joblog
from tuner.evaluation import Evaluation
from tuner.report import status
from tuner.runs.manifest import MANIFEST
from tuner.runs.owner import OWNER
from tuner.runs.store import EVALUATIONS

VALUES = {"probability": 0.25, "weight": 0.0123456, "cells": 4, "delay": 5.0, "drive": 1.5}


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def written(ago_s):
    """A time as the manifest and the log of the jobs have it."""
    return time.strftime(joblog.TIME, time.localtime(time.time() - ago_s))


def evaluation(number, loss=None, **fields):
    settled = {"status": "done" if loss is not None else "failed", **fields}
    return Evaluation(number, number // 10, {**VALUES, "cells": number}, 1, loss=loss, **settled)


class Run:
    """A run folder as its master has left it; each method writes one of its files."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def begun(self, evaluations=(), wall_time_s=20.0, silent_s=0.0, started_ago_s=(), manifest=(), **study):
        (self.folder / "study.toml").write_text(make_study(self.folder, **study).dump())
        starts = [{"time": written(ago_s)} for ago_s in started_ago_s]
        table = {"units": {"delay": "ms"}, "wall_time_s": wall_time_s, "starts": starts, **dict(manifest)}
        (self.folder / MANIFEST).write_text(json.dumps(table))
        (self.folder / EVALUATIONS).write_text("".join(each.to_line() + "\n" for each in evaluations))
        age(self.folder / MANIFEST, silent_s)
        age(self.folder / EVALUATIONS, silent_s)
        return self

    def owned(self, host="far", pid=12, silent_s=0.0):
        (self.folder / OWNER).write_text(json.dumps({"host": host, "pid": pid, "token": "x"}))
        age(self.folder / OWNER, silent_s)
        return self

    def best(self, evaluations):
        table = {"number": 1, "values": VALUES, "loss": 1.0, "evaluations": evaluations, "verified": {}}
        (self.folder / "best.json").write_text(json.dumps(table))
        return self

    def logged(self, *lines):
        (self.folder / "run.log").write_text("".join(f"2025-01-01 00:00:00,000 {line}\n" for line in lines))
        return self

    def job(self, *events, name="7", ago_s=0.0):
        (self.folder / "jobs").mkdir(exist_ok=True)
        with open(self.folder / "jobs" / "log", "a") as log:
            log.write("".join(f"{written(ago_s)} {name} {words}\n" for words in events))
        return self

    @property
    def state(self):
        return status.read(self.folder).state

    @property
    def lines(self):
        return list(status.lines(status.read(self.folder)))


SOME = [evaluation(0, 3.0), evaluation(1, 1.0)]
SUBMITTED, STARTED = "submitted 1.sh to slurm", "started 1.sh on n1"
