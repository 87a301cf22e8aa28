"""The width that a layer gives, where what takes it was told another: which is wrong, the lines behind tell."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import failed, kind, maker, number, shape
from shapecheck.reading.layers.layer_arguments import GIVEN, KEPT, TAKEN, told_for
from shapecheck.reading.layers.layers_told import Told, layers_told
from shapecheck.reading.sources import function_at, last_name, user_sources

# What refuses a width is likelier told the wrong one than what gives it.
_COST = 1.2
_EITHER = "the layer that takes the width may be what was told the wrong one"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Conv1d(3, 12, 7)`` for ``nn.Conv1d(3, 13, 7)``, where a norm and a convolution behind take 12."""
    operation = failed(evidence, *TAKEN, *KEPT)
    sizes = shape(operation, "input")
    if operation is None or not sizes:
        return []
    width = TAKEN.get(kind(operation)) or KEPT[kind(operation)]
    axis = width.axis % len(sizes)
    shaped = operation.config.get(width.name)
    want = int(shaped[-1]) if isinstance(shaped, tuple) and shaped else number(operation, width.name)
    taken = told_for(maker(evidence, operation), width.name)
    if want < 2 or sizes[axis] in (want, 1):
        return []
    return list(_told_otherwise(evidence, sizes[axis], want, width.axis, taken))


def _told_otherwise(evidence: Evidence, came: int, want: int, axis: int, taken: Span | None) -> Iterator[Candidate]:
    """The one layer of the script that gives so many numbers, told to give as many as are wanted."""
    givers = [(told, span) for told in _givers(evidence, came) if (span := told.given) is not None]
    if len(givers) != 1:
        return
    told, given = givers[0]
    if GIVEN[last_name(told.call.func)].axis != axis or told.takes == told.gives:
        return
    text = taken.text if taken is not None and function_at(taken) is function_at(given) else str(want)
    yield Candidate(f"{given.text} -> {text}", (Change(given, text),), (), _COST, unless_read=_EITHER)


def _givers(evidence: Evidence, size: int) -> Iterator[Told]:
    for source in user_sources(evidence):
        for told in layers_told(evidence, source):
            if told.gives == size and last_name(told.call.func) in GIVEN:
                yield told
