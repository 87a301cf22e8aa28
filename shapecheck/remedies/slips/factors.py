"""A factor that was left out of a number on the way to an operand that is too short by it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.written_behind import Written, slips_behind


def candidates(evidence: Evidence) -> list[Candidate]:
    """``height * width`` for ``width``, where one operand has so many times as many items as another one."""
    ratios = _ratios(evidence)
    return slips_behind(evidence, lambda written: _with_factor(written, ratios)) if ratios else []


def _ratios(evidence: Evidence) -> set[int]:
    """How many times as long as an axis of one operand an axis of another one is."""
    sizes = {size for item in tensors(failed(evidence)) for size in sizes_of(item) if size > 1}
    return {more // less for more in sizes for less in sizes if more > less and not more % less}


def _with_factor(written: Written, ratios: set[int]) -> Iterator[tuple[Change, ...]]:
    node = written.node
    given = [*node.args, *(each.value for each in node.keywords)] if isinstance(node, ast.Call) else []
    factors = [name for name, number in written.numbers.items() if number in ratios]
    for each in given:
        text = ast.unparse(each)
        for name in factors if isinstance(each, ast.Name | ast.Attribute) and text in written.numbers else ():
            if name != text:
                yield (Change(written.place(each), f"{name} * {text}"),)
