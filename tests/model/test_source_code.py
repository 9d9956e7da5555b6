"""What of a Python file its digest knows: code, neither comments nor docstrings."""

import ast
import hashlib

from tests.loops import loop_over
from tuner.layout import CELLS, MODELS
from tuner.model.source_code import code_of

SOURCE = '''#!/usr/bin/env python
"""A model.

Of two lines.
"""

import math  # numbers

RATE = 10.0  # Hz


class Cell:
    "A cell."

    note = "no docstring # no comment"

    def area(self):
        """The area [um2]."""
        return math.pi * \\
            4.0


async def empty():
    """Only a docstring."""


HOC = """
begintemplate a  # of hoc, no comment

endtemplate a
"""
LABEL = f"{RATE} # Hz"
LONG = f"""
{RATE}   

# of the text
"""
'''
CODE = '''import math
RATE = 10.0
class Cell:
    note = "no docstring # no comment"
    def area(self):
        return math.pi * \\
            4.0
async def empty():
HOC = """
begintemplate a  # of hoc, no comment

endtemplate a
"""
LABEL = f"{RATE} # Hz"
LONG = f"""
{RATE}   

# of the text
"""
'''


def code(text):
    return code_of(text.encode()).decode()


def test_comments_docstrings_and_blanks_are_cut():
    assert code(SOURCE) == CODE


@loop_over(
    ("old", "new"),
    [
        ("A model.", "Another model.\n\n# with more lines\n"),
        ('"A cell."', "'''A cell of\n\n    some lines.'''"),
        ("# numbers", "# π and more"),
        ("  # Hz\n", "\n"),
        ("The area [um2].", "Die Fläche [µm²]."),
        ("Only a docstring.", "Nothing."),
        ("\n\n\nclass", "\n# A class of one's own.\nclass"),
        ("10.0  #", "10.0\t \t#"),
        ("#!/usr/bin/env python\n", ""),
        ("\n", "\r\n"),
        ('    """The area [um2]."""', '    ("The area"  # in\n     " um2")'),
    ],
)
def test_what_computes_nothing_changes_nothing(old, new):
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE
    ast.parse(changed)
    assert code(changed) == CODE


@loop_over(
    ("old", "new"),
    [
        ("10.0", "10.5"),
        ("no docstring # no", "no docstring # a"),
        ("# of hoc, no comment", ""),
        ("begintemplate a  # of hoc, no comment\n\n", "begintemplate a  # of hoc, no comment\n"),
        ("{RATE} # Hz", "{RATE} # kHz"),
        ("{RATE}   \n", "{RATE}\n"),
        ("# of the text", ""),
        ("\\\n            4.0", "\\\n            5.0"),
        ("math.pi * \\\n            4.0", "math.pi"),
        ('    """Only a docstring."""', "    return 1"),
        ('    "A cell."\n', '    kind = "A cell."\n'),
    ],
)
def test_what_computes_changes_the_code(old, new):
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE
    ast.parse(changed)
    assert code(changed) != CODE


def test_strings_that_are_no_docstrings_stay():
    text = 'x = 1\n"""no docstring, for it is not the first"""\ndef f():\n    f"no docstring"\n    return "r"\n'
    assert code(text) == text


def test_a_blank_line_that_ends_a_statement_stays():
    assert code("x = 1 \\\n\n-2\n") != code("x = 1 \\\n-2\n")


@loop_over("content", [b"", b"x = (", b"\xff\xfe\x00", b"NEURON { SUFFIX hh }\n", b"x = 1\0", b"\tif:\n"])
def test_what_is_no_python_stays_as_it_is(content):
    assert code_of(content) == content


def test_an_encoding_and_a_mark_of_byte_order_change_nothing():
    assert code_of(b"\xef\xbb\xbfx = '\xc3\xa9'\n") == code_of("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"))


@loop_over("file", sorted([*MODELS.rglob("*.py"), *CELLS.rglob("*.py")]))
def test_the_projects_files_keep_their_statements(file):
    """Hold what is left against the tree of the whole file; no function of theirs is only a docstring."""
    content = file.read_bytes()
    found = ast.parse(code_of(content))
    expected = ast.parse(content)
    for node in ast.walk(expected):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    assert ast.dump(found) == ast.dump(expected)


def test_digests_are_the_same_under_every_python():
    assert (
        hashlib.sha256(code(SOURCE).encode()).hexdigest()
        == "c6189b58e25de08bc796c7ea59a40fd52e63e38426f67e8a76a0002dbf22507b"
    )
