"""One long row that is cut into so many parts of equal length, and leaves a rest: cut to what the parts hold."""

from __future__ import annotations

import ast
import re
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import bracketed, expression
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.name_words import SAMPLES
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import node_at, parents
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02
_OTHER_PARTS = "the row may hold as many numbers as it should, and be meant to be cut into other parts"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``data[: rows * length].view(rows, length)`` where ``length = len(data) // rows``."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input")
    if operation is None or item is None or item.span is None or len(sizes_of(item)) != 1:
        return []
    parts = [each for each in operation.arguments if each.role.startswith("shape[")]
    sizes = [int(each.value.text) for each in parts if re.fullmatch(r"-?\d+", each.value.text)]
    texts = [bracketed(each.span.text) for each in parts if each.span is not None]
    count, known = sizes_of(item)[0], prod(size for size in sizes if size > 0)
    if len(parts) < 2 or not len(parts) == len(sizes) == len(texts) or not 0 < known < count:
        return []
    if min(sizes) > 0:
        is_rounded = any(_is_rounded(evidence, each, item) for each in parts)
        end = " * ".join(texts) if is_rounded and count - known < max(sizes) else ""
        doubt = ""
    else:
        many = " * ".join(text for size, text in zip(sizes, texts, strict=True) if size > 0)
        end = f"len({item.span.text}) // {bracketed(many)} * {many}" if sizes.count(-1) == 1 else ""
        # In a loop it is this batch that may be a smaller one.
        is_stream = dtype_of(item).startswith(("int", "uint"))
        is_once = not any(isinstance(up, ast.For) for up in parents(node_at(item.span)))
        doubt = (
            ""
            if is_stream and is_once and not _was_flattened(evidence, item) and SAMPLES.search(many)
            else _OTHER_PARTS
        )
    if not end or not item.span.text.isidentifier():
        return []
    text = f"{item.span.text}[:{end}]"
    return [Candidate(text, (Change(item.span, text),), (), _COST, doubt)]


def _was_flattened(evidence: Evidence, item: Argument) -> bool:
    """Whether the row was made of a tensor of several axes, whose samples need not be as many as was assumed."""
    spans = spans_of(evidence, item.span)
    return any(re.search(r"\.(flatten\(\)|(view|reshape)\(-1\))", span.text) for span in spans)


def _is_rounded(evidence: Evidence, part: Argument, item: Argument) -> bool:
    """Whether a size is how often another one goes into all that there is, so that the rest was to be left out."""
    spans = spans_behind(evidence, part.span, only_whole=True)
    return any(_divides(span, item.expression) for span in spans)


def _divides(span: Span, name: str) -> bool:
    node = expression(span.text)
    counts = {f"len({name})", *(f"{name}{each}" for each in (".size(0)", ".shape[0]", ".numel()", ".nelement()"))}
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv) and ast.unparse(node.left) in counts
