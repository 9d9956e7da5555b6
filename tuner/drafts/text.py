"""Write a draft of a study as commented TOML."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import tomli_w

from tuner.drafts.likely import Likely, active
from tuner.drafts.listing import number
from tuner.drafts.survey import Entry

MOST_TARGETS = 12
MOST_COMMENTED = 40
RELATIVE_TOLERANCE, LEAST_TOLERANCE_HZ = 0.1, 0.5
EVALUATIONS = 100


@dataclass(frozen=True)
class Draft:
    """Hold the content of a draft.

    Attributes
    ----------
    name : str
        Name of the study.
    model, typed : str
        Name of the model in the study file, and as typed on the command line.
    duration_ms : float
        Duration of the simulation [ms].
    parameters : sequence of Likely
        Parameters, the likeliest first.
    rates : dict of str to float
        Present rates of the populations [Hz]; nan for a population without cells.
    sources : frozenset of str
        Populations that are sources of spikes.
    command : str
        File of the study and options, as arguments of the next commands.
    """

    name: str
    model: str
    typed: str
    duration_ms: float
    parameters: Sequence[Likely]
    rates: dict[str, float]
    sources: frozenset[str]
    command: str


def write(draft: Draft) -> str:
    """Return the text of the study."""
    return "\n".join([*_head(draft), "", *_parameters(draft), *_targets(draft), *_budget()]) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    yield f"# Drafted by: netpyne-tuner new {_comment(draft.typed)}"
    yield "# The start point is the unchanged model; the targets are its present rates. Change the targets to what the"
    yield "# network should do, remove or add parameters, and narrow their bounds. Then run:"
    yield f"#   netpyne-tuner check {_comment(draft.command)}"
    yield f"#   netpyne-tuner run {_comment(draft.command)}"
    yield "# All values that can be tuned, and all features that a target may name:"
    yield f"#   netpyne-tuner paths {_comment(draft.typed)}"
    yield "#   netpyne-tuner features"
    yield ""
    yield f"name = {_toml(draft.name)}"
    yield f"model = {_toml(draft.model)}"
    yield f"duration_ms = {_toml(draft.duration_ms)}"


def _parameters(draft: Draft) -> Iterator[str]:
    free = active(draft.parameters)
    rest = [each for each in draft.parameters if each not in free]
    for each in free:
        yield from _parameter(each)
    if rest:
        yield "# Further parameters: less likely ones, or too many to begin with. Remove the # to tune a parameter."
        yield ""
    for each in rest[:MOST_COMMENTED]:
        yield from _commented(_parameter(each))
    if len(rest) > MOST_COMMENTED:
        yield f"# And {len(rest) - MOST_COMMENTED} more: netpyne-tuner paths {_comment(draft.typed)}"
        yield ""


def _parameter(parameter: Likely) -> Iterator[str]:
    entry = parameter.entry
    words = [f"now {number(entry.value)} {entry.unit}".rstrip(), _sets(entry)]
    guess = ["the bounds are a guess: nothing but 0 is known"] if entry.value == 0 else []
    comment = "; ".join(word for word in [*words, *guess] if word)
    yield from _block("parameters", parameter.name, parameter.table, comment)


def _sets(entry: Entry) -> str:
    if not entry.is_setting or not entry.sets:
        return ""
    others = f" and {len(entry.sets) - 1} more" if len(entry.sets) > 1 else ""
    return f"sets {entry.sets[0]}{others}"


def _targets(draft: Draft) -> Iterator[str]:
    kept = _kept(draft)
    for population, rate_hz in draft.rates.items():
        block = _target(population, rate_hz, is_source=population in draft.sources)
        yield from block if population in kept else _commented(block)
    if not kept:
        yield from _target("all", 0.0, is_source=False)


def _kept(draft: Draft) -> list[str]:
    """Return the populations with a rate target: the first 12 with cells; sources only if there is nothing else."""
    with_cells = [population for population, rate_hz in draft.rates.items() if math.isfinite(rate_hz)]
    return ([each for each in with_cells if each not in draft.sources] or with_cells)[:MOST_TARGETS]


def _target(population: str, rate_hz: float, *, is_source: bool) -> Iterator[str]:
    rate_hz = rate_hz if math.isfinite(rate_hz) else 0.0
    tolerance_hz = max(LEAST_TOLERANCE_HZ, RELATIVE_TOLERANCE * rate_hz)
    table = {"feature": "rate", "population": population, "value": rate_hz}
    table |= {"tolerance": float(f"{tolerance_hz:.2g}"), "unit": "Hz"}
    now = f"now {rate_hz:.3g} Hz" if rate_hz else "silent now"
    yield from _block("targets", f"{population}_rate", table, f"{now}; a source of spikes" if is_source else now)


def _budget() -> Iterator[str]:
    yield "[budget]"
    yield f"evaluations = {EVALUATIONS}"


def _block(group: str, name: str, table: dict[str, Any], comment: str) -> Iterator[str]:
    """Yield a table of the study with a comment below the header, and an empty line."""
    header, *rest = tomli_w.dumps({group: {name: table}}).splitlines()
    yield header
    yield f"# {_comment(comment)}"
    yield from rest
    yield ""


def _commented(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield f"# {line}" if line else line


def _comment(words: str) -> str:
    """Return a text in which unprintable characters, which a comment may not hold, are replaced by ?."""
    return "".join(character if character.isprintable() else "?" for character in words)


def _toml(value: object) -> str:
    return tomli_w.dumps({"v": value}).partition("=")[2].strip()
