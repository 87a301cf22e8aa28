"""Items of a list that have an axis more or less than what other lines put into it: mended where they are put."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import bracketed, call_of, piece, suffixed, whole_number, without_keyword
from shapecheck.reading.failing import Shape, failed, kind, operand, tensors
from shapecheck.reading.handed_on import is_read_elsewhere
from shapecheck.reading.joined.gathered import Part, parts_of
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at, source_of

OTHERS = "the others may be those that have an axis too many or too few"
_NAMES = ("cat", "concat", "concatenate", "stack")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis taken out or put in where the odd items are put into the list."""
    operation = failed(evidence, *_NAMES)
    listed = operation.argument("tensors") if operation is not None else None
    if operation is None or listed is None or listed.span is None:
        return []
    items = tensors(operation)
    count = int(listed.value.facts.get("len", 0))
    # Of a long list only the first are looked at; what every round of a loop puts in is told by them.
    are_first = all(item.role == f"tensors[{at}]" for at, item in enumerate(items))
    parts = parts_of(evidence, listed.span, count) if are_first and _is_a_list(listed.span) else ()
    parts = tuple(Part(part.span, tuple(at for at in part.places if at < len(items))) for part in parts)
    sides = _sides(parts, items)
    if sides is None:
        return []
    found = _mended(evidence, operation, items, *sides)
    # What is not looked at cannot be changed along in a trial.
    return [replace(each, trial=each.trial if len(items) == count else ()) for each in found]


def _is_a_list(span: Span) -> bool:
    """Whether the items do not stand in the call itself, where each can be seen."""
    source = source_of(span.file)
    return source is not None and not isinstance(source.node_at(span), ast.List | ast.Tuple)


def _sides(parts: Sequence[Part], items: Sequence[Argument]) -> tuple[list[Part], list[Part]] | None:
    """The expressions whose items have one axis less, and those whose items have one more."""
    counts = [{len(sizes_of(items[at])) for at in part.places} for part in parts]
    if not parts or any(len(each) != 1 for each in counts):
        return None
    fewer, more = (choose(min(each) for each in counts) for choose in (min, max))
    if more != fewer + 1 or any(each not in ({fewer}, {more}) for each in counts):
        return None
    low = [part for part, each in zip(parts, counts, strict=True) if each == {fewer}]
    return low, [part for part in parts if part not in low]


def _mended(
    evidence: Evidence, operation: Operation, items: Sequence[Argument], low: list[Part], high: list[Part]
) -> Iterator[Candidate]:
    one = [sizes_of(items[at]) for part in low for at in part.places]
    other = [sizes_of(items[at]) for part in high for at in part.places]
    is_stack = kind(operation) == "stack"
    given = operand(operation, "dim", "axis")
    axis = int(given.value.text) if given is not None and given.value.text.lstrip("-").isdecimal() else 0
    along = None if is_stack else axis % len(other[0])
    grown = [at for at in range(len(other[0])) if _fit([_put_in(each, at) for each in one] + other, along)]
    shrunk = [
        at
        for at in range(len(other[0]))
        if all(each[at] == 1 for each in other)
        and _fit([without_axis(each, at) for each in other] + one, None if is_stack else axis % max(len(one[0]), 1))
    ]
    if along in grown:
        # What is joined along an axis has that axis; but rows of samples are joined as they are.
        doubt = OTHERS if along == 0 and len(one) > len(other) else ""
        yield from _changed(evidence, items, low, along or 0, is_put_in=True, cost=0.05, doubt=doubt)
        return
    few_high, few_low = len(other) < len(one), len(one) < len(other)
    for at in shrunk[:1]:
        yield from _changed(evidence, items, high, at, is_put_in=False, cost=0.1, doubt="" if few_high else OTHERS)
    for at in grown[:1]:
        sure = few_low and not is_stack
        yield from _changed(
            evidence, items, low, at, is_put_in=True, cost=0.08 if sure else 0.2, doubt="" if sure else OTHERS
        )


def _fit(shapes: Sequence[Shape], along: int | None) -> bool:
    """Whether tensors of these shapes can be joined along an axis, or stacked."""
    first = shapes[0]
    return all(
        len(each) == len(first) and all(at == along or each[at] == size for at, size in enumerate(first))
        for each in shapes
    )


def _put_in(sizes: Shape, axis: int) -> Shape:
    return (*sizes[:axis], 1, *sizes[axis:])


def _changed(
    evidence: Evidence,
    items: Sequence[Argument],
    parts: Sequence[Part],
    axis: int,
    *,
    is_put_in: bool,
    cost: float,
    doubt: str,
) -> Iterator[Candidate]:
    """An axis put in or taken out where the odd items are put into the list, and where a single one of them is made."""
    action, suffix = ("unsqueeze", f".unsqueeze({axis})") if is_put_in else ("squeeze", f".squeeze({axis})")
    steps = tuple(Step(action, items[at].role, (axis,)) for part in parts for at in part.places)
    count = len(sizes_of(items[parts[0].places[0]]))
    changes = tuple(
        (None if is_put_in else _without(part.span, axis, count)) or suffixed(part.span, suffix) for part in parts
    )
    yield Candidate(changes[0].text or "without keepdim=True", changes, steps, cost, doubt)
    if len(parts) != 1:
        return
    for origin in trace(evidence, parts[0].span)[:1]:
        source, node = found_at(parts[0].span)
        is_shared = source is None or node is None or is_read_elsewhere(source, node)
        change = (None if is_put_in else _without(origin.span, axis, count)) or suffixed(origin.span, suffix)
        yield Candidate(
            change.text or "without keepdim=True", (change,), steps, cost + (0.3 if is_shared else -0.02), doubt
        )


def _without(span: Span, axis: int, count: int) -> Change | None:
    """The expression without what gave it an axis of one; None where something else did."""
    call = call_of(span)
    if call is None or not isinstance(call.func, ast.Attribute):
        return None
    name, base = call.func.attr, piece(span, call.func.value)
    places = [whole_number(each) for each in call.args]
    if name == "unsqueeze" and len(places) == 1 and places[0] is not None and places[0] % count == axis:
        return Change(span, base.text)
    if name in ("view", "reshape") and len(call.args) == count > 1 and places[axis] == 1:
        kept = ", ".join(piece(span, each).text for at, each in enumerate(call.args) if at != axis)
        return Change(span, f"{bracketed(base.text)}.{name}({kept})")
    return without_keyword(span, "keepdim")
