"""Read NMODL to decide whether one point process may serve many connections.

A quantity of a synapse is either common, the same in all copies at a place, or a sum, linear and homogeneous in the
contributions of events. If the currents are sums, one synapse that receives all events gives the currents of all
copies. Code that is not understood counts as not linear.
"""

import ast
import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

BLOCKS = frozenset(
    "NEURON UNITS INDEPENDENT PARAMETER CONSTANT ASSIGNED STATE INITIAL BREAKPOINT DERIVATIVE FUNCTION PROCEDURE "
    "NET_RECEIVE".split()
)
MATHEMATICS = frozenset(
    "exp log log10 sqrt pow fabs abs sin cos tan asin acos atan atan2 sinh cosh tanh floor ceil fmin fmax".split()
)
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_ASIDE = re.compile(
    r"\bCOMMENT\b.*?\bENDCOMMENT\b|[:?][^\n]*|^\s*TITLE\b[^\n]*|\bUNITSO(?:N|FF)\b", re.DOTALL | re.MULTILINE
)
_UNIT = re.compile(rf"(?<![\w.])({_NUMBER})\s*\([^()]*\)")
_OPENING = re.compile(r"\s*(\w+)([^{}]*)\{")
_BRACE = re.compile(r"[{}]")
_CLAUSE = re.compile(
    r"\b(POINT_PROCESS|NONSPECIFIC_CURRENT|USEION|READ|WRITE|VALENCE|RANGE|GLOBAL)\s+([-+]?[\w.]+(?:\s*,\s*\w+)*)"
)
# Declarations in a statement block that do not change the results of its statements.
_HINT = re.compile(
    r"\bLOCAL\s+\w+(?:\s*,\s*\w+)*|\bSOLVE\s+\w+(?:\s+METHOD\s+\w+)?|\bCONDUCTANCE\s+\w+(?:\s+USEION\s+\w+)?"
    r"|\bTABLE\b.*?\bWITH\s+\w+",
    re.DOTALL,
)
_SOLVED = re.compile(r"\bSOLVE\s+(\w+)")
_TOKEN = re.compile(rf"[A-Za-z_]\w*'*|{_NUMBER}|\S")
_NAME = re.compile(r"[A-Za-z_]\w*")
_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\(")
_SET = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)")
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)(?P<prime>'?)\s*=(?!=)\s*(?P<value>.*)")
_STATEMENT = re.compile(rf"{_ASSIGNMENT.pattern}|\w+\s*\(.*\)|(?:if|while)\b.*\}}")
_ZERO = re.compile(r"([A-Za-z_]\w*)\s*=\s*(?:0+\.?0*|\.0+)")
_DISCONTINUITY = re.compile(r"state_discontinuity\s*\(\s*(\w+)\s*,\s*(.*)\)")
_INCREMENT = re.compile(r"(\w+)\s*=\s*\1\s*\+\s*(.*)")


class _NotLinear(Exception):
    """Signal that a synapse is not linear; the message is the reason."""


@dataclass(frozen=True)
class _Block:
    word: str
    header: str
    body: str

    @property
    def name(self) -> str:
        return self.header.partition("(")[0].strip()

    @property
    def statements(self) -> list[str]:
        return list(_statements(_HINT.sub(" ", self.body)))

    def refuse(self, statement: str, why: str) -> _NotLinear:
        return _NotLinear(f"{self.word}: {textwrap.shorten(statement, 60, placeholder=' ...')} {why}")


class _File:
    """Represent an NMODL file as a list of blocks."""

    def __init__(self, text: str) -> None:
        code = _UNIT.sub(r"\1", _ASIDE.sub(" ", text))
        if "VERBATIM" in _NAME.findall(code):
            raise _NotLinear("it uses VERBATIM")
        self.blocks = list(_blocks(code))

    def of(self, *words: str) -> list[_Block]:
        return [block for block in self.blocks if block.word in words]

    def clauses(self) -> list[tuple[str, list[str]]]:
        """Return the clauses of the NEURON block as (word, names), in order."""
        body = " ".join(block.body for block in self.of("NEURON")).replace("THREADSAFE", " ")
        if rest := _CLAUSE.sub(" ", body).split():
            raise _NotLinear(f"it uses {rest[0]}")
        return [(word, names.replace(",", " ").split()) for word, names in _CLAUSE.findall(body)]

    def names(self, word: str) -> set[str]:
        return {name for block in self.of(word) for name in _NAME.findall(re.sub(r"\([^()]*\)", " ", block.body))}


def read(files: Iterable[Path]) -> dict[str, str]:
    """Return the `nonlinearity` of each point process among NMODL files, by name."""
    texts = [file.read_text(errors="replace") for file in files]
    named = [(re.search(r"\bPOINT_PROCESS\s+(\w+)", _ASIDE.sub(" ", text)), text) for text in texts]
    return {name[1]: nonlinearity(text) for name, text in named if name}


def nonlinearity(text: str) -> str:
    """Return the reason why the events of an NMODL file's point process do not simply add up; "" without a reason."""
    try:
        _check(_File(text))
    except _NotLinear as reason:
        return str(reason)
    return ""


def _check(file: _File) -> None:
    currents = _currents(file)
    weight, jumps = _jumps(file)
    sums = _spread({state for state, _ in jumps}, file)
    _check_increments(file, weight, jumps, sums)
    _check_copies(file)
    _check_start(file, sums)
    # The degree of a sum is unknown (inf) until a statement computes the sum.
    degrees = {name: 1 if name in file.names("STATE") else math.inf for name in sums}
    for block in file.of("FUNCTION", "PROCEDURE", "DERIVATIVE"):
        _follow(block, dict(degrees), file)
    for block in file.of("BREAKPOINT"):
        _follow(block, degrees, file)
    if still := [current for current in currents if degrees.get(current) != 1]:
        raise _NotLinear(f"its current {', '.join(still)} is not a sum over events")


def _currents(file: _File) -> list[str]:
    currents, ion = [], ""
    for word, names in file.clauses():
        ion = names[0] if word == "USEION" else ion
        allowed = {"READ": {f"e{ion}", f"{ion}i", f"{ion}o"}, "WRITE": {f"i{ion}"}}.get(word, names)
        if strange := [name for name in names if name not in allowed]:
            raise _NotLinear(f"it {word.lower()}s {', '.join(strange)}")
        if word in ("NONSPECIFIC_CURRENT", "WRITE"):
            currents += names
    if not currents:
        raise _NotLinear("it has no current")
    return currents


def _jumps(file: _File) -> tuple[str, list[tuple[str, str]]]:
    """Return the name of an event's weight, and (state, increment) for each state that an event changes."""
    if len(received := file.of("NET_RECEIVE")) != 1:
        raise _NotLinear("it has no NET_RECEIVE block")
    weight, *kept = _NAME.findall(re.sub(r"\([^()]*\)", "", received[0].header.strip()[1:-1]))
    if kept:
        raise _NotLinear(f"NET_RECEIVE stores {', '.join(kept)} for each connection")
    jumps = []
    for statement in received[0].statements:
        increment = _INCREMENT.fullmatch(_DISCONTINUITY.sub(r"\1 = \2", statement))
        if not increment or increment[1] not in file.names("STATE"):
            raise received[0].refuse(statement, "does not add to a STATE")
        jumps.append((increment[1], increment[2]))
    return weight, jumps


def _check_increments(file: _File, weight: str, jumps: list[tuple[str, str]], sums: set[str]) -> None:
    degrees = {**dict.fromkeys(sums, math.inf), weight: 1}
    for state, increment in jumps:
        # A function of the file may have side effects, which would then act on the events of all copies.
        own = set(_CALLED.findall(increment)) - MATHEMATICS
        if own or _degree_of(increment, degrees) != 1:
            (block,) = file.of("NET_RECEIVE")
            raise block.refuse(f"{state} = {state} + {increment}", "is not proportional to the weight alone")


def _spread(sums: set[str], file: _File) -> set[str]:
    """Return the given names and all names that are computed from the given names."""
    code = file.of("FUNCTION", "PROCEDURE", "DERIVATIVE", "BREAKPOINT")
    assignments = filter(None, (_ASSIGNMENT.fullmatch(s) for block in code for s in block.statements))
    reached = {found["name"] for found in assignments if sums & set(_NAME.findall(found["value"]))}
    return sums if reached <= sums else _spread(sums | reached, file)


def _check_copies(file: _File) -> None:
    """Check that copies never set a variable that all copies share.

    One shared synapse would set it once, many copies set it many times.
    """
    clauses = file.clauses()
    own = {name for word, names in clauses if word == "RANGE" for name in names}
    common = {name for word, names in clauses if word == "GLOBAL" for name in names}
    common |= {name for block in file.of("PARAMETER") for name in _SET.findall(block.body)}
    code = file.of("INITIAL", "BREAKPOINT", "DERIVATIVE", "FUNCTION", "PROCEDURE")
    if changed := sorted((common - own) & {name for block in code for name in _SET.findall(block.body)}):
        raise _NotLinear(f"each copy sets {', '.join(changed)}, which is GLOBAL")


def _check_start(file: _File, sums: set[str]) -> None:
    zero = set()
    for block in file.of("INITIAL"):
        for statement in block.statements:
            if found := _ZERO.fullmatch(statement):
                zero.add(found[1])
            elif sums & set(_NAME.findall(statement)):
                raise block.refuse(statement, "does not start from 0")
            else:
                _check_common(statement, block, file)
    if missing := sorted(sums & file.names("STATE") - zero):
        raise _NotLinear(f"INITIAL does not set {', '.join(missing)} to 0")


def _follow(block: _Block, degrees: dict[str, float], file: _File) -> None:
    """Add to `degrees` the variables that a block computes."""
    solved = set(_SOLVED.findall(block.body)) - {derivative.name for derivative in file.of("DERIVATIVE")}
    if solved:
        raise _NotLinear(f"it solves {', '.join(solved)}, which is not a DERIVATIVE block")
    for statement in block.statements:
        if not degrees.keys() & set(_NAME.findall(statement)):
            _check_common(statement, block, file)
            continue
        found = _ASSIGNMENT.fullmatch(statement)
        if not found or _degree_of(found["value"], degrees) != 1:
            raise block.refuse(statement, "is not linear in the sum over events")
        if not found["prime"]:
            degrees[found["name"]] = 1


def _check_common(statement: str, block: _Block, file: _File) -> None:
    known = MATHEMATICS | {"if", "while"} | {routine.name for routine in file.of("FUNCTION", "PROCEDURE")}
    if strange := set(_CALLED.findall(statement)) - known:
        raise _NotLinear(f"{block.word} calls {', '.join(sorted(strange))}")
    if not _STATEMENT.fullmatch(statement):
        raise block.refuse(statement, "is not understood")


def _degree_of(expression: str, degrees: Mapping[str, float]) -> float:
    try:
        return _degree(ast.parse(expression.replace("^", "**"), mode="eval").body, degrees)
    except SyntaxError:
        return math.inf


def _degree(node: ast.AST, degrees: Mapping[str, float]) -> float:
    """Return the degree of an expression: 0 if constant, 1 if linear and homogeneous, inf if undefined.

    `degrees` has the degree of each name that is not constant.
    """
    match node:
        case ast.Name(id=name):
            return degrees.get(name, 0)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _degree(operand, degrees)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            degree = _degree(left, degrees)
            return degree if degree == _degree(right, degrees) else math.inf
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _degree(left, degrees) + _degree(right, degrees)
        case ast.BinOp(left=left, op=ast.Div(), right=right) if _degree(right, degrees) == 0:
            return _degree(left, degrees)
    return math.inf if any(_degree(child, degrees) for child in ast.iter_child_nodes(node)) else 0


def _blocks(code: str) -> Iterator[_Block]:
    position = 0
    while opening := _OPENING.match(code, position):
        if opening[1] not in BLOCKS:
            raise _NotLinear(f"it uses {opening[1]}")
        end = _closing(code, opening.end())
        yield _Block(opening[1], opening[2], code[opening.end() : end])
        position = end + 1
    if rest := code[position:].split():
        raise _NotLinear(f"it uses {rest[0]}")


def _closing(code: str, start: int) -> int:
    depth = 1
    for brace in _BRACE.finditer(code, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    raise _NotLinear("a brace is never closed")


def _statements(code: str) -> Iterator[str]:
    """Yield the statements of a block.

    NMODL needs no line ends: a statement ends where a word follows a value.
    """
    start, depth, previous = 0, 0, ""
    for token in _TOKEN.finditer(code):
        word = token[0]
        follows = re.fullmatch(r".*[\w.)\]}]", previous) and previous != "else"
        if depth == 0 and follows and re.match(r"[\w.]", word) and word != "else":
            yield " ".join(code[start : token.start()].split())
            start = token.start()
        depth += (word in "({[") - (word in ")}]")
        previous = word
    if rest := code[start:].split():
        yield " ".join(rest)
