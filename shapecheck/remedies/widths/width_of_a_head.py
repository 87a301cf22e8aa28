"""What was made as wide as all heads together, and meets one head: the width divided by the number of heads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import argument, expression
from shapecheck.reading.failing import failed, kind, maker, operand
from shapecheck.reading.layers.layer_arguments import READ_LAST
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sources import function_around, last_name, names_in, node_at, source_of
from shapecheck.reading.ways_back import spans_behind

_COST = 0.06
_MERGED = "the heads may have been meant to be put together again in front of the layer"
_PRODUCT = re.compile(r" @ |\b(matmul|bmm|einsum|scaled_dot_product_attention)\(")
_LAYERS = ("LayerNorm", "RMSNorm", "Linear")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``width // heads`` where the table or the layer for one head was given ``width``."""
    operation = failed(evidence, *_LAYERS)
    if operation is not None:
        item, origin = operand(operation, "input"), maker(evidence, operation)
        name = READ_LAST[kind(operation)]
        have = operation.config.get(name)
        have = have[0] if isinstance(have, tuple) and len(have) == 1 else have
        given = argument(origin.span, name, 0) if origin is not None else None
        if item is None or given is None or type(have) is not int or not _is_of_heads(item, have):
            return []
        doubt = _MERGED if name == "in_features" or _is_mixed(evidence, item) else ""
        return [replace(each, doubt=doubt) for each in _divided(evidence, item, given, have // sizes_of(item)[-1])]
    ways = both_ways(failed(evidence, *ELEMENTWISE))
    return [each for item, table in ways for each in _of_table(evidence, item, table)]


def _is_of_heads(item: Argument, width: int) -> bool:
    """Whether a tensor (batch, heads, steps, part), or with its heads third, has so many parts of a width as heads."""
    sizes = sizes_of(item)
    return len(sizes) == 4 and 1 < sizes[-1] < width and width % sizes[-1] == 0 and width // sizes[-1] in sizes[1:3]


def _is_mixed(evidence: Evidence, item: Argument) -> bool:
    """Whether a tensor is what attention gives, of which the heads are put together next."""
    behind = spans_behind(evidence, item.span)
    return any(_PRODUCT.search(each.text) for each in behind)


def _of_table(evidence: Evidence, item: Argument, table: Argument) -> Iterator[Candidate]:
    width = sizes_of(table)[-1] if len(sizes_of(table)) > 1 else 0
    if table.span is None or not _is_of_heads(item, width) or len(sizes_of(table)) > 4:
        return
    for span in spans_behind(evidence, table.span):
        if span.text.isidentifier() and _number(evidence, span) == width and _is_argument(span):
            yield from _divided(evidence, item, span, width // sizes_of(item)[-1])


def _divided(evidence: Evidence, item: Argument, given: Span, heads: int) -> Iterator[Candidate]:
    """The width by the number of heads, which the tensor was taken apart by."""
    if not given.text.replace(".", "").isidentifier():
        return
    names = list(names_of_size(evidence, given, heads))
    frames = [frame for frame in evidence.frames if frame.is_user and frame.span.file == given.file]
    if function_around(node_at(given)) is None and frames:
        behind = set[str]()
        for span in spans_behind(evidence, item.span):
            behind |= names_in(expression(span.text))
        held = frames[0].names.items()
        names = [name for name, value in held if value.text == str(heads) and name in behind]
    if len(names) == 1:
        text = f"{given.text} // {names[0]}"
        yield Candidate(text, (Change(given, text),), (), _COST)


def _number(evidence: Evidence, span: Span) -> int | None:
    held = [frame.names.get(span.text) for frame in evidence.frames if frame.is_user]
    texts = [value.text for value in held if value is not None] + [
        each.span.text for each in evidence.chains.get(span, ())
    ]
    return next((int(text) for text in texts if text.isdecimal()), None)


def _is_argument(span: Span) -> bool:
    """Whether it is what a class of the script is given."""
    source, up = source_of(span.file), getattr(node_at(span), "parent", None)
    classes = {each.name for each in source.classes} if source else set()
    return isinstance(up, ast.Call) and last_name(up.func) in classes
