"""State between runs is read from NMODL, and INITIAL is completed where that is certain."""

from tests.loops import loop_over
from tests.mechanisms.state_cases import CLEAN, KEPT, probe
from tuner.mechanisms.retained_state import judged, lines, mended, retained, sentence


@loop_over("kind", CLEAN)
def test_code_that_keeps_nothing(kind):
    assert judged(probe(CLEAN[kind])) is None


@loop_over("kind", KEPT)
def test_code_that_keeps_state(kind):
    code, variables, reason, mendable, rebuild_helps = KEPT[kind]
    found = judged(probe(code))
    assert found is not None
    assert ", ".join(found.variables) == variables
    assert reason in found.reason
    assert (found.mendable, not found.survives_rebuild) == (mendable, rebuild_helps)
    assert (mended(probe(code).encode()) == probe(code).encode()) != mendable


@loop_over(
    ("code", "more", "completed"),
    [
        ("BREAKPOINT { x = x + 1 i = x }", "", "INITIAL { x = 0 i = 0 }"),
        (
            "INITIAL { LOCAL z : first\n z = 1 } BREAKPOINT { x = x + 1 i = x }",
            "",
            "INITIAL { LOCAL z\nx = 0 i = 0\n : first",
        ),
        ("INITIAL { LOCAL x x = 1 } BREAKPOINT { x = x + 1 i = x }", "", "PROCEDURE start_as_new() { x = 0 i = 0 }"),
        ("BREAKPOINT { row[0] = row[1] i = v }", "", "INITIAL { FROM start_k = 0 TO 2 { row[start_k] = 0 } i = 0 }"),
        ("BREAKPOINT { y = y + 1 i = v }", "GLOBAL y", "BEFORE INITIAL { y = 0 }"),
        (
            "INITIAL { if (p > 1) { p = 1 } } BREAKPOINT { i = p }",
            "",
            "INITIAL {\nstart_p = p i = 0\n if (start_p > 1) { start_p = 1 }",
        ),
        ("BREAKPOINT { i = random_uniform(r) }", "RANDOM r", "INITIAL { random_setseq(r, 0) i = 0 }"),
        (
            "INITIAL { x = ica } BREAKPOINT { i = x }",
            "USEION ca READ ica",
            "INITIAL {\nica = 0 x = 0 i = 0\n x = ica }",
        ),
        ("NET_RECEIVE(w, a) { INITIAL { } a = a + 1 x = a }", "", "INITIAL {\na = 0\n }"),
    ],
)
def test_completed_initial_blocks(code, more, completed):
    text = mended(probe(code, more).encode())
    assert completed.encode() in text
    assert mended(text) == text


def test_an_included_file_is_read_with_the_file(tmp_path):
    (tmp_path / "gate.mod").write_text(probe('BREAKPOINT { step() i = x }\nINCLUDE "step.inc"\n'))
    assert "step.inc" in retained([tmp_path / "gate.mod"])["Probe"].reason
    (tmp_path / "step.inc").write_text("PROCEDURE step() { x = x + 1 }")
    found = retained([tmp_path / "gate.mod"])["Probe"]
    assert (found.variables, found.mendable) == (("x",), True)
    included = {"step.inc": (tmp_path / "step.inc").read_bytes()}
    assert b"INITIAL { x = 0 i = 0 }" in mended((tmp_path / "gate.mod").read_bytes(), included)


def test_each_mechanism_is_named_in_a_line():
    found = {"Probe": judged(probe(KEPT["BREAKPOINT"][0])), "Another": judged(probe(KEPT["the weight"][0]))}
    weight, plain = lines(found)
    assert plain == (
        "Mechanism Probe keeps x between runs (BREAKPOINT reads x before writing it, and INITIAL does not set x):"
        " its INITIAL is completed for reused networks"
    )
    assert weight.endswith(": the network is rebuilt for each candidate")
    assert sentence(found["Probe"], "process").endswith(": each candidate runs in a fresh process")
