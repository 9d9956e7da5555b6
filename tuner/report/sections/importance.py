"""Show the change of each target over the range of each parameter, and indices of importance over a design."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tuner.analysis import ped_anova
from tuner.analysis.excursions import MOVES, Excursion, Move
from tuner.analysis.indices import Share, SobolIndices, sobol_indices, varied
from tuner.evaluation import Evaluation
from tuner.optimizers.resolution import design_of
from tuner.optimizers.samplers import missing
from tuner.report.markup import Markup, template, titled
from tuner.report.registry import section
from tuner.report.result_data import RunData

# Chosen: names of more targets are written upwards, and larger changes [tolerances] have no stronger colour.
MOST_HEADS, STRONGEST = 6, 50.0
RISE, DROP, NO_DIRECTION = "0, 114, 178", "213, 94, 0", "204, 121, 167"
FULL, LIGHTEST = 0.75, 0.12
SWATCHES = {RISE: "rises", DROP: "drops", NO_DIRECTION: "both"}
STATUSES = {"timeout": "timed out"}
LEGEND = template(
    "Change of each feature from the lower to the upper bound of the parameter, in tolerances, with the others"
    " at {{ base }}. {% for colour, word in swatches.items() %}"
    '<span style="background:rgba({{ colour }}, {{ full }}); color:#111">&nbsp;{{ word }}&nbsp;</span> {% endfor %}'
    "Changes of at most half a tolerance have no colour, and the colour is strongest from"
    " {{ strongest }} tolerances on. \u201cup to\u201d is the largest difference, where the feature changes in both"
    " directions or the parameter is a choice. \u201c~\u201d means within the scatter of the feature, and"
    " \u201c-\u201d not simulated."
)
SOBOL = (
    "Sobol\u2019 indices over the whole space: the share of a feature\u2019s variance that a parameter causes alone,"
    " and (in brackets) together with others, each with the 90 % interval of a bootstrap. They come from polynomials of"
    " degree 2. Q\u00b2 is the share of the variance that a polynomial predicts in evaluations that are left out of the"
    " fit; below 0.8 there are no indices."
)
PED_ANOVA = (
    "Importance for a low loss (PED-ANOVA, the best tenth of {n} evaluations): shares of the sum, each with the 90 %"
    " interval of a bootstrap. \u201cchance\u201d means not above the importance with losses in random order."
)
NOTE = template('<p class="note">{{ words }}</p>')
WIDE = template('<div class="wide">{{ table }}</div>')
OTHERS = template("<details><summary>Around another evaluation</summary>{{ table }}</details>")
TABLE = template("""\
<table><tr><th>parameter</th>
{%- for head in heads %}<th{% if upwards %} class="upwards"{% endif %}><span>{{ head }}</span></th>{% endfor %}</tr>
{% for name, broken, cells in rows %}
<tr><th>{{ name }}{% if broken %}<br><span class="missed">{{ broken }}</span>{% endif %}</th>
{%- for cell in cells %}
<td class="{{ cell.kind }}"{% if cell.hint %} title="{{ cell.hint }}"{% endif %}
{%- if cell.colour %} style="background:rgba({{ cell.colour }})"{% endif %}>{{ cell.content }}</td>
{%- endfor %}</tr>
{% endfor %}
</table>""")
SHARE = template("{{ '%.2f' % share.value }} <small>{{ '%.2f' % share.low }}\u2013{{ '%.2f' % share.high }}</small>")
SHARES = template("{{ first }}<br>({{ total }})")


class Cell(NamedTuple):
    """Hold a cell of a table: the content, the background (red, green, blue, opacity), a hint and the CSS class."""

    content: str
    colour: str = ""
    hint: str = ""
    kind: str = "number"


# The parameter, the places where simulations broke, and the cells.
Row = tuple[str, str, Sequence[Cell]]


@section("importance", place=45)
def importance(run: RunData) -> Markup:
    """Return the tables; nothing if no target counts, or without a simulation to show."""
    found = run.account
    if found is None or not any(target.counts for target in run.study.targets):
        return Markup()
    probed = [each for each in found.sensitivity.excursions if each.values]
    tables = []
    for base in dict.fromkeys(each.base for each in probed):
        rows = [each for each in found.sensitivity.excursions if each.base == base]
        tables.append(_of_base(base, rows, is_best=found.sensitivity.bases == (base,)))
    content = Markup().join([*tables[:1], *(OTHERS(table=each) for each in tables[1:]), *_of_design(run)])
    return titled("What each parameter changes", content) if content else content


def _of_base(base: int, rows: Sequence[Excursion], *, is_best: bool) -> Markup:
    """Return the table of the changes around an evaluation, a row for each parameter."""
    where = "the best evaluation" if is_best else f"evaluation {base}"
    # A target that is minimised or maximised has no tolerance.
    units = {move.target: f" [{move.unit}]" for row in rows for move in row.moves if move.unit not in ("", "1")}
    heads = [f"{move.target}{units.get(move.target, '')}" for move in rows[0].moves]
    legend = LEGEND(base=where, swatches=SWATCHES, full=FULL, strongest=f"{STRONGEST:g}")
    return NOTE(words=legend) + WIDE(table=_table(heads, map(_row, rows)))


def _table(heads: Sequence[str], rows: Iterable[Row]) -> Markup:
    return TABLE(heads=heads, rows=rows, upwards=len(heads) > MOST_HEADS)


def _row(excursion: Excursion) -> Row:
    broken = "; ".join(f"{STATUSES.get(each.status, each.status)} at {each.place}" for each in excursion.broken)
    if len(excursion.values) > len(excursion.broken):
        return excursion.parameter, broken, [*map(_cell, excursion.moves)]
    status = excursion.broken[0].status if excursion.broken else "-"
    return excursion.parameter, broken, [Cell(STATUSES.get(status, status))] * len(excursion.moves)


def _cell(move: Move) -> Cell:
    if move.undefined:
        return Cell("undefined", hint=", ".join(move.undefined))
    one_way = move.is_one_way and move.change is not None
    size = move.change if one_way and move.change is not None else move.largest
    text = _amount(move, size, "+") if one_way else f"up to {_amount(move, size)}"
    colour = NO_DIRECTION if not one_way else RISE if size > 0 else DROP
    return Cell(f"{'~ ' * move.is_scatter}{text}", f"{colour}, {_strength(size):.2f}" if move.moves else "")


def _amount(move: Move, size: float, sign: str = "") -> str:
    if move.unit or not size:
        return f"{size:{sign}.3g}" if size else "0"
    return f"{size:{sign}.1f}" if abs(size) < 100 else f"{size:{sign}.0f}"


def _strength(size: float) -> float:
    """Return the opacity of a change, on a logarithmic scale from half a tolerance on."""
    share = math.log(max(abs(size), MOVES) / MOVES) / math.log(STRONGEST / MOVES)
    return LIGHTEST + (FULL - LIGHTEST) * min(share, 1.0)


def _of_design(run: RunData) -> Iterator[Markup]:
    """Yield the indices of importance over a design with enough points."""
    design, free = design_of(run.study, run.evaluations), varied(run.study.space)
    if len(free) < 2 or not design:
        return
    if all(parameter.kind != "choice" for parameter in free.parameters):
        counting = [target for target in run.study.targets if target.weight > 0]
        found = list(sobol_indices(run.study.space, counting, design))
        if any(each.total for each in found):
            yield _sobol([parameter.name for parameter in free.parameters], found)
    if usable := ped_anova.usable(design):
        yield _ped_anova(run, usable)


def _sobol(names: Sequence[str], found: Sequence[SobolIndices]) -> Markup:
    fitted = [each for each in found if each.total]
    heads = [f"{each.target} (n = {each.evaluations}, Q\u00b2 {each.q2:.2f})" for each in fitted]
    rows = [(name, "", [_shares(e.first[place], e.total[place]) for e in fitted]) for place, name in enumerate(names)]
    rest = ", ".join(each.target for each in found if not each.total)
    without = NOTE(words=f"No polynomial predicts: {rest}.") if rest else ""
    return NOTE(words=SOBOL) + WIDE(table=_table(heads, rows)) + without


def _shares(first: Share, total: Share) -> Cell:
    colour = f"{RISE}, {FULL * min(max(total.value, 0.0), 1.0):.2f}"
    return Cell(SHARES(first=SHARE(share=first), total=SHARE(share=total)), colour)


def _ped_anova(run: RunData, usable: Sequence[Evaluation]) -> Markup:
    if lack := missing({"sampler": ""}):
        return NOTE(words=f"The importance of the parameters for a low loss (PED-ANOVA) {lack}")
    rows = [
        (e.parameter, "", [Cell(SHARE(share=e.share), _of_share(e)), Cell("chance" * e.is_chance, kind="note")])
        for e in ped_anova.importances(run.study.space, usable)
    ]
    return NOTE(words=PED_ANOVA.format(n=len(usable))) + _table(["share", ""], rows)


def _of_share(found: ped_anova.Importance) -> str:
    return "" if found.is_chance else f"{RISE}, {FULL * found.share.value:.2f}"
