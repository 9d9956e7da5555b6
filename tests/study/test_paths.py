from keyword import iskeyword
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tuner.errors import StudyError
from tuner.study import paths

NAMES = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{0,8}", fullmatch=True).filter(lambda name: not iskeyword(name))
LABELS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


def specs():
    connections = {"S->M": {"weight": 0.01, "delay": 5.0, "plast": {"tau": [1.0, 2.0]}}}
    net_params = SimpleNamespace(connParams=connections, defaultThreshold=0.0)
    return paths.Specs(net_params, SimpleNamespace(dt=0.025, hParams={"celsius": 6.3}, analysis={}))


@loop_over(
    ("path", "root", "steps"),
    [
        ("netParams.connParams['S->M'].delay", "netParams", ("connParams", "S->M", "delay")),
        ('netParams.connParams["S->M"]["delay"]', "netParams", ("connParams", "S->M", "delay")),
        ("netParams.a[0][12].b", "netParams", ("a", 0, 12, "b")),
        ("simConfig.hParams.celsius", "simConfig", ("hParams", "celsius")),
        ("cfg.hParams['celsius']", "simConfig", ("hParams", "celsius")),
        ("dt", "simConfig", ("dt",)),
        ("hParams.celsius", "simConfig", ("hParams", "celsius")),
    ],
)
def test_paths_are_parsed(path, root, steps):
    assert paths.parse(path) == (root, steps)


CODE = [
    "__import__('os').system('true')",
    "netParams.popParams.clear()",
    "netParams.connParams[open('x')]",
    "netParams.connParams['S' + 'M']",
    "netParams.connParams[f'{x}']",
    "netParams.connParams[x]",
    "netParams.a[0:2]",
    "(lambda: 0)()",
    "[x for x in y]",
    "a if b else c",
    "a.b and c",
    "a + 1",
    "'text'",
    "3",
]
NOT_PATHS = ["", " ", "a b", "a..b", "a.", "netParams.connParams['S->M'", "a = 1", "import os", "a; b", "a\nb", "a\0b"]


@loop_over("path", CODE)
def test_code_is_refused(path):
    with pytest.raises(StudyError, match="is code, not a path; write netParams"):
        paths.parse(path)


@loop_over("path", NOT_PATHS)
def test_nonsense_is_refused(path):
    with pytest.raises(StudyError, match="is not a path; write netParams"):
        paths.parse(path)


@loop_over("path", ["a" + ".a" * 100_000, "-" * 100_000 + "a", "(" * 100_000])
def test_endless_paths_are_refused(path):
    with pytest.raises(StudyError):
        paths.parse(path)


@loop_over("path", ["netParams", "simConfig", "cfg"])
def test_a_root_is_no_number(path):
    with pytest.raises(StudyError, match="names all of"):
        paths.parse(path)


@given(st.text(max_size=30))
def test_any_text_is_a_path_or_a_study_error(text):
    try:
        root, steps = paths.parse(text)
    except StudyError as error:
        assert error.exit_status == 2 and "\n" not in str(error)
    else:
        assert root in ("netParams", "simConfig") and steps


@given(NAMES, st.lists(NAMES | LABELS | st.integers(0, 99), min_size=1, max_size=4))
def test_written_paths_come_back(name, steps):
    path = "netParams." + name + "".join(f"[{step!r}]" for step in steps)
    assert paths.parse(path) == ("netParams", (name, *steps))


@given(
    st.recursive(st.floats(0, 1), lambda inner: st.dictionaries(LABELS, inner, min_size=1, max_size=3), max_leaves=6)
)
def test_every_leaf_of_a_table_is_read_and_written(tree):
    both = paths.Specs(SimpleNamespace(top=tree), None)
    for steps in _leaves(tree):
        path = "netParams.top" + "".join(f"[{step!r}]" for step in steps)
        paths.write(both, path, -1.0)
        assert paths.read(both, path) == -1.0
    top = both[0].top
    assert all(_at(top, steps) == -1.0 for steps in _leaves(top))


def _leaves(tree):
    if not isinstance(tree, dict):
        return [()]
    return [(key, *rest) for key, inner in tree.items() for rest in _leaves(inner)]


def _at(tree, steps):
    for step in steps:
        tree = tree[step]
    return tree


@loop_over(
    ("path", "value"),
    [
        ("netParams.connParams['S->M'].weight", 0.01),
        ("netParams.connParams['S->M'].plast.tau[1]", 2.0),
        ("netParams.defaultThreshold", 0.0),
        ("dt", 0.025),
        ("cfg.hParams.celsius", 6.3),
    ],
)
def test_read_and_write(path, value):
    both = specs()
    assert paths.read(both, path) == value
    paths.write(both, path, 42)
    assert paths.read(both, path) == 42
    assert sum(paths.read(specs(), p) != paths.read(both, p) for p in LEAVES) == 1, "nothing else changed"


LEAVES = ("netParams.connParams['S->M'].weight", "netParams.connParams['S->M'].delay", "netParams.defaultThreshold",
          "netParams.connParams['S->M'].plast.tau[0]", "netParams.connParams['S->M'].plast.tau[1]", "dt",
          "hParams.celsius")  # fmt: skip


@loop_over(
    ("path", "words"),
    [
        ("netParams.connParams['S->N'].weight", r"there is no 'S->N'; allowed: S->M; did you mean 'S->M'\?"),
        ("netParams.connParams['S->M'].wieght", r"no 'wieght'; allowed: delay, plast, weight; did you mean 'weight'\?"),
        ("netParams.connParam['S->M'].weight", r"did you mean 'connParams'\?"),
        ("netParams.connParams['S->M'].plast.tau[2]", r"there is no 2; allowed: 0, 1"),
        ("netParams.connParams['S->M'].weight.x", r"there is no 'x'; allowed: nothing"),
        ("netParams.connParams['S->M'].weight[0]", r"there is no 0; allowed: nothing"),
        ("netParams.__class__", r"there is no '__class__'"),
        ("netParams.connParams.keys", r"there is no 'keys'"),
        ("celsius", r"there is no 'celsius'; allowed: analysis, dt, hParams"),
    ],
)
def test_what_is_not_there_is_named_with_its_neighbours(path, words):
    both = specs()
    for act in (lambda: paths.read(both, path), lambda: paths.write(both, path, 1.0)):
        with pytest.raises(StudyError, match=words) as caught:
            act()
        assert caught.value.exit_status == 2
    assert vars(both[0]) == vars(specs()[0])


def test_what_cannot_be_written_is_a_study_error():
    both = paths.Specs(SimpleNamespace(pair=(1.0, 2.0)), None)
    with pytest.raises(StudyError, match="pair"):
        paths.write(both, "netParams.pair[0]", 3.0)
