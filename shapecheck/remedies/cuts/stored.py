"""What is stored does not fit its place: turned, squeezed, put elsewhere, or the buffer made another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import index_parts, is_number, takes_all
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import axes_to_squeeze, sizes_of
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.written_sizes import sizes_reordered, sizes_replaced
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

_WHOLE_BUFFER = "it fills all of the buffer, which may be what lies the other way round"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of what is stored, of its place, and of the buffer."""
    operation = failed(evidence, "__setitem__")
    return list(_stored(evidence, operation)) if operation is not None else []


def _stored(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """What is stored does not fit its place: the buffer has its axes in another order, or is for another batch."""
    buffer, value = operand(operation, "self"), operand(operation, "value")
    said = stored(evidence)
    if value is not None and said is not None:
        yield from _squeezed_to(evidence, value, *said)
        yield from _turned_to(evidence, buffer, value, *said)
    if buffer is None or value is None or buffer.value.record is None:
        return
    # What only a call gives is known by what the exception says of it.
    given = value.value.record.shape if value.value.record is not None else said[1] if said is not None else None
    sizes = buffer.value.record.shape
    if given is None:
        return
    index = operand(operation, "index")
    parts = [part for part, _ in index_parts(index.span)] if index is not None and index.span is not None else []
    is_row = len(parts) == 1 and isinstance(parts[0], ast.Name) and index is not None and index.value.kind == "number"
    if len(sizes) >= 2 and sizes[0] != sizes[1] and (not is_row or _goes_into(given, (sizes[0], *sizes[2:]))):
        order = (1, 0, *range(2, len(sizes)))
        if _could_hold(evidence, parts, (sizes[1], sizes[0], *sizes[2:]), given):
            yield from sizes_reordered(evidence, buffer, order, [], cost=0.2)
    if index is not None and index.span is not None and len(parts) == 2:
        first, second = parts
        if isinstance(first, ast.Slice) and isinstance(second, ast.Name):
            yield Candidate(f"[{second.id}]", (Change(index.span, second.id),), (), 0.3)
    elif (
        index is not None
        and index.span is not None
        and len(parts) == 1
        and isinstance(parts[0], ast.Name)
        and _goes_into(given, (sizes[0], *sizes[2:]))
    ):
        yield Candidate(f"[:, {parts[0].id}]", (Change(index.span, f":, {parts[0].id}"),), (), 0.3)
    # What is stored in a part of the buffer must fit that part.
    place = said[0] if said is not None and len(said[0]) == len(sizes) else sizes
    wrong = [at for at, size in enumerate(place) if size not in given and not (is_row and at == 0)]
    for at in wrong:
        for size in given:
            if size not in place:
                for each in sizes_replaced(evidence, buffer, {at: str(size)}, [], cost=0.4):
                    # What is stored may as well be wrong, where the buffer was told a size by its name.
                    is_over = any(not is_number(change.span.text) for change in each.changes)
                    yield replace(each, doubt=WRITTEN_OVER) if is_over else each
    if value.span is not None and 1 in given:
        axis = given.index(1)
        yield from put_behind(evidence, value, f".squeeze({axis})", [], cost=0.35)


def _could_hold(evidence: Evidence, parts: list[ast.expr], sizes: tuple[int, ...], given: tuple[int, ...]) -> bool:
    """Whether the parts of an index leave room for something in a buffer of these sizes; so where they do not tell."""
    counts = {name for name, value in evidence.held.items() if value.kind == "number"}
    if not all(isinstance(each, ast.Slice | ast.Constant) or ast.unparse(each) in counts for each in parts):
        return True
    left = [(size, takes_all(each)) for each, size in zip(parts, sizes, strict=False) if isinstance(each, ast.Slice)]
    left += [(size, True) for size in sizes[len(parts) :]]
    pairs = zip(reversed(left), reversed(given), strict=False)
    return all(have in (1, size) or (not is_all and have <= size) for (size, is_all), have in pairs)


def _goes_into(given: tuple[int, ...], place: tuple[int, ...]) -> bool:
    """Whether a tensor could be stored in a place of this shape."""
    pairs = zip(reversed(given), reversed(place), strict=False)
    more = given[: max(len(given) - len(place), 0)]
    return set(more) <= {1} and all(have in (1, want) for have, want in pairs)


def _squeezed_to(
    evidence: Evidence, value: Argument, place: tuple[int, ...], given: tuple[int, ...]
) -> Iterator[Candidate]:
    """Without the one axis of size 1 that the place does not have."""
    for axis in axes_to_squeeze(given, place)[:1]:
        steps = [Step("squeeze", value.role, (axis,))] if value.value.record is not None else []
        yield from put_behind(evidence, value, f".squeeze({axis})", steps, cost=0.1)


def _turned_to(
    evidence: Evidence, buffer: Argument | None, value: Argument, place: tuple[int, ...], given: tuple[int, ...]
) -> Iterator[Candidate]:
    """With the two axes exchanged that lie the other way round in the place; a whole buffer may be what lies wrong."""
    apart = [axis for axis, (left, right) in enumerate(zip(place, given, strict=False)) if left != right]
    if len(place) != len(given) or len(apart) != 2 or sorted(place) != sorted(given):
        return
    text = ".t()" if len(given) == 2 else f".transpose({apart[0]}, {apart[1]})"
    steps = [Step("transpose", value.role, tuple(apart))] if value.value.record is not None else []
    doubt = _WHOLE_BUFFER if buffer is None or sizes_of(buffer) == place else ""
    for each in put_behind(evidence, value, text, steps, cost=0.1):
        yield replace(each, doubt=doubt)
