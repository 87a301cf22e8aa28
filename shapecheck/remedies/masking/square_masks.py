"""A mask of the future that is not as high as it is wide: made by the number of samples, where steps were meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.running import size_held
from shapecheck.reading.sources import items_of, last_name, walk
from shapecheck.reading.vocabulary import FILLED
from shapecheck.reading.ways_back import spans_behind

CAUSE = "mask_does_not_fit"
# Below what spreads it, as if it were a mask of padding with one row for each sample.
_COST = 0.03
_TRIANGLES = ("tril", "triu", "triu_", "tril_")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.tril(torch.ones(steps, steps))`` for ``torch.ones(batch, steps)``, beside scores of every two steps."""
    pairs = both_ways(failed(evidence, *ELEMENTWISE))
    return [each for item, other in pairs for each in _squared(evidence, item, sizes_of(other))]


def _squared(evidence: Evidence, mask: Argument, scores: tuple[int, ...]) -> Iterator[Candidate]:
    sizes = sizes_of(mask)
    if len(scores) < 2 or scores[-1] != scores[-2] or len(sizes) < 2 or sizes[-2] == sizes[-1] or mask.span is None:
        return
    steps = scores[-1]
    for span in spans_behind(evidence, mask.span):
        given = _sizes_given(span)
        if given is None:
            continue
        odd = [each for each in given if size_held(evidence, each) != steps]
        right = [each for each in given if size_held(evidence, each) == steps]
        if len(odd) == len(right) == 1:
            trial = (Step("stand_in", mask.role, (*sizes[:-2], steps, steps)),)
            yield Candidate(f"{odd[0].text} -> {right[0].text}", (Change(odd[0], right[0].text),), trial, _COST)
            return


def _sizes_given(span: Span) -> list[Span] | None:
    """The height and the width of a triangle, as they are written where it is made."""
    root = call_of(span)
    for call in walk(root):
        if not isinstance(call, ast.Call) or last_name(call.func) not in _TRIANGLES:
            continue
        inner = applied_to(call)
        if not isinstance(inner, ast.Call) or last_name(inner.func) not in FILLED:
            continue
        first = items_of(inner.args[0]) if inner.args else []
        parts = first if len(first) > 1 else [each for each in inner.args if not isinstance(each, ast.Starred)]
        if last_name(inner.func) == "full" and len(first) < 2:
            continue
        if len(parts) == 2:
            return [piece(span, each) for each in parts]
    return None
