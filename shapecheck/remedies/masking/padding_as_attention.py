"""A mask of paddings, (batch, keys), that attention was given as the mask of (queries, keys): its keyword."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import bracketed, call_of, expression, piece
from shapecheck.reading.failing import attention_called, operand
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind

CAUSE = "mask_does_not_fit"
# A mask of queries and keys -> the mask of paddings for the same keys, and what has these keys.
_PADDINGS = {
    "attn_mask": ("key_padding_mask", ("key",)),
    "src_mask": ("src_key_padding_mask", ("src",)),
    "mask": ("src_key_padding_mask", ("src",)),
    "tgt_mask": ("tgt_key_padding_mask", ("tgt",)),
    "memory_mask": ("memory_key_padding_mask", ("memory", "src")),
}
_COST = 0.04
_LATER = "a decoder that gets no other mask sees the positions that come after each of them"
_TRUE = "torch hides the keys where the mask is True, and which of them were meant is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The keyword for paddings in the place of the one, or of the position, that the mask was given by."""
    called = attention_called(evidence)
    return list(_by_keyword(evidence, called)) if called is not None else []


def _by_keyword(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    told = [*operation.config.items(), *(evidence.inner.config.items() if evidence.inner is not None else ())]
    steps = 1 if any(setting for name, setting in told if name.endswith("batch_first")) else 0
    if operation.span is None or (call := call_of(operation.span)) is None:
        return
    for role, (name, roles) in _PADDINGS.items():
        mask, keys = operand(operation, role), operand(operation, *roles)
        if mask is None or keys is None or mask.span is None or operand(operation, name) is not None:
            continue
        have, sizes = sizes_of(mask), sizes_of(keys)
        if len(sizes) != 3 or have != (sizes[1 - steps], sizes[steps]) or have[0] == have[1]:
            continue
        if dtype_of(mask) != "bool":
            continue
        text = mask.span.text
        is_padding = _is_padding(evidence, mask)
        is_padding = _has_whole_rows(mask, have[1]) if is_padding is None else is_padding
        text = f"~{bracketed(text)}" if is_padding is False else text
        doubt = _LATER if role == "tgt_mask" else _TRUE if is_padding is None else ""
        place = next((each for each in call.keywords if each.arg == role), None)
        if place is None and (not call.args or piece(operation.span, call.args[-1]) != mask.span):
            # What stands behind it would move up.
            continue
        span = piece(operation.span, place) if place is not None else mask.span
        yield Candidate(f"{name}={text}", (Change(span, f"{name}={text}"),), (), _COST, doubt)


def _has_whole_rows(mask: Argument, steps: int) -> bool | None:
    """Whether a mask is True where there is padding, by its rows: none of them is padding alone."""
    facts = mask.value.facts
    if facts.get("min") == facts.get("max") and "max" in facts:
        return facts["max"] == 0
    least, most = facts.get("row_sum_min"), facts.get("row_sum_max")
    has_empty, has_full = least == 0, most == steps
    return has_empty if has_empty is not has_full and least is not None else None


def _is_padding(evidence: Evidence, mask: Argument) -> bool | None:
    """Whether a mask is True where there is padding, by how it was made; None if that does not tell."""
    for span in [mask.span, *spans_behind(evidence, mask.span)] if mask.span is not None else ():
        node = expression(span.text)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert | ast.Not):
            return None
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            # What equals a number, of tokens or of a mask of ones and zeros, is what is filled up.
            other = ast.unparse(node.comparators[0])
            if not (other == "0" or re.search(r"pad", other, re.IGNORECASE)):
                return None
            return {ast.Eq: True, ast.NotEq: False, ast.Gt: False}.get(type(node.ops[0]))
        if isinstance(node, ast.Call) and last_name(node.func) in ("bool", "ones", "ones_like", "zeros", "rand"):
            return None
    return None
