"""An axis of one that was put in at another place than where the other operand has the axis to go along."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, one_by_one, told_to, written_axis
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, piece, whole_number
from shapecheck.reading.failing import Shape, failed
from shapecheck.reading.mismatches import SPREADING, both_ways, sizes_of, with_exchanged, without_axis
from shapecheck.reading.sources import last_name
from shapecheck.reading.where_made import made

_COST, _TURNED_COST = 0.06, 0.9
_TURNED = "what it meets may be what lies the other way, and then the axis is where it should be"
_TOLD = "what the axis is put into may be meant to be made with other sizes"
_SIZES = 2
_WHICH = "the axis may be put in at several places"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``mask.unsqueeze(-1)`` for ``mask.unsqueeze(0)``, where the mask has all other axes in their order already."""
    ways = both_ways(failed(evidence, *SPREADING))
    return [each for item, other in ways for each in _elsewhere(evidence, item, other)]


def _elsewhere(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    have, want = sizes_of(item), sizes_of(other)
    for span in (item.span, *(origin.span for origin in made(evidence, item)[:1])):
        told = _axis_put_in(span) if span is not None else None
        axis = whole_number(told) if told is not None else None
        if span is None or told is None or axis is None or not -len(have) <= axis < len(have):
            continue
        old = axis % len(have)
        places = [at for at in _places(have, old, want) if at != old]
        for at in places:
            # The last place is told from the end where the old one was, or where it is the last.
            text = str(at - len(have) if axis < 0 or at == len(have) - 1 else at)
            steps = (Step("squeeze", item.role, (old,)), Step("unsqueeze", item.role, (at,)))
            change, doubt = Change(piece(span, told), text), _TURNED if _may_be_turned(have, want) else ""
            which, cost = _WHICH if places[1:] else "", _TURNED_COST if doubt else _COST
            doubt = doubt or (_TOLD if _is_told_sizes(evidence, span, have) else "")
            yield Candidate(f"unsqueeze({text})", (change,), steps, cost, doubt, which)
        return


def _may_be_turned(have: Shape, want: Shape) -> bool:
    """Whether it fits as it is with two axes of the other one exchanged."""
    turned = [with_exchanged(want, *two) for two in combinations(range(len(want)), 2)]
    return any(all(one in (1, other) for one, other in zip(have, sizes, strict=True)) for sizes in turned)


def _is_told_sizes(evidence: Evidence, span: Span, have: Shape) -> bool:
    """Whether it is put into what is made of sizes on the spot: ``table(steps, width).unsqueeze(0)``."""
    call = call_of(span)
    base = applied_to(call) if call is not None else None
    if not isinstance(base, ast.Call):
        return False
    given = [(each, evidence.held.get(ast.unparse(each))) for each in one_by_one(base.args)]
    told = (
        int(held.text) if held is not None and held.text.isdecimal() else worked_out(evidence, piece(span, each))
        for each, held in given
    )
    sizes = [size for size in told if size is not None]
    return len(sizes) >= _SIZES and set(sizes) <= set(have)


def _axis_put_in(span: Span) -> ast.expr | None:
    """The axis that is told where an expression ends in putting one in."""
    call = call_of(span)
    is_put = call is not None and last_name(call.func) == "unsqueeze" and len(told_to(call)) <= 1
    return written_axis(call) if call is not None and is_put else None


def _places(have: Shape, old: int, want: Shape) -> list[int]:
    """The places of an axis of one at which all that is left of the others meets an axis of its size."""
    is_alike = len(have) == len(want) and have[old] == 1
    return [at for at in range(len(have)) if is_alike and without_axis(want, at) == without_axis(have, old)]
