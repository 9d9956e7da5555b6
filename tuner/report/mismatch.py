"""Write the lines about stored evaluations that plain NetPyNE does not confirm, which come before all other lines."""

from collections.abc import Iterator

from tuner.runs.best_file import Best
from tuner.words import Alarm, count


def lines(best: Best) -> Iterator[str]:
    """Yield the lines about a mismatch, as alarms; no line if all verified evaluations are equal.

    A difference that the engine makes for which the study asks is no alarm.
    """
    verified = best.verified
    if verified.is_requested:
        yield from _of_engine(best)
    elif verified.loss is None and (verified.numbers or verified.reason):
        words = "NOT VERIFIED: plain NetPyNE could not run the best evaluation"
        yield Alarm(f"{words}: {verified.reason or 'no reason given'}")
    elif verified.differing or (verified.loss is not None and not verified.equal):
        yield from map(Alarm, _of_mismatch(best))


def _of_mismatch(best: Best) -> Iterator[str]:
    verified = best.verified
    # A file of an older version has no list.
    first = verified.reason or next((each.reason for each in verified.differing), "plain NetPyNE gives another raster")
    yield f"NOT EQUAL: {first}."
    if verified.numbers:
        known = (
            f"Plain NetPyNE confirms the best evaluation, {best.number}" if verified.equal else "Do not use the result"
        )
        yield f"  {_how_many(best)}. The search has used wrong numbers. {known}."
    if verified.advice:
        yield f"  {verified.advice}."


def _how_many(best: Best) -> str:
    verified = best.verified
    numbers = ", ".join(str(each.number) for each in verified.differing)
    verb = "differs" if len(verified.differing) == 1 else "differ"
    all_of_them = count(len(verified.numbers), "verified evaluation")
    return f"Of {all_of_them}, {len(verified.differing)} {verb} from plain NetPyNE: {numbers}"


def _of_engine(best: Best) -> Iterator[str]:
    first = best.verified.reason
    yield f"{first[:1].upper()}{first[1:]}."
    yield f"  {_how_many(best)}. {best.verified.advice}."
