"""Maps joined with one row a sample: laid flat, or their mean taken, by the width that a Linear was made for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import user_sources
from shapecheck.remedies.moves import put_behind

_POOLED = "no layer was made for all their places: they may be pooled, or the rows be spread over them"
_MEAN = "of all places the largest may be meant as well"


def maps_beside_rows(evidence: Evidence, item: Argument, items: Sequence[Argument], axis: int) -> Iterator[Candidate]:
    """The maps flattened; those of a single place are pooled already.

    Args:
        evidence: The problem.
        item: The maps.
        items: All that is joined.
        axis: The axis of their channels, along which it is joined.
    """
    sizes = sizes_of(item)
    rest = sum(sizes_of(other)[axis] for other in items if other is not item and len(sizes_of(other)) == axis + 1)
    is_pooled = set(sizes[axis + 1 :]) == {1}
    widths = set() if is_pooled else _widths(evidence)
    doubt = "" if is_pooled or prod(sizes[axis:]) + rest in widths else _POOLED
    step = Step("flatten", item.role, (axis,))
    for each in put_behind(evidence, item, f".flatten({axis})", [step], cost=0.1 if is_pooled else 0.3):
        yield each.doubted(doubt)
    if doubt and sizes[axis] + rest in widths:
        places = tuple(range(axis + 1, len(sizes)))
        for each in put_behind(evidence, item, f".mean({places})", [Step("mean", item.role, (places,))], cost=0.1):
            yield each.doubted(_MEAN)


def _widths(evidence: Evidence) -> set[int]:
    """The widths that the Linears of the script were made for, as far as it tells them."""
    calls = ((source, call) for source in user_sources(evidence) for call in source.calls("Linear"))
    told = [told_for(source.span(call), "in_features") for source, call in calls]
    return {width for each in told if each is not None and type(width := worked_out(evidence, each)) is int}
