"""How a script says how many samples a batch has: at its loaders, or by the stride of a loop over samples."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, expression, whole_number
from shapecheck.reading.sources import Source, user_sources
from shapecheck.reading.ways_back import spans_behind

_BATCH_SIZE = 1  # its place among a DataLoader's arguments


def batch_sizes(evidence: Evidence) -> Iterator[str]:
    """How the script writes the number of samples of its loaders, or the stride of its loops over samples."""
    for source in user_sources(evidence):
        steps = [*(call.args[2:] for call in source.calls("range")), *(call.args[:1] for call in source.calls("split"))]
        places = [*_loaded(source), *(source.span(each) for step in steps for each in step)]
        yield from (each.text for each in spans_behind(evidence, *places, only_whole=True))


def full_batches(evidence: Evidence) -> set[int]:
    """The numbers that the loaders are told, by a name or not."""
    places = [place for source in user_sources(evidence) for place in _loaded(source)]
    numbers = [whole_number(expression(each.text)) for each in spans_behind(evidence, *places)]
    return {number for number in numbers if number is not None}


def _loaded(source: Source) -> list[Span]:
    given = [argument(source.span(call), "batch_size", _BATCH_SIZE) for call in source.calls("DataLoader")]
    return [each for each in given if each is not None]
