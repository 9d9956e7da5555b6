"""Read the names that NMODL files define and that netParams use."""

import re
from pathlib import Path

from tuner.interfaces.netpyne_types import NetParams

_NAME = re.compile(r"\b(?:SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)")
_ROUTINE = re.compile(r"\b(?:FUNCTION|PROCEDURE)\s+(\w+)")
_GLOBAL = re.compile(r"\bGLOBAL\s+(\w+(?:\s*,\s*\w+)*)")
_ASSIGNED = re.compile(r"\bASSIGNED\s*\{([^{}]*)\}")
_COMMENT = re.compile(r"\bCOMMENT\b.*?\bENDCOMMENT\b|[:?][^\n]*", re.DOTALL)
# A file with this SUFFIX defines functions, but no mechanism.
_NO_MECHANISM = "nothing"


def names_of(text: str) -> set[str]:
    """Return the names that NEURON uses for the mechanisms of an NMODL file."""
    return set(_NAME.findall(_COMMENT.sub("", text))) - {_NO_MECHANISM}


def routines_of(text: str) -> set[str]:
    """Return the names of the functions and procedures of an NMODL file."""
    return set(_ROUTINE.findall(_COMMENT.sub("", text)))


def mechanism_names(mod_folder: Path) -> set[str]:
    """Return the names of the mechanisms that the NMODL files of a folder define."""
    return {name for file in mod_folder.glob("*.mod") for name in names_of(file.read_text(errors="replace"))}


def named(net_params: NetParams) -> set[str]:
    """Return the mechanisms that netParams use in cells, synapses, stimuli, populations and plasticity."""
    rules, populations = net_params.cellParams.values(), net_params.popParams.values()
    sections = [section for rule in rules for section in rule.get("secs", {}).values()]
    found = {name for section in sections for name in section.get("mechs", {})}
    points = [point for section in sections for point in section.get("pointps", {}).values()]
    found |= {str(each.get("mod")) for each in (*points, *net_params.synMechParams.values())}
    found |= {str(stimulus.get("type")) for stimulus in net_params.stimSourceParams.values()}
    plasticities = [each.get("plast") for each in net_params.connParams.values()]
    found |= {str(each.get("mech")) for each in plasticities if isinstance(each, dict)}
    return found | {str(each.get("cellModel")) for each in (*rules, *populations)}


def with_rates_in_range(text: bytes) -> bytes:
    """Return an NMODL file in which GLOBAL variables that the file computes are RANGE variables.

    CoreNEURON accepts no such GLOBAL variables. The change keeps the results if each instance writes the variable
    before reading it.
    """
    code = text.decode(errors="surrogateescape")
    plain = _COMMENT.sub(" ", code)
    computed = {name for block in _ASSIGNED.findall(plain) for name in re.findall(r"[A-Za-z_]\w*", block)}
    return _GLOBAL.sub(lambda found: _split(found[1], computed), code).encode(errors="surrogateescape")


def _split(names: str, computed: set[str]) -> str:
    every = [name.strip() for name in names.split(",")]
    parts = {"GLOBAL": [n for n in every if n not in computed], "RANGE": [n for n in every if n in computed]}
    return " ".join(f"{word} {', '.join(some)}" for word, some in parts.items() if some)
