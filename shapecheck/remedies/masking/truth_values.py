"""Masks of numbers where truth values are wanted, and truth values where numbers are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import expression, piece, replaced, suffixed
from shapecheck.reading.failing import failed, kind, operand, says, tensors
from shapecheck.reading.mismatches import dtype_of
from shapecheck.reading.where_made import made
from shapecheck.remedies.moves import put_behind

_MANY = "it holds other numbers than 0 and 1, all of which but 0 are true then"
_KEPT = "whether it marks what is to be filled, or what is to be kept, is not said"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``.bool()`` for a mask of numbers, ``.float()`` or ``~`` for a mask that is subtracted."""
    operation = failed(evidence)
    if operation is None:
        return []
    return [*_numbers(evidence, operation), *_flags(evidence, operation)]


def _numbers(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    if says(evidence, r"boolean mask|boolean tensor|BoolTensor"):
        mask = operand(operation, "mask", "condition") or next(iter(tensors(operation)[1:2]), None)
        wrong = [mask] if mask is not None else []
    elif says(evidence, r"\"bitwise_\w+\" not implemented for|operator\.invert"):
        wrong = [item for item in tensors(operation) if dtype_of(item).startswith("float")]
    else:
        return
    if wrong and len({item.expression for item in wrong}) == 1:
        yield from _as_truth_values(evidence, operation, wrong[0])


def _as_truth_values(evidence: Evidence, operation: Operation, mask: Argument) -> Iterator[Candidate]:
    """What is not 0 is true; of a mask that fills it may as well mark what is to be kept."""
    facts, steps = mask.value.facts, [Step("to", mask.role, ("bool",))]
    doubt = "" if facts.get("min") == 0 and facts.get("max") in (0, 1) else _MANY
    is_filled = kind(operation).startswith("masked_fill")
    texts = [span.text for span in (mask.span, *(each.span for each in made(evidence, mask))) if span is not None]
    if is_filled and not any("triu(" in text for text in texts):
        doubt = _KEPT
        if mask.span is not None:
            change = replaced(mask.span, f"{mask.span.text} == 0")
            cost = 0.05 if any("tril(" in text for text in texts) else 0.15
            yield Candidate(change.text, (change,), (), cost, doubt)
    for candidate in put_behind(evidence, mask, ".bool()", steps, cost=0.1):
        yield replace(candidate, doubt=doubt)


def _flags(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Both operands must be numbers; of ``1 - mask`` the rest of the mask may be meant as well."""
    if not says(evidence, r"-` operator, (with|on) .*bool tensor"):
        return
    flags = [item for item in tensors(operation) if dtype_of(item) == "bool"]
    flags = [item for item in flags if item.span is not None]
    steps = tuple(Step("to", item.role, ("float32",)) for item in flags)
    changes = tuple(suffixed(item.span, ".float()") for item in flags if item.span is not None)
    if changes:
        yield Candidate(", ".join(change.text for change in changes), changes, steps, 0.1)
    yield from chain.from_iterable(_rest(operation, item) for item in flags)


def _rest(operation: Operation, mask: Argument) -> Iterator[Candidate]:
    tree = expression(operation.span.text) if operation.span is not None else None
    if isinstance(tree, ast.BinOp) and isinstance(tree.left, ast.Constant) and tree.left.value == 1:
        assert operation.span is not None
        whole = piece(operation.span, tree)
        change = replaced(whole, f"~{mask.expression}")
        yield Candidate(change.text, (change,), (), 0.3)
