"""A mask that was given by the name of another: ``memory_mask=`` for what is as long each way as the targets."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.failing import attention_called, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at

CAUSE = "mask_does_not_fit"
_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``tgt_mask=mask`` for ``memory_mask=mask``, where it fits no place but that one, which is free."""
    operation = attention_called(evidence)
    for axis in (1, 0) if operation is not None else ():
        found = list(_meant(operation, axis)) if operation is not None else []
        if found:
            return found
    return []


def _meant(operation: Operation, axis: int) -> Iterator[Candidate]:
    """The place that the mask fits, where the steps lie along this axis."""
    wanted, mask = _wanted(operation, axis), operand(operation, "memory_mask")
    # Of the two that are square each may have been made by the length of the other.
    if mask is None or not mask.keyword or sizes_of(mask) == wanted.get("memory_mask"):
        return
    free = [other for other in wanted if operand(operation, other) is None]
    fitting = [other for other in free if wanted[other] == sizes_of(mask)]
    if len(fitting) == 1:
        yield from _renamed(mask, fitting[0])


def _wanted(operation: Operation, axis: int) -> dict[str, tuple[int, int]]:
    """Which sizes the masks of a layer have that reads two sequences."""
    source, target = sizes_of(operand(operation, "src", "memory")), sizes_of(operand(operation, "tgt"))
    if len(source) != 3 or len(target) != 3:
        return {}
    many, few = source[axis], target[axis]
    masks = {"tgt_mask": (few, few), "memory_mask": (few, many)}
    return {"src_mask": (many, many), **masks} if operand(operation, "src") is not None else masks


def _renamed(mask: Argument, name: str) -> Iterator[Candidate]:
    source, node = found_at(mask.span)
    keyword = getattr(node, "parent", None)
    if source is None or mask.span is None or not isinstance(keyword, ast.keyword):
        return
    at = mask.span
    begin = Span(at.file, keyword.lineno, keyword.col_offset, at.line, at.column, f"{mask.keyword}=")
    yield Candidate(f"{name}={at.text}", (Change(begin, f"{name}="),), (), _COST)
