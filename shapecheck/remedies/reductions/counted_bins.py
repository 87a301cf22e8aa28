"""Counts of classes of which the last ones did not occur, so that there are fewer numbers than classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import bracketed, expression, piece, with_keyword
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind

_SAID = (r"tensor a \((\d+)\).*tensor b \((\d+)\)", r"shapes \((\d+),\) \((\d+),\)")
_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``bincount(x, minlength=n * n)`` in front of ``reshape(n, n)``, or beside what holds as many numbers."""
    viewed, added = failed(evidence, "reshape", "view"), failed(evidence, *ELEMENTWISE)
    if viewed is not None and viewed.arguments and viewed.arguments[0].span is not None:
        written = asked_sizes(viewed)
        is_known = bool(written) and all((number_of(each) or 0) > 0 for each in written)
        text = " * ".join(bracketed(each.expression) for each in written)
        return list(_counted(evidence, viewed.arguments[0].span, text)) if is_known else []
    found: list[Candidate] = []
    for item in added.arguments if added is not None else ():
        others = [each for each in tensors(added) if each is not item] if added is not None else []
        wide = next((each for each in others if len(sizes_of(each)) == 1), None)
        if item.span is None or wide is None or wide.span is None or len(sizes_of(item)) > 1:
            continue
        if _is_shorter(evidence, item, sizes_of(wide)[0]) and re.fullmatch(r"[\w.]+", wide.expression):
            # What is counted itself may have as few.
            is_counted = any(True for _ in _bincounts(evidence, wide.span))
            found += _counted(evidence, item.span, f"len({wide.expression})") if not is_counted else []
    return found


def _is_shorter(evidence: Evidence, item: Argument, size: int) -> bool:
    """Whether a vector has fewer numbers than that; of what a call gives only the exception tells."""
    if sizes_of(item):
        return sizes_of(item)[0] < size
    said = says(evidence, *_SAID)
    sizes = {int(each) for each in said.groups()} if said is not None else set()
    return len(sizes) == 2 and max(sizes) == size


def _counted(evidence: Evidence, place: Span, text: str) -> Iterator[Candidate]:
    for call in _bincounts(evidence, place):
        change = with_keyword(call, "minlength", text)
        if change is not None:
            yield Candidate(f"minlength={text}", (change,), (), _COST)


def _bincounts(evidence: Evidence, place: Span) -> Iterator[Span]:
    """The calls of bincount that an expression is made by, which are not told how many numbers there are at least."""
    for span in spans_behind(evidence, place, only_whole=True):
        node = expression(span.text)
        while isinstance(node, ast.Call):
            if last_name(node.func) == "bincount" and not any(each.arg == "minlength" for each in node.keywords):
                yield piece(span, node)
                return
            node = node.func.value if isinstance(node.func, ast.Attribute) else None
        if span == place and not isinstance(node, ast.Name | ast.Attribute | None):
            return
