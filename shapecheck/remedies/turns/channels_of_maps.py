"""Maps whose channels a Linear reads: put behind the places, and the scores of all places brought to one a sample."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import CONVOLUTIONS, INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, spans_of
from shapecheck.reading.sources import Source, found_at
from shapecheck.remedies.moves import put_behind

CHANNELS_MEANT = "the layer reads as many numbers as the maps have channels, which may be what is meant"
_POOLED = "the mean of all places may be meant, as one vector for each sample, before the layer"
_TURNS = ("permute", "movedim", "moveaxis", "transpose")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The mean of all places, where scores of each (rows, places, classes) meet one label a row."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None or len(sizes_of(target)) != 1:
        return []
    sizes = sizes_of(given)
    if len(sizes) < 4 or sizes[0] != sizes_of(target)[0] or sizes[1] in sizes[2:]:
        return []
    return list(_of_places(evidence, given))


def channels_put_last(evidence: Evidence, operation: Operation, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """The channels of maps behind their places, where a Linear reads them; their mean may be meant as well.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        item: The maps.
        cost: What it costs.
    """
    sizes = sizes_of(item)
    order = (0, *range(2, len(sizes)), 1)
    source, _ = found_at(operation.span)
    is_of_maps = source is not None and any(source.calls(*CONVOLUTIONS))
    doubt = _POOLED if is_of_maps and not _are_answers_for_places(evidence, source, sizes[0]) else ""
    for each in put_behind(evidence, item, f".permute{order}", [Step("permute", item.role, order)], cost=cost):
        yield each.doubted(doubt)


def _are_answers_for_places(evidence: Evidence, source: Source | None, rows: int) -> bool:
    """Whether the axes are put back behind it, or one layer alone answers: the mean may be taken behind it as well."""
    if source is None or any(source.calls(*_TURNS)):
        return source is not None
    held = [each.record for each in evidence.held_anywhere if each.record is not None]
    is_for_rows = any(each.shape == (rows,) and "int" in each.dtype for each in held)
    return is_for_rows and len(list(source.calls("Linear"))) == 1


def _of_places(evidence: Evidence, given: Argument) -> Iterator[Candidate]:
    """The mean of all places of a map whose scores lie last, as a layer gives them that reads the channels there."""
    if not any(_is_linear(evidence, span) for span in spans_of(evidence, given.span)):
        return
    places = tuple(range(1, len(sizes_of(given)) - 1))
    yield from put_behind(evidence, given, f".mean({places})", [Step("mean", given.role, (places,))], cost=0.3)


def _is_linear(evidence: Evidence, span: Span) -> bool:
    call = call_of(span)
    return call is not None and kind_of(evidence, piece(span, call.func)) == "Linear"
