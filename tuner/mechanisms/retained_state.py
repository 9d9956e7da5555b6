"""Find the mechanisms that carry state from one run of a network to the next, and complete the INITIAL blocks.

NEURON starts a run with INITIAL. A variable that INITIAL does not set keeps the value from the run before, so that a
network that has run once is not a new network.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tuner.mechanisms.data_flow import Flow
from tuner.mechanisms.names import names_of
from tuner.mechanisms.nmodl_source import Source, Unclear, expanded, read_source
from tuner.mechanisms.restoration import obstacle, restored
from tuner.mechanisms.run_order import follow_run
from tuner.mechanisms.variables import Variables


@dataclass(frozen=True)
class Retained:
    """Describe the state that a mechanism may carry from one run to the next."""

    mechanism: str
    variables: tuple[str, ...]
    reason: str
    # The completed INITIAL is certainly equal to a new instance.
    mendable: bool
    # A new instance in the same process may have the old state.
    survives_rebuild: bool

    @property
    def way(self) -> str:
        """Return the cheapest way to a fresh run: "mended", "rebuilt" or "process"."""
        return "mended" if self.mendable else "process" if self.survives_rebuild else "rebuilt"


_WAYS = {
    "mended": "its INITIAL is completed for reused networks",
    "rebuilt": "the network is rebuilt for each candidate",
    "process": "each candidate runs in a fresh process",
}


# Written behind a file that compiles only without the completed INITIAL.
_NOT_MENDED = "\n: the completed INITIAL does not compile\n"


def retained(files: Iterable[Path]) -> dict[str, Retained]:
    """Return the mechanisms of NMODL files that carry state from one run to the next, by name.

    Files that do not end in ".mod" are read only where another file includes them.
    """
    files = list(files)
    texts = {file.name: file.read_text(errors="surrogateescape") for file in files}
    found = (judged(texts[file.name], _included(file, texts)) for file in files if file.suffix == ".mod")
    return {each.mechanism: each for each in found if each}


def _included(file: Path, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that a file may include: the given texts, and the files that lie beside the file."""
    beside = (each for pattern in ("*.inc", "*.h") for each in file.parent.glob(pattern))
    return {**{each.name: each.read_text(errors="surrogateescape") for each in beside}, **texts}


def judged(text: str, included: Mapping[str, str] = MappingProxyType({})) -> Retained | None:
    """Return the state that the mechanism of an NMODL text carries to the next run; `None` without such state."""
    name = next(iter(names_of(text)), "")
    try:
        source = read_source(expanded(text, included))
        return _judge(source) if source.mechanism else None
    except (Unclear, RecursionError) as reason:
        return Retained(name, (), f"its NMODL is not understood: {reason}", False, True) if name else None


def mended(text: bytes, included: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """Return an NMODL file with which each run starts from the state of a new instance.

    The file is unchanged if it carries no state to the next run, or if some of the state cannot be restored with
    certainty. The values of a new instance: 0 for ASSIGNED variables, the first number of a RANDOM stream. A PARAMETER
    that the code changes keeps the value that the model sets; a copy takes the changes, which no recording of the
    PARAMETER shows.
    """
    others = {name: each.decode(errors="surrogateescape") for name, each in included.items()}
    found = judged(text.decode(errors="surrogateescape"), others)
    if found is None or not found.mendable:
        return text
    source = read_source(expanded(text.decode(errors="surrogateescape"), others))
    variables = Variables(source)
    flow = follow_run(source, variables)
    names = _names(flow)
    # Others are set before the code reads them, but a recording sees their old values at the start of a run.
    names += [name for name in flow.written if variables.kinds[name] == "assigned" and name not in names]
    certain = [name for name in names if not obstacle(name, source, variables, flow)]
    return restored(source, variables, certain).encode(errors="surrogateescape")


def not_mended(text: bytes) -> bytes:
    """Return an NMODL file with a note that the completed INITIAL does not compile."""
    return text + _NOT_MENDED.encode()


def _names(flow: Flow) -> list[str]:
    always = {name for name, kind in flow.variables.kinds.items() if kind == "ion current"}
    return [name for name in flow.exposed if name in flow.written or name in always]


def _judge(source: Source) -> Retained | None:
    variables = Variables(source)
    flow = follow_run(source, variables)
    names = _names(flow)
    if not names and not flow.unclear:
        return None
    obstacles = {name: obstacle(name, source, variables, flow) for name in names}
    if _NOT_MENDED in source.text:
        obstacles = dict.fromkeys(names, "does not compile with a completed INITIAL")
    # The reason is about the state that is hardest to restore.
    names.sort(key=lambda name: not obstacles[name])
    reason = _reason(names[0], flow, obstacles[names[0]]) if names else ""
    if flow.unclear and not (names and obstacles[names[0]]):
        reason = next(iter(flow.unclear))
    shared = any(variables.is_shared(name) or name in flow.beside_tables for name in names)
    return Retained(
        source.mechanism,
        tuple(dict.fromkeys(name.removesuffix(" of NET_RECEIVE") for name in names)),
        reason,
        mendable=not flow.unclear and not any(obstacles.values()),
        survives_rebuild=shared or any(flow.unclear.values()),
    )


def _reason(name: str, flow: Flow, obstacle: str) -> str:
    where, kind = flow.exposed[name], flow.variables.kinds[name]
    writers = " and ".join(sorted(flow.written.get(name, ())))
    plain = name.removesuffix(" of NET_RECEIVE")
    match kind:
        case "weight":
            return f"{writers} changes the weight {plain}, which no run restores"
        case "argument":
            return f"NET_RECEIVE keeps {plain} for each connection, and its INITIAL does not set {plain}"
        case "ion current":
            return f"{where} reads {plain}, which NEURON does not reset"
        case "parameter" | "global parameter" | "setting":
            return f"{writers} changes {plain}, which the model sets"
        case "pointer":
            return f"{writers} writes through the POINTER {plain}"
        case "random" | "own stream" | "shared stream":
            return f"{writers} draws from {plain}, which INITIAL does not restart"
    note = f", which {obstacle}" if obstacle else ""
    if where.endswith("INITIAL"):
        return f"{where} reads {plain} before it sets {plain}{note}"
    return f"{where} reads {plain} before writing it, and INITIAL does not set {plain}{note}"


def sentence(found: Retained, way: str = "") -> str:
    """Return one line on a mechanism that carries state, and on the way to fresh runs ("" for the cheapest way)."""
    kept = f"keeps {', '.join(found.variables)} between runs" if found.variables else "may keep state between runs"
    return f"Mechanism {found.mechanism} {kept} ({found.reason}): {_WAYS[way or found.way]}"


def lines(found: Mapping[str, Retained]) -> Iterator[str]:
    """Yield one line for each mechanism that carries state, by name."""
    return (sentence(found[name]) for name in sorted(found))
