"""Detect native modules, which define DEFAULTS, net_params and sim_config as in netparams/."""

from pathlib import Path

from tuner.study.kinds.registry import FILE_RULES
from tuner.study.python_text import look
from tuner.study.sources import NATIVE, PARTS, Source


@FILE_RULES.entering("native module", place=30)
def native_module(file: Path) -> Source | None:
    """Return the source of a module that defines DEFAULTS, net_params or sim_config."""
    is_native = file.suffix == ".py" and PARTS.keys() & look(file).defined
    return Source(NATIVE, file, file.parent) if is_native else None


@FILE_RULES.entering("broken Python", place=90)
def broken_python(file: Path) -> Source | None:
    """Return the source of a file that cannot be parsed; the error on loading then names the line."""
    return Source(NATIVE, file, file.parent) if file.suffix == ".py" and not look(file).is_python else None
