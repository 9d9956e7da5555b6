"""The names in a picture: as they are written, and short enough to leave room for the data."""

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.report.pictures.style import LONGEST_NAME, LONGEST_TICK, plain, with_unit
from tuner.report.sections import parameters, pareto_front, raster, sweep_pictures
from tuner.report.sweeps import Intervals
from tuner.study.space import Parameter, SearchSpace

LONG = "e" * 500


@loop_over(
    ("text", "label"),
    [
        (r"$\frac{", r"\$\frac{"),
        ("a\nb", "a b"),
        ("\x1b[31m\ud800", r"\x1b[31m\ud800"),
        (LONG, "e" * (LONGEST_TICK - 3) + "..."),
    ],
)
def test_a_label_is_literal_and_short(text, label):
    assert plain(text) == label


def test_a_long_name_leaves_the_unit():
    assert with_unit(LONG, "Hz") == "e" * (LONGEST_NAME - 3) + "... [Hz]"


def pictures(name):
    """Draws every picture that has names, with this name for all of them."""
    number, choice = Parameter(name, 0.0, 10.0, name), Parameter("c", 0, 0, kind="choice", choices=(name, f"b{name}"))
    target = Target(name, "rate", population=name, unit=name, value=3.0, window_ms=(0.0, 100.0))
    objectives = {name: 1.0, f"b{name}": 2.0}
    evaluations = [
        Evaluation(place, 0, {name: place, "c": choice.choices[place]}, 1, loss=1.0, features={name: place},
                   objectives=objectives) for place in range(2)
    ]  # fmt: skip
    yield raster.raster(recording([1.0, 50.0], [25.0], **{name: [0], f"{name}b": [1]}), [target], "title")
    yield parameters.parameters(SearchSpace((number, choice)), {}, evaluations, evaluations[0])
    yield pareto_front.pareto(evaluations, evaluations[0])
    for parameter in (number, choice):
        yield sweep_pictures.lines(parameter, {}, [target], evaluations)
    yield sweep_pictures.maps([number, choice], {}, [target, target], evaluations)
    yield sweep_pictures.bifurcation(number, {}, evaluations, [Intervals(name, np.array([0, 1]), np.array([1.0, 2.0]))])


@pytest.mark.long
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [LONG, "\x1b\ud800$\\frac{$\n\n\n"])
def test_every_picture_has_room_for_its_data_whatever_the_names(name):
    # Matplotlib warns if it finds no room for the axes, or no glyph.
    assert {png[:4] for png in pictures(name)} == {b"\x89PNG"}


def test_populations_that_begin_alike_have_a_bar_each(monkeypatch):
    from matplotlib.figure import Figure

    figure = Figure()
    monkeypatch.setattr(raster, "draw", lambda paint, *_: paint(figure))
    raster.raster(recording([1.0, 50.0], [25.0], **{f"{LONG}a": [0], f"{LONG}b": [1]}), [], "title")
    rates = next(axes for axes in figure.axes if axes.get_xlabel() == "mean rate [Hz]")
    assert [bar.get_y() + bar.get_height() / 2 for bar in rates.patches] == [0, 1, 2]
    assert {label.get_text() for label in rates.get_yticklabels()} == {plain(LONG), "all"}
