"""Show the change of each target over the range of each parameter, and indices of importance over a design."""

import html
import math
from collections.abc import Iterator, Sequence

from tuner.analysis import ped_anova
from tuner.analysis.excursions import MOVES, Excursion, Move
from tuner.analysis.indices import Share, SobolIndices, sobol_indices, varied
from tuner.evaluation import Evaluation
from tuner.optimizers.resolution import design_of
from tuner.optimizers.samplers import missing
from tuner.report.markup import table, titled
from tuner.report.registry import section
from tuner.report.result_data import RunData

# Chosen: names of more targets are written upwards, and larger changes [tolerances] have no stronger colour.
MOST_HEADS, STRONGEST = 6, 50.0
RISE, DROP, NO_DIRECTION = "0, 114, 178", "213, 94, 0", "204, 121, 167"
FULL, LIGHTEST = 0.75, 0.12
STATUSES = {"timeout": "timed out"}
LEGEND = (
    "Change of each feature from the lower to the upper bound of the parameter, in tolerances, with the others"
    " at {base}. {swatches} Changes of at most half a tolerance have no colour, and the colour is strongest from"
    f" {STRONGEST:g} tolerances on. \u201cup to\u201d is the largest difference, where the feature changes in both"
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


@section("importance", place=45)
def importance(run: RunData) -> str:
    """Return the tables; "" if no target counts, or without a simulation to show."""
    found = run.account
    if found is None or not any(target.counts for target in run.study.targets):
        return ""
    probed = [each for each in found.sensitivity.excursions if each.values]
    tables = []
    for base in dict.fromkeys(each.base for each in probed):
        rows = [each for each in found.sensitivity.excursions if each.base == base]
        tables.append(_of_base(base, rows, is_best=found.sensitivity.bases == (base,)))
    others = [f"<details><summary>Around another evaluation</summary>{each}</details>" for each in tables[1:]]
    content = "".join([*tables[:1], *others, *_of_design(run)])
    return titled("What each parameter changes", content) if content else ""


def _of_base(base: int, rows: Sequence[Excursion], *, is_best: bool) -> str:
    """Return the table of the changes around an evaluation, a row for each parameter."""
    swatches = " ".join(
        f'<span style="background:rgba({colour}, {FULL}); color:#111">&nbsp;{word}&nbsp;</span>'
        for colour, word in ((RISE, "rises"), (DROP, "drops"), (NO_DIRECTION, "both"))
    )
    where = "the best evaluation" if is_best else f"evaluation {base}"
    words = LEGEND.format(base=where, swatches=swatches)
    # A target that is minimised or maximised has no tolerance.
    units = {move.target: f" [{move.unit}]" for row in rows for move in row.moves if move.unit not in ("", "1")}
    heads = [f"{move.target}{units.get(move.target, '')}" for move in rows[0].moves]
    lines = [_heads(["parameter", *heads]), *map(_row, rows)]
    return f"<p class=note>{words}</p>{_wide(table(lines))}"


def _row(excursion: Excursion) -> str:
    broken = "; ".join(f"{STATUSES.get(each.status, each.status)} at {each.place}" for each in excursion.broken)
    note = f"<br><span class=missed>{html.escape(broken)}</span>" if broken else ""
    name = f"<th>{html.escape(excursion.parameter)}{note}</th>"
    if len(excursion.values) == len(excursion.broken):
        status = excursion.broken[0].status if excursion.broken else ""
        text = STATUSES.get(status, status) or "-"
        return f"<tr>{name}{f'<td class=number>{text}</td>' * len(excursion.moves)}</tr>"
    return f"<tr>{name}{''.join(map(_cell, excursion.moves))}</tr>"


def _cell(move: Move) -> str:
    if move.undefined:
        return f'<td class=number title="{html.escape(", ".join(move.undefined))}">undefined</td>'
    one_way = move.is_one_way and move.change is not None
    size = move.change if one_way and move.change is not None else move.largest
    text = _amount(move, size, "+") if one_way else f"up to {_amount(move, size)}"
    colour = NO_DIRECTION if not one_way else RISE if size > 0 else DROP
    style = f' style="background:rgba({colour}, {_strength(size):.2f})"' if move.moves else ""
    return f"<td class=number{style}>{'~ ' * move.is_scatter}{text}</td>"


def _amount(move: Move, size: float, sign: str = "") -> str:
    if move.unit or not size:
        return f"{size:{sign}.3g}" if size else "0"
    return f"{size:{sign}.1f}" if abs(size) < 100 else f"{size:{sign}.0f}"


def _strength(size: float) -> float:
    """Return the opacity of a change, on a logarithmic scale from half a tolerance on."""
    share = math.log(max(abs(size), MOVES) / MOVES) / math.log(STRONGEST / MOVES)
    return LIGHTEST + (FULL - LIGHTEST) * min(share, 1.0)


def _heads(names: Sequence[str]) -> str:
    upwards = ' class="upwards"' if len(names) > MOST_HEADS + 1 else ""
    first, *rest = names
    cells = "".join(f"<th{upwards}><span>{html.escape(name)}</span></th>" for name in rest)
    return f"<tr><th>{html.escape(first)}</th>{cells}</tr>"


def _wide(content: str) -> str:
    return f'<div class="wide">{content}</div>'


def _of_design(run: RunData) -> Iterator[str]:
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


def _sobol(names: Sequence[str], found: Sequence[SobolIndices]) -> str:
    fitted = [each for each in found if each.total]
    heads = [f"{each.target} (n = {each.evaluations}, Q\u00b2 {each.q2:.2f})" for each in fitted]
    rows = []
    for place, name in enumerate(names):
        cells = "".join(_shares(each.first[place], each.total[place]) for each in fitted)
        rows.append(f"<tr><th>{html.escape(name)}</th>{cells}</tr>")
    rest = ", ".join(each.target for each in found if not each.total)
    without = f"<p class=note>No polynomial predicts: {html.escape(rest)}.</p>" if rest else ""
    return f"<p class=note>{SOBOL}</p>{_wide(table([_heads(['parameter', *heads]), *rows]))}{without}"


def _shares(first: Share, total: Share) -> str:
    colour = f' style="background:rgba({RISE}, {FULL * min(max(total.value, 0.0), 1.0):.2f})"'
    return f"<td class=number{colour}>{_share(first)}<br>({_share(total)})</td>"


def _share(share: Share) -> str:
    return f"{share.value:.2f} <small>{share.low:.2f}\u2013{share.high:.2f}</small>"


def _ped_anova(run: RunData, usable: Sequence[Evaluation]) -> str:
    if lack := missing({"sampler": ""}):
        return f"<p class=note>The importance of the parameters for a low loss (PED-ANOVA) {html.escape(lack)}</p>"
    rows = [
        f"<tr><th>{html.escape(each.parameter)}</th><td class=number{_of_share(each)}>{_share(each.share)}</td>"
        f"<td class=note>{'chance' * each.is_chance}</td></tr>"
        for each in ped_anova.importances(run.study.space, usable)
    ]
    return f"<p class=note>{PED_ANOVA.format(n=len(usable))}</p>{table([_heads(['parameter', 'share', '']), *rows])}"


def _of_share(found: ped_anova.Importance) -> str:
    return "" if found.is_chance else f' style="background:rgba({RISE}, {FULL * found.share.value:.2f})"'
