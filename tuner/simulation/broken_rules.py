"""Find the abort rules that a start point breaks, and switch these rules off."""

import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tuner.objective.targets import Target
from tuner.simulation.abort import Aborted, Moment, Watch
from tuner.simulation.simulate import SimulationError
from tuner.study.settings import Abort

# Values of keys that switch a rule off. Rules that follow from the targets hold on: a candidate that such a rule stops
# has a target at its cap, whatever follows. Infinite voltages are stopped in any case.
OFF: Mapping[str, Any] = {"voltage_mv": sys.float_info.max, "rate_hz": None, "silence_ms": None, "block_ms": None}


def without(settings: Abort, keys: Collection[str]) -> Abort:
    """Return the settings with the limits of these keys switched off."""
    return replace(settings, **{key: OFF[key] for key in keys if key in OFF})


def words(settings: Abort, broken: Mapping[str, str]) -> list[str]:
    """Return a line for each rule that is off; `broken` is described in `Survey`."""
    return [
        f"the rule abort.{key} = {getattr(settings, key):g} is off in this run: the start point itself {breach}"
        for key, breach in broken.items()
        if key in OFF and getattr(settings, key) is not None
    ]


class Survey(Watch):
    """Watch a simulation to the end, and note each limit of simulation.abort that is broken.

    Raises SimulationError if a voltage is not a number.
    """

    def __init__(self, settings: Abort, targets: Sequence[Target]) -> None:
        super().__init__(settings, targets)
        self.worst: dict[str, Aborted] = {}

    def _apply(self, check: Callable[[Moment], None], moment: Moment) -> None:
        try:
            check(moment)
        except Aborted as aborted:
            if check == self._check_voltages and not aborted.key:
                # No feature of such a simulation has a meaning.
                raise SimulationError(str(aborted)) from None
            last = self.worst.get(aborted.key)
            if aborted.key and (last is None or aborted.severity > last.severity):
                self.worst[aborted.key] = aborted

    def _check_runaway(self, moment: Moment) -> None:
        """Check the limit of the study only: limits that follow from targets must not hide a broken one."""
        if found := self._above_limit(moment):
            self._judge_runaway(moment, found)


def broken(surveys: Iterable[Survey]) -> dict[str, str]:
    """Return the broken limits of several simulations, by key, each with the worst breach in words."""
    worst: dict[str, Aborted] = {}
    for survey in surveys:
        for key, aborted in survey.worst.items():
            if key not in worst or aborted.severity > worst[key].severity:
                worst[key] = aborted
    return {key: worst[key].breach for key in OFF if key in worst}
