"""Complete the INITIAL block of an NMODL file so that a run starts from the state of a new instance."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from tuner.mechanisms.data_flow import Flow
from tuner.mechanisms.nmodl_nodes import (
    Branch,
    Connections,
    Initial,
    Local,
    Loop,
    Statement,
    Table,
    Verbatim,
)
from tuner.mechanisms.nmodl_source import CODE, Block, Source
from tuner.mechanisms.statements import statements
from tuner.mechanisms.variables import Variables

# A replacement of the text between two positions.
Edit = tuple[int, int, str]
# Kinds with a value that a new instance certainly has, and the statement that gives the value.
_ZERO = frozenset(("assigned", "ion current", "argument", "global", "static"))
_ONCE = frozenset(("global", "static"))
_PREFIX = "start_"
_PROCEDURE = "start_as_new"


def obstacle(name: str, source: Source, variables: Variables, flow: Flow) -> str:
    """Return the reason why a retained variable cannot be restored with certainty; "" without a reason."""
    kind = variables.kinds[name]
    if name in flow.beside_tables:
        return "is set only when a TABLE is made"
    if _is_in(name, source.of("CONSTRUCTOR")):
        return "is set by CONSTRUCTOR"
    if _is_in(name, source.of("BEFORE INITIAL")):
        return "is used by BEFORE INITIAL"
    if kind in _ONCE and source.named("ARTIFICIAL_CELL"):
        return "is common to all instances of an ARTIFICIAL_CELL"
    if kind == "parameter":
        return _parameter_obstacle(name, source, variables)
    return "" if kind in _ZERO or kind == "random" else f"is a {kind}"


def _is_in(name: str, blocks: Sequence[Block]) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", token.text) for block in blocks for token in block.body)


def _parameter_obstacle(name: str, source: Source, variables: Variables) -> str:
    """Return why a copy of a PARAMETER cannot take the changes in place of the PARAMETER.

    INITIAL sets the copy to the PARAMETER, and the code works with the copy.
    """
    if variables.sizes.get(name) or _PREFIX + name in variables.kinds:
        return "is a PARAMETER"
    for block in source.blocks:
        if _is_code(block) and (name in block.arguments or _is_hidden(name, block, source)):
            return f"is a PARAMETER that {block.title} uses in another way"
    return ""


def _is_hidden(name: str, block: Block, source: Source) -> bool:
    """Return whether a block has a name in C code, in TABLE, or as a local name."""
    for each in _every(statements(block.body, source.defines)):
        match each:
            case Verbatim(text) if re.search(rf"\b{re.escape(name)}\b", text):
                return True
            case Local(names) | Connections(names) if name in names:
                return True
            case Table(names, depends) if name in (*names, *depends):
                return True
            case Loop(variable) if variable == name:
                return True
    return False


def _every(body: Sequence[Statement]) -> Iterator[Statement]:
    for each in body:
        yield each
        inner = [*each.yes, *each.no] if isinstance(each, Branch) else getattr(each, "body", [])
        yield from _every(inner)


def restored(source: Source, variables: Variables, names: Sequence[str]) -> str:
    """Return the text of a file in which each of the names starts a run as in a new instance."""
    by_kind = {name: variables.kinds[name] for name in names}
    once = [name for name, kind in by_kind.items() if kind in _ONCE]
    arguments = [name for name, kind in by_kind.items() if kind == "argument"]
    copied = [name for name, kind in by_kind.items() if kind == "parameter"]
    start = [name for name in names if name not in (*once, *arguments)]
    edits = [edit for name in copied for edit in _renamed(name, source)]
    edits += _into("INITIAL", start, source, variables) if start else []
    edits += _into("BEFORE INITIAL", once, source, variables) if once else []
    edits += _into_net_receive(arguments, source, variables) if arguments else []
    if copied:
        edits.append(_append(source, f"ASSIGNED {{ {' '.join(_PREFIX + name for name in copied)} }}"))
    return _edited(source.text, edits)


def _edited(text: str, edits: Sequence[Edit]) -> str:
    # Edits at one place keep their order; from the end of the text to the start, so that positions hold.
    for begin, end, words in sorted(edits, key=lambda edit: edit[0], reverse=True):
        text = text[:begin] + words + text[end:]
    return text


def _renamed(name: str, source: Source) -> Iterator[Edit]:
    """Yield the edits that put the copy of a PARAMETER in place of the PARAMETER in all code."""
    tokens = (token for block in source.blocks if _is_code(block) for token in block.body)
    return ((token.start, token.end, _PREFIX + name) for token in tokens if token.text == name)


def _is_code(block: Block) -> bool:
    return block.word.split()[0] in CODE


def _into(word: str, names: Sequence[str], source: Source, variables: Variables) -> list[Edit]:
    """Return the edits that set variables at the start of a block; a missing block is added."""
    lines = " ".join(_statement(name, variables) for name in names)
    blocks = source.of(word)
    if not blocks:
        return [_append(source, f"{word} {{ {lines} }}")]
    body = statements(blocks[0].body, source.defines)
    place, hidden = _after_locals(body, blocks[0].start)
    if hidden.isdisjoint(names):
        return [(place, place, f"\n{lines}\n")]
    # A LOCAL hides a variable from the block, but not from a procedure.
    return [(place, place, f"\n{_PROCEDURE}()\n"), _append(source, f"PROCEDURE {_PROCEDURE}() {{ {lines} }}")]


def _into_net_receive(names: Sequence[str], source: Source, variables: Variables) -> list[Edit]:
    lines = " ".join(f"{name.split()[0]} = 0" for name in names)
    bodies = [statements(block.body, source.defines) for block in source.of("NET_RECEIVE")]
    initials = [each for body in bodies for each in body if isinstance(each, Initial)]
    places = [_after_locals(each.body, each.start)[0] for each in initials]
    return [(place, place, f"\n{lines}\n") for place in places]


def _after_locals(body: Sequence[Statement], start: int) -> tuple[int, set[str]]:
    """Return the position after the LOCAL statements that open a block, and the local names."""
    opening = list(takewhile(lambda each: isinstance(each, Local), body))
    names = {name for each in opening if isinstance(each, Local) for name in each.names}
    return max([start, *(each.end for each in opening if isinstance(each, Local))]), names


def _statement(name: str, variables: Variables) -> str:
    if variables.kinds[name] == "random":
        return f"random_setseq({name}, 0)"
    if variables.kinds[name] == "parameter":
        return f"{_PREFIX}{name} = {name}"
    if size := variables.sizes.get(name):
        return f"FROM {_PREFIX}k = 0 TO {size - 1} {{ {name}[{_PREFIX}k] = 0 }}"
    return f"{name} = 0"


def _append(source: Source, words: str) -> Edit:
    # Behind the last block: text after that may be a comment that is never closed.
    end = max(block.end for block in source.blocks)
    return end, end, f"\n{words}\n"
