"""Rows of a batch are looked up in a table where the numbers of one row are meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Value
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, is_named, loops_of, walk

_SEVERAL = "of several rows it is not said which one is meant"


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence) if says(evidence, r"unhashable type: 'list'") is not None else None
    loops = [loop for node in line[1] for loop in loops_of(node)] if line is not None else []
    for loop in loops:
        call = loop.iter
        if line is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        given, sizes = call.func.value, sizes_of(_held(evidence, call.func.value))
        if call.func.attr == "tolist" and len(sizes) == 2 and _is_looked_up(line[1], loop):
            text = line[0].span(given).text
            because = f"{text}.tolist() is a list of {sizes[0]} rows, and each of them a list"
            return Recognition(because, weight=9, candidates=tuple(_one_row(line[0], given, sizes[0])))
    return None


def _held(evidence: Evidence, node: ast.expr) -> Value | None:
    """What a name was, in the line that failed or in the one around a comprehension."""
    text = ast.unparse(node)
    return next((frame.names[text] for frame in reversed(evidence.user_frames[-2:]) if text in frame.names), None)


def _is_looked_up(nodes: list[ast.AST], loop: ast.For | ast.comprehension) -> bool:
    """Whether what the loop gives is a key: ``table[each]``."""
    name = ast.unparse(loop.target)
    inside = (each for node in nodes for each in walk(node) if isinstance(each, ast.Subscript))
    return any(is_named(each.slice, name) for each in inside)


def _one_row(source: Source, given: ast.expr, rows: int) -> Iterator[Candidate]:
    span = source.span(given)
    doubt = "" if rows == 1 else _SEVERAL
    yield Candidate(f"{span.text}[0]", (Change(span, f"{span.text}[0]"),), (), 0.0, doubt)


BAD = """\
import torch

letters = {0: "a", 1: "b", 2: "c"}
drawn = torch.tensor([[2, 0, 1]])
print("".join(letters[i] for i in drawn.tolist()))
"""

GOOD = BAD.replace("drawn.tolist()", "drawn[0].tolist()")

FAULT = Fault(
    code="SC943",
    slug="rows_as_keys",
    headline="the rows of a batch are looked up, and not the numbers of one row",
    why=(
        "tolist() of a tensor with two axes gives a list of lists, also where there is one row only. A list is no key "
        "of a table: take the row first."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="ids[0].tolist() for the only sample of a batch.",
    messages=(r"unhashable type: 'list'",),
)
