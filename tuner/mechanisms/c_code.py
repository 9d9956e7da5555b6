"""Read C code of NMODL's VERBATIM blocks as far as needed to know which variables the code reads and writes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

_ASIDE = re.compile(r"/\*.*?\*/|//[^\n]*|\b(?:END)?VERBATIM\b", re.DOTALL)
_TEXT = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w+)(?:[^\n\\]|\\.)*", re.MULTILINE | re.DOTALL)
_MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
_NAME = r"[A-Za-z_]\w*"
_USED = re.compile(rf"(?<![\w.])(?<!->)({_NAME})")
_CALLED = re.compile(rf"(?<![\w.])(?<!->)({_NAME})\s*\(")
_CHANGE = r"(?:=(?!=)|[-+*/%|&^]=|<<=|>>=|\+\+|--)"
_CHANGED = re.compile(rf"(?<![\w.])(?<!->)({_NAME})\s*(?:\[[^\]]*\]\s*)?{_CHANGE}|(?:\+\+|--)\s*({_NAME})")
# A value that is taken out of the memory of a variable, as `*((void**)(&space))`.
_TAKEN = re.compile(rf"\*\s*\(\s*\(\s*\w+\s*\*+\s*\)\s*\(?\s*&\s*\(?({_NAME})\)*(?!\)*\s*=(?!=))")
_ADDRESS = re.compile(rf"(?<!&)(?:^|[(,=]|\breturn\b)\s*(?:\(\s*[\w\s*]+\)\s*)?&\s*\(?\s*({_NAME})")
_MEMORY = re.compile(
    rf"->\s*{_NAME}\s*(?:\[[^\]]*\]\s*)?{_CHANGE}|\.\s*{_NAME}\s*(?:\[[^\]]*\]\s*)?{_CHANGE}|\]\s*{_CHANGE}"
    rf"|(?:^|[;{{}}])\s*\*+[^;=]*{_CHANGE}|\)\s*{_CHANGE}"
)
_DECLARED = re.compile(
    rf"\s*(?:for\s*\(\s*)?(?:(?:const|unsigned|signed|struct|static|volatile|register)\s+)*(?!return\b|else\b|goto\b|case\b)"
    rf"{_NAME}(?:\s+(?:long|int|double|char|const))*(?:[\s*]*\*[\s*]*(?:const\s+)?|\s+)(?={_NAME}\s*(?:$|[=,\[]))(.*)",
    re.DOTALL,
)
_ARRAY = re.compile(rf"({_NAME})\s*\[")
_FUNCTION = re.compile(rf"({_NAME})\s*\(([^(){{}};]*)\)\s*\{{")
_FORKS = re.compile(r"[{}?]|\b(?:if|for|while|switch|do|goto|return)\b|&&|\|\||^[ \t]*#", re.MULTILINE)
_SET = re.compile(rf"(?<![\w.*])(?<!->){_NAME}\s*=(?!=)")
_ALIAS = re.compile(rf"\bdouble\s*\*\s*const\s+({_NAME})\s*=\s*({_NAME})\s*;")
_SIMPLE = re.compile(rf"({_NAME})\s*=(?!=)([^;]*)")

KEYWORDS = frozenset(
    "if else for while do switch case default break continue return goto sizeof int double float char long short void"
    " unsigned signed const struct static extern register volatile size_t NULL auto union enum bool true false".split()
)
# C functions that keep nothing from one call to the next.
PURE = frozenset(
    "exp log log10 log2 sqrt pow fabs abs labs sin cos tan asin acos atan atan2 sinh cosh tanh floor ceil fmin fmax"
    " fmod round isnan isinf expm1 log1p cbrt hypot erf erfc lround printf fprintf sprintf snprintf puts fopen fclose"
    " fflush assert exit vector_capacity vector_vec hoc_execerror hoc_warning net_send net_event net_move"
    " artcell_net_send artcell_net_move nrn_pointing at_time nrn_netrec_state_adjust nrnran123_state_size"
    " nrn_get_mechname net_send_ net_event_".split()
)
# Functions that draw from a stream of random numbers that belongs to the instance.
DRAWS = frozenset(
    "nrn_random_pick nrnran123_dblpick nrnran123_ipick nrnran123_negexp nrnran123_normal nrnran123_uniform".split()
)
RESTARTS = frozenset(("nrnran123_setseq",))


@dataclass(frozen=True)
class Code:
    """Represent C code by possible reads, writes and calls."""

    reads: list[str]
    writes: list[str]
    calls: list[str]
    returns: bool
    # The assignments in order, if the code is a plain row of these; else empty.
    row: list[tuple[str, list[str]]] = field(default_factory=list)
    # The reason why the code may keep more than can be seen; "" without a reason.
    unclear: str = ""


@dataclass
class Unit:
    """Represent the C code at file level: variables, functions and macros."""

    variables: set[str] = field(default_factory=set)
    functions: dict[str, str] = field(default_factory=dict)
    macros: set[str] = field(default_factory=set)


def read_unit(texts: Iterable[str]) -> Unit:
    """Return the variables, functions and macros that the VERBATIM blocks at file level define."""
    unit = Unit()
    for text in texts:
        code = _ASIDE.sub(" ", text)
        unit.macros |= set(_MACRO.findall(code))
        rest = _DIRECTIVE.sub(" ", _TEXT.sub('""', code))
        while found := _FUNCTION.search(rest):
            end = _closing(rest, found.end())
            if found[1] not in KEYWORDS:
                # With the parameters, which are local variables like others.
                parameters = ";".join(found[2].split(","))
                unit.functions[found[1]] = f"{parameters};{rest[found.end() : end]}"
            rest = f"{rest[: found.start()]};{rest[end + 1 :]}"
        lines = [line for line in rest.split(";") if not re.search(r"\b(?:extern|typedef)\b", line)]
        unit.variables |= _declared(";".join(lines)).keys()
    return unit


def depth(text: str) -> int:
    """Return how many braces and conditions of the preprocessor C code opens and does not close."""
    code = _TEXT.sub('""', _ASIDE.sub(" ", text))
    words = [str(found[1]) for found in _DIRECTIVE.finditer(code)]
    opened = sum(word.startswith("if") for word in words) - words.count("endif")
    return opened + code.count("{") - code.count("}")


def read_code(text: str, known: Set[str], arrays: Mapping[str, int], macros: Set[str] = frozenset()) -> Code:
    """Return the reads, writes and calls of a VERBATIM block or of the body of a C function.

    `known` has the variables of the mechanism and of the file; `arrays` has the sizes of arrays.
    """
    commented = _TEXT.sub('""', _ASIDE.sub(" ", text))
    code = _DIRECTIVE.sub(" ", commented)
    # The name on the left of a plain assignment is not read.
    names = [each.removeprefix("_p_") for each in _USED.findall(_SET.sub(" ", code)) if each not in KEYWORDS]
    taken = set(_TAKEN.findall(code))
    changed = {name.removeprefix("_p_") for pair in _CHANGED.findall(code) for name in pair if name}
    changed |= {name for name in _ADDRESS.findall(_TAKEN.sub(" ", code)) if name not in taken}
    calls = [name for name in _CALLED.findall(code) if name not in KEYWORDS]
    row = list(_row(code, known))
    return Code(
        reads=[name for name in dict.fromkeys(names) if name in known],
        writes=sorted(changed & known),
        calls=list(dict.fromkeys(calls)),
        returns=bool(re.search(r"\breturn\b", code)),
        row=[] if _FORKS.search(commented) or {name for name, _ in row if name} != changed & known else row,
        unclear=_unclear(code, commented, changed, known, arrays, macros),
    )


def _row(code: str, known: Set[str]) -> Iterator[tuple[str, list[str]]]:
    for part in code.split(";"):
        found = _SIMPLE.fullmatch(part.strip())
        if found and found[1] in known:
            yield found[1], [name for name in _USED.findall(found[2]) if name in known]
        elif part.strip():
            yield "", [name for name in _USED.findall(part) if name in known]


def _unclear(
    code: str, commented: str, changed: Set[str], known: Set[str], arrays: Mapping[str, int], macros: Set[str]
) -> str:
    # A macro that stands for a pointer to the variable of the same name changes nothing.
    aliases = {variable for name, variable in _ALIAS.findall(code) if f"define {variable} {name}" in commented}
    if found := macros & set(_USED.findall(code)) or set(_MACRO.findall(commented)) - aliases:
        return f"uses the macro {min(found)}"
    if re.search(r"\bstatic\b", code):
        return "has a static variable"
    local = _declared(code)
    strange = {name for name in changed - known - local.keys() if not name.startswith("_l")}
    if strange:
        return f"changes {min(strange)}, which is not known"
    own = set(arrays) | {name for name, is_array in local.items() if is_array}
    # Elements of arrays that the code or the mechanism declares are no foreign memory.
    plain = _ARRAY.sub(lambda found: found[1] if found[1] in own else found[0], code)
    plain = re.sub(rf"\b(?:{'|'.join(map(re.escape, own)) or '_'})\b[^\[\];=]*\]", "element", plain)
    return "writes through a pointer" if _MEMORY.search(plain) else ""


def _declared(code: str) -> dict[str, bool]:
    """Return the variables that C code declares, and whether each is an array."""
    found: dict[str, bool] = {}
    for part in re.split(r"[;{}]", code):
        if matched := _DECLARED.fullmatch(part):
            # Without initial values, whose commas separate no names.
            names = re.sub(r"=[^,]*", "", _without_brackets(matched[1]))
            each = (re.match(rf"[\s*]*({_NAME})\s*(\[?)", name) for name in names.split(","))
            found |= {name[1]: bool(name[2]) for name in each if name}
    return found


def _without_brackets(text: str) -> str:
    shorter = re.sub(r"\([^()]*\)", "", text)
    return text if shorter == text else _without_brackets(shorter)


def _closing(code: str, start: int) -> int:
    depth = 1
    for brace in re.finditer(r"[{}]", code[start:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start + brace.start()
    return len(code)
