"""NMODL of mechanisms that keep state from one run to the next, and of mechanisms that do not."""

HEAD = """
NEURON { POINT_PROCESS Probe NONSPECIFIC_CURRENT i RANGE p, x %s }
PARAMETER { p = 2 (1) shared = 3 }
ASSIGNED { v (mV) i (nA) x (1) y row[3] }
STATE { s }
"""


def probe(code, more=""):
    return HEAD % more + code


# Code of which a run leaves nothing to the next.
CLEAN = {
    "a parameter that is read": "BREAKPOINT { i = p * (v - shared) }",
    "a user's ASSIGNED that is read": "BREAKPOINT { i = x }",
    "a STATE without INITIAL": "BREAKPOINT { SOLVE d METHOD cnexp i = s } DERIVATIVE d { s' = -s / p }",
    "rates in INITIAL": """
        INITIAL { rates(v) s = x }
        BREAKPOINT { SOLVE d METHOD cnexp i = s * x }
        DERIVATIVE d { rates(v) s' = (x - s) / y }
        PROCEDURE rates(v (mV)) { UNITSOFF x = 1 / (1 + exp(-v)) y = x + 1 UNITSON }""",
    "rates before the reading": """
        BREAKPOINT { SOLVE d i = s } PROCEDURE d() { rates() s = s + y }
        PROCEDURE rates() { y = v }""",
    "both branches write": "BREAKPOINT { if (v > 0) { x = 1 } else if (v < -9) { x = 2 } else { x = 3 } i = x }",
    "a LOCAL of the same name": "BREAKPOINT { LOCAL x x = v i = x } AFTER SOLVE { x = 1 }",
    "a TABLE": """
        BREAKPOINT { rates(v) i = x }
        PROCEDURE rates(v) { TABLE x FROM -100 TO 100 WITH 200 y = v x = y }""",
    "an array that a loop fills": """
        INITIAL { FROM k = 0 TO 2 { row[k] = 0 } }
        BREAKPOINT { row[1] = row[0] + 1 i = row[2] }""",
    "C code that writes first": "BREAKPOINT {\nVERBATIM\n x = v; /* x = x */\nENDVERBATIM\ni = x }",
    "C code that returns": "BREAKPOINT { SOLVE go i = v } PROCEDURE go() { y = v\nVERBATIM\nreturn 0;\nENDVERBATIM\n}",
    "C code that is a comment": "BREAKPOINT {\nVERBATIM\n// static int x;\nENDVERBATIM\n i = v }",
    "arguments without INITIAL": "BREAKPOINT { i = s } NET_RECEIVE(w, last) { s = s + w * last last = t }",
    "the weight set to itself": "BREAKPOINT { i = s } NET_RECEIVE(w, u) { INITIAL { w = w u = u } s = s + u }",
    "a procedure that only users call": "BREAKPOINT { i = v } PROCEDURE count() { y = y + 1 }",
    "a KINETIC scheme": "BREAKPOINT { SOLVE k METHOD sparse i = s } KINETIC k { ~ s <-> s (p, p) }",
    "a counter from 0": "INITIAL { y = 0 } BREAKPOINT { y = y + 1 i = y }",
    "a watched threshold": """
        INITIAL { net_send(0, 1) } BREAKPOINT { i = v }
        NET_RECEIVE(w) { WATCH (v > -20) 2 net_event(t) }""",
}

# Code that keeps state: the variables, a part of the reason, whether INITIAL can be completed, whether a rebuild helps.
KEPT = {
    "BREAKPOINT": (
        "BREAKPOINT { x = x + v i = x }",
        "x", "BREAKPOINT reads x before writing it", True, True,
    ),
    "a condition": (
        "BREAKPOINT { if (v > 0) { x = 1 } i = x }",
        "x", "INITIAL does not set x", True, True,
    ),
    "a procedure": (
        "BREAKPOINT { step() i = y } PROCEDURE step() { y = y + 1 }",
        "y", "PROCEDURE step reads y", True, True,
    ),
    "NET_RECEIVE": (
        "BREAKPOINT { i = y } NET_RECEIVE(w) { y = y + w }",
        "y", "NET_RECEIVE reads y", True, True,
    ),
    "a conditional INITIAL": (
        "INITIAL { if (p > 1) { y = 0 } } BREAKPOINT { y = y + 1 i = y }",
        "y", "reads y", True, True,
    ),
    "INITIAL itself": (
        "INITIAL { s = y y = v } BREAKPOINT { i = s }",
        "y", "INITIAL reads y before it sets y", True, True,
    ),
    "SOLVE is later": (
        "BREAKPOINT { SOLVE d METHOD cnexp i = x } DERIVATIVE d { x = v s' = -s }",
        "x", "BREAKPOINT reads x", True, True,
    ),
    "BEFORE STEP": (
        "BEFORE STEP { y = y + 1 } BREAKPOINT { i = v }",
        "y", "BEFORE STEP reads y", True, True,
    ),
    "AFTER SOLVE": (
        "AFTER SOLVE { y = v } BREAKPOINT { i = y }",
        "y", "BREAKPOINT reads y", True, True,
    ),
    "a current": (
        "BREAKPOINT { if (v > 0) { i = v } }",
        "i", "the sum of currents reads i", True, True,
    ),
    "an element": (
        "INITIAL { row[0] = 0 } BREAKPOINT { row[1] = row[1] + 1 i = row[0] }",
        "row", "reads row", True, True,
    ),
    "LINEAR": (
        "BREAKPOINT { SOLVE e i = s } LINEAR e { ~ s = y } AFTER SOLVE { y = s + 1 }",
        "y", "LINEAR e reads y", True, True,
    ),
    "the weight": (
        "BREAKPOINT { i = s } NET_RECEIVE(w) { s = w w = w / 2 }",
        "w", "changes the weight w", False, True,
    ),
    "an argument with INITIAL": (
        "BREAKPOINT { i = s } NET_RECEIVE(w, a, b) { INITIAL { a = 1 } a = a + 1 b = b + a s = b }",
        "b", "its INITIAL does not set b", True, True,
    ),
    "other connections": (
        "BREAKPOINT { i = s } NET_RECEIVE(w, a) { FOR_NETCONS(x, z) { x = x + z } }",
        "w", "changes the weight w", False, True,
    ),
    "a PARAMETER": (
        "BREAKPOINT { if (v > 0) { p = 1 } i = p }",
        "p", "BREAKPOINT changes p", True, True,
    ),
    "a PARAMETER for all": (
        "BREAKPOINT { shared = shared + 1 i = v }",
        "shared", "changes shared", False, False,
    ),
    "a LOCAL of the file": (
        "LOCAL f BREAKPOINT { f = f + 1 i = f }",
        "f", "BREAKPOINT reads f", True, False,
    ),
    "a static of C": (
        "VERBATIM\nstatic double n = 0;\nENDVERBATIM\nBREAKPOINT {\nVERBATIM\n n += 1;\nENDVERBATIM\n i = v }",
        "n", "which is a C variable", False, False,
    ),
    "a static inside": (
        "BREAKPOINT {\nVERBATIM\nstatic int n = 0; n++;\nENDVERBATIM\n i = v }",
        "", "static", False, False,
    ),
    "a pointer of C": (
        "BREAKPOINT {\nVERBATIM\n*f(y) = 1;\nENDVERBATIM\n i = v }",
        "", "through a pointer", False, False,
    ),
    "a function of C": (
        "BREAKPOINT {\nVERBATIM\n x = draw_it();\nENDVERBATIM\n i = x }",
        "", "calls draw_it", False, False,
    ),
    "C around NMODL": (
        "BREAKPOINT {\nVERBATIM\nif (v > 0) {\nENDVERBATIM\n y = 1\nVERBATIM\n}\nENDVERBATIM\n i = y }",
        "y", "BREAKPOINT reads y", True, True,
    ),
    "an early end": (
        "BREAKPOINT { go() i = y } PROCEDURE go() {\nVERBATIM\nif (v > 0) return 0;\nENDVERBATIM\n y = 1 }",
        "y", "BREAKPOINT reads y", True, True,
    ),
    "random numbers": (
        "BREAKPOINT { i = scop_random() }",
        "the random numbers of scop_random", "draws", False, False,
    ),
    "a function table": (
        "FUNCTION_TABLE f(v) BREAKPOINT { i = f(v) }",
        "", "FUNCTION_TABLE f", False, False,
    ),
    "beside a TABLE": (
        "BREAKPOINT { r(v) i = x * y } PROCEDURE r(v) { TABLE x FROM -9 TO 9 WITH 9 y = 3 x = y * v }",
        "y", "only when a TABLE is made", False, False,
    ),
    "no NMODL": (
        "BREAKPOINT { i = v } NOVELTY { x }",
        "", "NOVELTY is not understood", False, False,
    ),
}  # fmt: skip
