"""Numbers drawn in the shape of another tensor than the one that they meet: ``std * torch.randn_like(h)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, pair, sizes_of
from shapecheck.reading.sources import known_at, last_name, names_in, node_at
from shapecheck.remedies.moves import made_or_written

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The name that stands in the other operand and has its shape."""
    operands = pair(failed(evidence, *ELEMENTWISE))
    if operands is None:
        return []
    left, right = operands
    return [*_drawn(evidence, right, left), *_drawn(evidence, left, right)]


def _drawn(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    frame, wanted = evidence.user_frame, sizes_of(other)
    named = names_in(expression(other.span.text)) if other.span is not None else set()
    held = {name: value.record for name, value in frame.names.items()} if frame is not None else {}
    fitting = [name for name in sorted(named) if (record := held.get(name)) is not None and record.shape == wanted]
    for origin in made_or_written(evidence, item) if len(fitting) == 1 else ():
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or not last_name(node.func).endswith("_like") or not node.args:
            continue
        place, there = piece(origin.span, node.args[0]), node_at(origin.span)
        if there is None or (origin.span != item.span and fitting[0] not in known_at(there)):
            continue
        text = f"{last_name(node.func)}({fitting[0]})"
        yield Candidate(text, (Change(place, fitting[0]),), (Step("stand_in", item.role, wanted),), _COST)
        return
