"""A table of positions that a sequence outgrows to which a loop joins one token after the other: its last part."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.assignments import own_names
from shapecheck.reading.edits import is_number, whole_number
from shapecheck.reading.layers.outgrown_tables import outgrown_table
from shapecheck.reading.layers.positions_outgrown import is_counted
from shapecheck.reading.sizes.numbers_behind import numbers_behind
from shapecheck.reading.sources import (
    Loop,
    Source,
    class_around,
    function_at,
    last_name,
    names_in,
    node_at,
    parents,
    source_of,
    walk,
)

CAUSE = "table_too_short"
_UNLEARNED = "the sequence may be meant to end before, for no training step has seen the positions behind"
_JOINS = ("cat", "concat", "hstack")
# One row more lets one token more be joined, and no other.
_COST, _CUT = 0.09, 0.05
_COUNTED = "the loop counts the steps, and what it reads by their numbers would be another one"


def candidates(evidence: Evidence) -> list[Candidate]:
    """As much of the sequence as the table has positions; or room for it in the number that the table is made with."""
    table = outgrown_table(evidence, "Embedding")
    if table is None or not is_counted(evidence, table.tokens) or not _grows(evidence):
        return []
    room = 1 << (table.need - 1).bit_length()
    larger = [
        Candidate(f"{place.text} -> {room}", (Change(place, str(room)),), (), _COST, _UNLEARNED)
        for place, size in numbers_behind(evidence, table.given, table.rows, room)
        if is_number(place.text) and size == room
    ]
    return [*_cut(evidence, table.operation.callee, table.given), *larger]


def _grows(evidence: Evidence) -> bool:
    """Whether what a frame hands on to the failing call is joined to in the loop that it stands in."""
    return next(_growing(evidence), None) is not None


def _growing(evidence: Evidence) -> Iterator[tuple[Frame, ast.expr, Loop, dict[str, ast.Call]]]:
    """The frames whose loop joins to what they hand on: what they call, the loop, and the joins of what is read."""
    for frame in evidence.frames:
        node = node_at(frame.span) if frame.is_user else None
        read = names_in(node)
        for up in parents(node):
            joined = dict(_joined(up)) if isinstance(up, Loop) else {}
            if node is not None and isinstance(up, Loop) and read & set(joined):
                yield frame, node, up, {name: call for name, call in joined.items() if name in read}


def _joined(loop: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """The names that a loop makes longer: ``ids = torch.cat([ids, token], dim=1)``."""
    for node in walk(loop):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last_name(node.value.func) in _JOINS:
            inside = names_in(*node.value.args)
            yield from ((part.id, node.value) for part in node.targets if _is_in(part, inside))


def _is_in(target: ast.expr, names: set[str]) -> TypeGuard[ast.Name]:
    return isinstance(target, ast.Name) and target.id in names


def _cut(evidence: Evidence, table: str, given: Span) -> Iterator[Candidate]:
    """``model(ids[:, -n:])``: what was said before the last ``n`` tokens is forgotten, as it was in training."""
    for frame, call, loop, joined in _growing(evidence):
        source = source_of(frame.span.file)
        if source is None or not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords or len(joined) != 1:
            continue
        (name, join), argued = next(iter(joined.items())), call.args[0]
        held = frame.names[name].record if name in frame.names else None
        rows = _rows(source, call, table, given)
        if not isinstance(argued, ast.Name) or argued.id != name or held is None or held.ndim > 2 or not rows:
            continue
        along = written_axis(join)
        axis = whole_number(along) if along is not None else 0
        if axis is None or not -held.ndim <= axis < held.ndim:
            continue
        text = f"{name}[{':, ' * (axis % held.ndim)}-{rows}:]"
        yield Candidate(text, (Change(source.span(argued), text),), (), _CUT, _COUNTED if _is_counted_by(loop) else "")


def _is_counted_by(loop: Loop) -> bool:
    """Whether the rounds of a loop read how many of them there were."""
    counted = names_in(loop.target) if isinstance(loop, ast.For) else set()
    reads = (each for line in loop.body for each in walk(line) if isinstance(each, ast.Name))
    return any(isinstance(each.ctx, ast.Load) and each.id in counted for each in reads)


def _rows(source: Source, call: ast.Call, table: str, given: Span) -> str:
    """How many positions there are, in words that mean the same where the model is called; nothing if none do."""
    home = function_at(given)
    bound = own_names(home) if home is not None else set()
    if given.text.isidentifier() and given.file == source.file and given.text not in bound:
        return given.text
    owner, base = class_around(call), ast.unparse(call.func)
    if not table.startswith("self.") or table.count(".") != 1 or "(" in base:
        return ""
    if base in ("self", "self.forward") and class_around(node_at(given)) is not owner:
        return ""
    model = "self" if base in ("self", "self.forward") else base
    return f"{model}.{table.removeprefix('self.')}.num_embeddings"
