"""A slice in which something is stored that is longer or shorter: its end, its step, or the size of the buffer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import index_parts, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import home_around, last_name, node_at, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import made_or_written

CAUSE = "stored_in_other_shape"
_COST = 0.02
_AT_THE_END = "what is shorter than its place may be meant to stand at the end of it"
_LONGER = "what is stored may be meant to be cut to what the buffer was made for"


@dataclass(frozen=True)
class _Store:
    """A slice, where it stands, and how many places it has of those that are stored."""

    at: int
    part: ast.Slice
    span: Span
    place: int
    given: int

    @property
    def begin(self) -> int | None:
        return 0 if self.part.lower is None else whole_number(self.part.lower)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``rows[i, 1 : 1 + len(row)] = row``, where the slice had another length than the row."""
    operation = failed(evidence, "__setitem__")
    buffer, index, value = (operand(operation, role) for role in ("self", "index", "value"))
    if buffer is None or index is None or index.span is None or value is None:
        return []
    store = _store(evidence, index.span)
    if store is None:
        return []
    return [
        *_stepped_beside(index.span, store),
        *_as_long(value, store),
        *_longer_buffer(evidence, buffer, store),
    ]


def _store(evidence: Evidence, index: Span) -> _Store | None:
    """The one slice of an index whose axis has another size than what is stored there."""
    said, parts = stored(evidence), index_parts(index)
    if said is None or not all(isinstance(part, ast.Slice | ast.Constant | ast.Name) for part, _ in parts):
        return None
    place, given = said
    slices = [(at, part, span) for at, (part, span) in enumerate(parts) if isinstance(part, ast.Slice)]
    pairs = list(zip(reversed(range(len(place))), reversed(place), reversed(given), strict=False))
    wrong = [each for each in pairs if each[1] != each[2] and each[2] != 1]
    if len(given) > len(place) or len(wrong) != 1 or wrong[0][0] >= len(slices):
        return None
    axis, have, want = wrong[0]
    return _Store(*slices[axis], have, want)


def _stepped_beside(index: Span, store: _Store) -> Iterator[Candidate]:
    """The step of another place of the same buffer: ``table[:, 1::2]`` beside ``table[:, 0::2]``."""
    node = node_at(index)
    whole = getattr(node, "parent", None)
    if store.part.step is not None or not isinstance(whole, ast.Subscript):
        return
    steps = set()
    for each in walk(home_around(node)):
        is_beside = isinstance(each, ast.Subscript) and each is not whole and isinstance(each.ctx, ast.Store)
        if is_beside and isinstance(each, ast.Subscript) and ast.unparse(each.value) == ast.unparse(whole.value):
            parts = each.slice.elts if isinstance(each.slice, ast.Tuple) else [each.slice]
            part = parts[store.at] if store.at < len(parts) else None
            steps |= {whole_number(part.step)} if isinstance(part, ast.Slice) and part.step is not None else set()
    step = steps.pop() if len(steps) == 1 else None
    if step is not None and step > 1 and -(-store.place // step) == store.given:
        text = f"{store.span.text}:{step}" if store.span.text.count(":") == 1 else f"{store.span.text}{step}"
        yield Candidate(f"[{text}]", (Change(store.span, text),), (), _COST)


def _as_long(value: Argument, store: _Store) -> Iterator[Candidate]:
    """The end counted from where the slice begins, by the length of the name that is stored."""
    if store.part.step is not None or not value.expression.isidentifier() or store.begin is None or store.begin < 0:
        return
    name, end = value.expression, store.part.upper
    text = f"len({name})" if len(sizes_of(value)) == 1 else ""
    if end is not None:
        asked = (f"len({name})", f"{name}.size(0)", f"{name}.shape[0]")
        text = ast.unparse(end) if ast.unparse(end) in asked else ""
    is_too_short = end is not None and store.begin > 0 and store.given - store.place == store.begin
    if text and (is_too_short or (end is None and store.given < store.place)):
        new = f"{store.begin} : {text} + {store.begin}" if store.begin else f":{text}"
        doubt = "" if store.begin else _AT_THE_END
        yield Candidate(f"[{new}]", (Change(store.span, new),), (), _COST, doubt)


def _longer_buffer(evidence: Evidence, buffer: Argument, store: _Store) -> Iterator[Candidate]:
    """As many places more as the slice leaves free in front, where the buffer was made for what is stored alone."""
    begin = store.begin or 0
    if begin <= 0 or store.part.upper is None or store.place >= store.given:
        return
    for origin in made_or_written(evidence, buffer):
        sizes = written_sizes(origin.span, evidence) or []
        size = sizes[store.at] if store.at < len(sizes) else None
        held = sizes_of(buffer)[store.at]
        if size is None or size.text.isdecimal() or not store.given <= held < store.given + begin:
            continue
        calls = (each for span in spans_behind(evidence, size) for each in walk(node_at(span)))
        is_reckoned = any(isinstance(each, ast.Call) and last_name(each.func) == "max" for each in calls)
        text = f"{size.text} + {begin}"
        yield Candidate(text, (Change(size, text),), (), _COST, "" if is_reckoned else _LONGER)
        return
