"""One number asked of those of all samples, in a loop that goes from sample to sample: that of the round at hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Frame
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, names_in, node_at, parents

_COST = 0.05
_ONE_NUMBER = (r"cannot be converted to Scalar", r"only one element tensors can be converted")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``int(counts[i, 0].item())`` for ``int(counts[:, 0].item())`` where ``i`` counts the samples."""
    operation, frame = failed(evidence), evidence.user_frame
    if operation is None or frame is None or not says(evidence, *_ONE_NUMBER):
        return []
    item = operand(operation, "self", "input", "value", "x") or next(iter(operation.arguments), None)
    if item is None or item.span is None or len(sizes_of(item)) != 1:
        return []
    counters = list(dict.fromkeys(_counters(frame, node_at(item.span), sizes_of(item)[0])))
    return [_of_round(item, counters[0])] if len(counters) == 1 else []


def _of_round(item: Argument, counter: str) -> Candidate:
    assert item.span is not None
    node = node_at(item.span)
    index = node.slice if isinstance(node, ast.Subscript) else None
    first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
    if isinstance(first, ast.Slice) and first.lower is None and first.upper is None and first.step is None:
        text = item.span.text.replace(":", counter, 1)
    else:
        text = f"{bracketed(item.span.text)}[{counter}]"
    return Candidate(text, (Change(item.span, text),), (), _COST)


def _counters(frame: Frame, node: ast.expr | None, count: int) -> Iterator[str]:
    """The names that count what is as long as the samples, in loops around an expression that does not read them."""
    read = names_in(node)
    for loop in parents(node):
        if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call) or len(loop.iter.args) != 1:
            continue
        kind, given = last_name(loop.iter.func), loop.iter.args[0]
        target = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
        is_counted = any(_is_so_long(frame, name, count) for name in names_in(given))
        if kind in ("range", "enumerate") and isinstance(target, ast.Name) and target.id not in read and is_counted:
            yield target.id


def _is_so_long(frame: Frame, name: str, count: int) -> bool:
    held = frame.names.get(name)
    if held is None:
        return False
    sizes = sizes_of(held)
    return sizes[:1] == (count,) or held.text == str(count) or held.facts.get("len") == count
