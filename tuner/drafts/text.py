"""A draft of a study as commented TOML."""

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
    """What a draft is written from: `model` as the study names it and `typed` as its user did; the parameters, the
    likeliest first; the populations' rates [Hz] and which of these are sources of spikes; the words of the commands
    that take the file, the file's name being the last."""

    name: str
    model: str
    typed: str
    duration_ms: float
    parameters: Sequence[Likely]
    rates: dict[str, float]
    sources: frozenset[str]
    command: str


def write(draft: Draft) -> str:
    """The study's text."""
    return "\n".join([*_head(draft), "", *_parameters(draft), *_targets(draft), *_budget()]) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    yield f"# Drafted by: netpyne-tuner new {_comment(draft.typed)}"
    yield "# The start point is the model as it is, and each target is what it does now. Change the targets to what the"
    yield "# network should do, drop or add parameters, narrow their bounds; then"
    yield f"#   netpyne-tuner check {_comment(draft.command)}"
    yield f"#   netpyne-tuner run {_comment(draft.command)}"
    yield "# What else can be tuned, and what a target may be of:"
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
        yield "# Less likely, or one too many to begin with; take the # away from what you want."
        yield ""
    for each in rest[:MOST_COMMENTED]:
        yield from _commented(_parameter(each))
    if len(rest) > MOST_COMMENTED:
        yield f"# And {len(rest) - MOST_COMMENTED} more: netpyne-tuner paths {_comment(draft.typed)}"
        yield ""


def _parameter(parameter: Likely) -> Iterator[str]:
    entry = parameter.entry
    words = [f"now {number(entry.value)} {entry.unit}".rstrip(), _sets(entry)]
    guess = ["the bounds are a guess"] if entry.value == 0 else []
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
    """The populations whose rate is a target: the first that have cells; sources only where there is nothing else."""
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
    """A table of the study, its comment below the header, and an empty line."""
    header, *rest = tomli_w.dumps({group: {name: table}}).splitlines()
    yield header
    yield f"# {_comment(comment)}"
    yield from rest
    yield ""


def _commented(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield f"# {line}" if line else line


def _comment(words: str) -> str:
    """Words that a comment may hold."""
    return "".join(character if character.isprintable() else "?" for character in words)


def _toml(value: object) -> str:
    return tomli_w.dumps({"v": value}).partition("=")[2].strip()
