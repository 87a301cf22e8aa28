"""A state with all its layers that is handed to a function, where only the last one was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import user_sources


def used_states(evidence: Evidence, items: Sequence[Argument], *, along: int | None = None) -> Iterator[Candidate]:
    """A state with all its layers handed to a function, where only the last one was meant.

    The sizes along the axis along which the items are joined say nothing. Where no recurrent layer is made, there is
    no state, and an axis of a few is one of samples.
    """
    if not any(any(source.calls(*RECURRENT)) for source in user_sources(evidence)):
        return
    outer = [frame for frame in evidence.frames if frame.is_user]
    for near, frame in enumerate(reversed(outer)):
        for name, held in frame.names.items():
            record = held.record
            if record is None or held.kind != "tensor" or len(record.shape) != 3 or not 2 <= record.shape[0] <= 8:
                continue
            layers = record.shape[0]
            # Layers that still stand in front of what has grown were not merged with another axis.
            grown = any(
                size == layers * other and axis != along
                for item in items
                if sizes_of(item)[:1] != (layers,)
                for thing in items
                for axis, (size, other) in enumerate(zip(sizes_of(item), sizes_of(thing), strict=False))
            )
            if grown:
                yield from _argument(frame.span, name, "[-1:]", cost=0.2 + 0.02 * near)


def _argument(span: object, name: str, suffix: str, *, cost: float) -> Iterator[Candidate]:
    assert isinstance(span, Span)
    call = call_of(span)
    for part in [*call.args, *(each.value for each in call.keywords)] if call is not None else []:
        if isinstance(part, ast.Name | ast.Attribute) and ast.unparse(part) == name:
            found = piece(span, part)
            yield Candidate(f"{name}{suffix}", (Change(found, f"{name}{suffix}"),), (), cost)
