"""End every run of a study after four new evaluations, and verify only the best of them.

Python imports this module at the start of each process that has its folder on the path: of the commands, scripts and
Python blocks of a page alike.
"""

import functools
import importlib.abc
import importlib.util
import sys

MODULE, LIMIT = "tuner.search.job", 4


class Limit(importlib.abc.MetaPathFinder):
    """Replace `tune` when its module is imported."""

    def find_spec(self, name, path, target=None):
        """Return the spec of the module, whose loader then replaces `tune`."""
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            module.tune = limited(module.tune)

        spec.loader.exec_module = exec_module
        return spec


def limited(tune):
    """Return `tune` with one more observer, which ends the run, and with one verification."""
    from dataclasses import replace

    from tuner.search.observers import Observer

    class AfterLimit(Observer):
        made = 0

        def on_result(self, evaluation):
            self.made += 1

        def stop_reason(self):
            return f"the limit of {LIMIT} evaluations in tests of pages" if self.made >= LIMIT else ""

    @functools.wraps(tune)
    def limited_tune(study, *arguments, progress=(), **options):
        given = [progress] if isinstance(progress, Observer) else list(progress or ())
        study = replace(study, simulation=replace(study.simulation, verify=min(1, study.simulation.verify)))
        return tune(study, *arguments, progress=[*given, AfterLimit()], **options)

    return limited_tune


sys.meta_path.insert(0, Limit())
