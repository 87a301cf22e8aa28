"""A pattern of einops whose axes stand in another order than those of the tensor, or lack one; or heads left apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import call_of, expression, piece
from shapecheck.reading.failing import failed, number, operand, says, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name
from shapecheck.remedies.moves import put_behind

# One axis of a tensor, or several that lie in it: ``("n", "p")``.
_Axis = tuple[str, ...]
_COST, _JOINED = 0.1, 0.03
_SEVERAL = "more than two of its axes can be exchanged so that it goes with the tensor"
_LACKS = 0.2
_OF_ONE = "with an axis of one it runs; what is missing may be an axis of its own size"
_CALLS = ("rearrange", "reduce", "repeat")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``"b (n p) c -> b n (c p)"`` for ``"b c (n p) -> b n (c p)"``, and ``"... -> b n (h d)"`` in front of a layer."""
    operation = failed(evidence, *_CALLS)
    if operation is not None and operation.name.startswith("einops") and says(evidence, r"can't divide axis|mismatch"):
        return list(_exchanged(operation))
    if operation is not None and operation.name.startswith("einops") and says(evidence, r"Received \d+-dim tensor"):
        return list(_with_axis_of_one(evidence, operation))
    return list(_joined(evidence))


def _with_axis_of_one(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """``token.unsqueeze(0)`` for ``"1 1 d -> b 1 d"`` where all other axes of the pattern are there."""
    pattern, given = operand(operation, "pattern"), next(iter(tensors(operation)), None)
    if pattern is None or given is None:
        return
    found = re.findall(r"\([^()]*\)|\S+", pattern.value.text.partition("->")[0])
    axes = [tuple(each.strip("()").split()) for each in found]
    told = {each.keyword: int(each.value.text) for each in operation.arguments if each.value.text.isdecimal()}
    told |= {letter: int(letter) for axis in axes for letter in axis if letter.isdecimal()}
    if "..." in found or len(axes) != len(sizes_of(given)) + 1:
        return
    places = [
        at
        for at, axis in enumerate(axes)
        if len(axis) == 1
        and told.get(axis[0], 1) == 1
        and _goes_with((*axes[:at], *axes[at + 1 :]), sizes_of(given), told)
    ]
    # An axis that is called 1 is meant to be one.
    written = [at for at in places if axes[at] == ("1",)]
    for at in (written or places)[:1]:
        steps = [Step("unsqueeze", given.role, (at,))]
        for each in put_behind(evidence, given, f".unsqueeze({at})", steps, cost=_LACKS):
            yield each if written else each.doubted(_OF_ONE)


def _exchanged(operation: Operation) -> Iterator[Candidate]:
    """The left side with two axes exchanged, where only then the letters that are told divide what they must."""
    pattern, given = operand(operation, "pattern"), next(iter(tensors(operation)), None)
    if pattern is None or pattern.span is None or given is None or not _is_text(pattern.span):
        return
    left, arrow, right = pattern.value.text.partition("->")
    axes, sizes = _axes_of(left), sizes_of(given)
    told = {each.keyword: int(each.value.text) for each in operation.arguments if each.value.text.isdecimal()}
    ways = []
    for one, other in combinations(range(len(axes)), 2):
        order = list(axes)
        order[one], order[other] = order[other], order[one]
        # The samples stay in front.
        if one and _goes_with(tuple(order), sizes, told):
            ways.append(tuple(order))
    for way in ways:
        text = f"{_written(way)} {arrow}{right}"
        change = _text_changed(pattern.span, left + arrow + right, text)
        if change is not None and len(set(way)) == len(way):
            yield Candidate(text, (change,), (), _COST, unless_read=_SEVERAL if len(ways) > 1 else "")


def _joined(evidence: Evidence) -> Iterator[Candidate]:
    """The last axes of what a pattern gave in one, where a layer reads all that they hold."""
    operation = failed(evidence, "Linear", "LayerNorm")
    item = operand(operation, "input")
    sizes, want = sizes_of(item), number(operation, "in_features")
    if item is None or len(sizes) < 3 or not want:
        return
    many = next((count for count in range(2, len(sizes)) if prod(sizes[-count:]) == want), 0)
    for span in spans_of(evidence, item.span) if many else ():
        call = call_of(span)
        text = call.args[1] if call is not None and last_name(call.func) == "rearrange" and len(call.args) > 1 else None
        if text is None or not isinstance(text, ast.Constant) or not isinstance(text.value, str):
            continue
        left, arrow, right = text.value.partition("->")
        axes = _axes_of(right)
        if len(axes) != len(sizes) or any(len(axis) > 1 for axis in axes[-many:]):
            return
        together: tuple[_Axis, ...] = (*axes[:-many], tuple(axis[0] for axis in axes[-many:]))
        new = f"{left}{arrow} {_written(together)}"
        change = _text_changed(piece(span, text), text.value, new)
        if change is not None:
            yield Candidate(new, (change,), (), _JOINED)
        return


def _is_text(span: Span) -> bool:
    node = expression(span.text)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _text_changed(span: Span, old: str, new: str) -> Change | None:
    """Another text between the same quotes."""
    return Change(span, span.text.replace(old, new)) if span.text.count(old) == 1 else None


def _axes_of(side: str) -> tuple[_Axis, ...]:
    """The axes of one side of a pattern, and the letters of each; none where it leaves some open, or has no letters.

    >>> _axes_of("b c (n p)"), _axes_of("b ... c"), _axes_of("b 1")
    ((('b',), ('c',), ('n', 'p')), (), ())
    """
    found = re.findall(r"\(([^()]*)\)|(\S+)", side)
    axes = tuple(tuple(inside.split()) if not alone else (alone,) for inside, alone in found)
    is_plain = all(letter.isidentifier() for axis in axes for letter in axis) and all(axes)
    return axes if is_plain else ()


def _written(axes: tuple[_Axis, ...]) -> str:
    """Axes as a side of a pattern.

    >>> _written((("b",), ("n", "p")))
    'b (n p)'
    """
    return " ".join(axis[0] if len(axis) == 1 else f"({' '.join(axis)})" for axis in axes)


def _goes_with(axes: tuple[_Axis, ...], sizes: tuple[int, ...], told: Mapping[str, int]) -> bool:
    """Whether a tensor of such sizes can be taken apart so, where some letters are told.

    >>> _goes_with((("b",), ("n", "p")), (4, 24), {"p": 8}), _goes_with((("b",), ("n", "p")), (4, 20), {"p": 8})
    (True, False)
    """
    if len(axes) != len(sizes):
        return False
    for axis, size in zip(axes, sizes, strict=True):
        known, open_ = prod(told[each] for each in axis if each in told), sum(each not in told for each in axis)
        if known < 1 or open_ > 1 or (size % known if open_ else size != known):
            return False
    return True
