"""Remove comments and docstrings from Python code: equal code computes equal results."""

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
from typing import cast

# Start and end as (line, column). As in `tokenize`, lines count from 1 and columns [characters] from 0.
Span = tuple[tuple[int, int], tuple[int, int]]
DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_of(content: bytes) -> bytes:
    """Return a Python file without comments, docstrings, blank lines and trailing blanks; other content unchanged.

    All text is cut by position, so that every version of Python gives the same bytes. Line ends become "\\n", and the
    encoding UTF-8. Strings that are not docstrings keep all their lines.
    """
    try:
        text = _text(content)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        docstrings = list(_docstrings(_parsed(text), text.split("\n")))
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
        return content
    comments = [(token.start, token.end) for token in tokens if token.type == tokenize.COMMENT]
    strings = [span for span in _strings(tokens) if not any(_is_within(span, each) for each in docstrings)]
    kept = {line for (first, _), (last, _) in strings for line in range(first, last)}
    lines = _cut(text.split("\n"), [*comments, *docstrings])
    return "".join(f"{line}\n" for line in _stripped(lines, kept)).encode()


def _text(content: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        # Newer versions of Python warn about code that older versions accept silently.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _is_within(span: Span, other: Span) -> bool:
    return other[0] <= span[0] and span[1] <= other[1]


def _docstrings(tree: ast.Module, lines: list[str]) -> Iterator[Span]:
    for node in ast.walk(tree):
        first = node.body[0] if isinstance(node, DEFINITIONS) and node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            # The end can be None only in nodes that the parser has not made.
            end = cast(tuple[int, int], (first.end_lineno, first.end_col_offset))
            yield _place(lines, first.lineno, first.col_offset), _place(lines, *end)


def _place(lines: list[str], line: int, offset: int) -> tuple[int, int]:
    """Return the position of an offset, which `ast` counts in bytes of UTF-8."""
    return line, len(lines[line - 1].encode()[:offset].decode())


def _strings(tokens: list[tokenize.TokenInfo]) -> Iterator[Span]:
    """Yield the start and end of each string.

    From Python 3.12 on, an f-string is several tokens, from a START to an END.
    """
    depth, start = 0, (0, 0)
    for token in tokens:
        name = tokenize.tok_name[token.type]
        if name == "STRING" and depth == 0:
            yield token.start, token.end
        elif name.endswith("STRING_START"):
            start = start if depth else token.start
            depth += 1
        elif name.endswith("STRING_END"):
            depth -= 1
            if depth == 0:
                yield start, token.end


def _cut(lines: list[str], spans: list[Span]) -> list[str]:
    """Remove the text of spans, which may be nested; the number of lines stays the same."""
    lines = list(lines)
    for (first, start), (last, end) in sorted(spans, reverse=True):
        for line in range(first, last + 1):
            text = lines[line - 1]
            before = text[:start] if line == first else ""
            lines[line - 1] = before + (text[end:] if line == last else "")
    return lines


def _stripped(lines: list[str], kept: set[int]) -> Iterator[str]:
    """Yield the lines that are not blank, without trailing blanks.

    The lines in `kept` go on within a string and stay unchanged. A blank line after a continued line stays, because it
    ends the statement.
    """
    continues = False
    for number, line in enumerate(lines, 1):
        stripped = line if number in kept else line.rstrip()
        if stripped or number in kept or continues:
            yield stripped
        continues = stripped.endswith("\\")
