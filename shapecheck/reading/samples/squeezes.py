"""Calls of squeeze that name no axis, which drop that of a batch of one as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, failed, kind, tensors
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, user_sources


def squeezes(evidence: Evidence) -> Iterator[tuple[Source, ast.Call, ast.expr]]:
    """The calls of squeeze that name no axis, as a method or as a function, and what each is of."""
    for source in user_sources(evidence):
        for call in source.calls("squeeze"):
            base = applied_to(call)
            if base is not None and not told_to(call) and not call.keywords:
                yield source, call, base


def squeezed_of_one(evidence: Evidence) -> tuple[Source, ast.Call, ast.expr] | None:
    """The squeeze() without an axis that an operand with too few axes was made by, where a batch holds one sample."""
    step = failed(evidence, *RECURRENT, *CELLS)
    if step is not None:
        return _squeezed_of_one_step(evidence, step)
    packed = failed(evidence, "pack_padded_sequence")
    if packed is not None:
        return _squeezed_of_one_length(evidence, packed)
    operation = failed(evidence, "expand", "bmm", "baddbmm", "gather", "einsum", *JOINS)
    if operation is None:
        return None
    given = tensors(operation)
    held = [value.record.shape for value in evidence.held.values() if value.record is not None]
    # What stands beside it has the batch of one; a tensor that stands alone can only be held against all that is there.
    beside = [sizes_of(each) for each in given] if len(given) > 1 else held
    if not any(len(sizes) > 1 and sizes[0] == 1 for sizes in beside):
        return None
    wanted = max((len(sizes_of(each)) for each in given), default=0)
    if operation.name.endswith("expand"):
        wanted = len(operation.arguments) - 1
    elif operation.name.endswith("bmm"):
        wanted = 3
    named = _letters_of(operation)
    found = list(squeezes(evidence))
    for at, item in enumerate(given):
        wanted = len(named[at]) if len(named) == len(given) else wanted
        if item.span is None or len(sizes_of(item)) >= wanted:
            continue
        spans = set(spans_of(evidence, item.span, through=True))
        for source, call, base in found:
            if source.span(call) in spans:
                return source, call, base
        if len(found) == 1:
            # It went through a list, or a function, and there is no other that could have dropped the axis.
            return found[0]
    return _squeezed_and_merged(evidence, given)


def _squeezed_and_merged(evidence: Evidence, given: Sequence[Argument]) -> tuple[Source, ast.Call, ast.expr] | None:
    """The same where as many axes are left, since others than were meant were merged behind the squeeze."""
    for item, other in ((item, other) for item in given for other in given if item is not other):
        have, want = sizes_of(item), sizes_of(other)
        if item.span is None or len(have) != len(want) or want[:1] != (1,) or have[0] == 1:
            continue
        spans = spans_of(evidence, item.span, through=True, parts=True)
        for source, call, base in squeezes(evidence):
            if any(span.holds(source.span(call)) for span in spans):
                return source, call, base
    return None


def _letters_of(operation: Operation) -> list[str]:
    """The letters that an equation of einsum has for each of its operands; none where it does not name all axes."""
    given = next(iter(operation.arguments), None)
    node = expression(given.expression) if given is not None and kind(operation) == "einsum" else None
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return [] if "." in text or not text else text.replace(" ", "").partition("->")[0].split(",")


def _squeezed_of_one_length(evidence: Evidence, operation: Operation) -> tuple[Source, ast.Call, ast.expr] | None:
    """The same of the lengths of sequences, where the only one has no axis left."""
    lengths, given = operation.argument("lengths"), operation.argument("input")
    if lengths is None or lengths.span is None or lengths.value.record is None or sizes_of(lengths) != ():
        return None
    if given is not None and given.value.record is not None and 1 not in sizes_of(given)[:2]:
        return None
    spans = spans_of(evidence, lengths.span, through=True)
    return next((each for each in squeezes(evidence) if any(s.holds(each[0].span(each[1])) for s in spans)), None)


def _squeezed_of_one_step(evidence: Evidence, operation: Operation) -> tuple[Source, ast.Call, ast.expr] | None:
    """The same where the input of a layer has lost the batch of one that its state has."""
    given, state = operation.argument("input"), next(filter(None, map(operation.argument, STATES)), None)
    if given is None or state is None or len(sizes_of(given)) != len(sizes_of(state)) - 1 or sizes_of(state)[-2] != 1:
        return None
    spans = [origin.span for origin in evidence.origins.get(given.expression, ())]
    made = [each for each in squeezes(evidence) if any(span.holds(each[0].span(each[1])) for span in spans)]
    return made[0] if len(made) == 1 else None
