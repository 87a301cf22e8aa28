"""A container that takes its layers one by one is given a list of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.edits import place_before
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, home_around, last_name, walk


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence) if says(evidence, r"(list|tuple|generator|<genexpr>) is not a Module") else None
    ways = (*_spread(*line), *_put_one_by_one(*line)) if line is not None else ()
    because = "nn.Sequential takes layers one behind the other, and was given one list"
    return Recognition(because, weight=8, candidates=ways) if ways else None


def _spread(source: Source, nodes: list[ast.AST]) -> Iterator[Candidate]:
    """``nn.Sequential(*layers)`` for ``nn.Sequential(layers)``."""
    for each in nodes:
        if not isinstance(each, ast.Call) or last_name(each.func) != "Sequential":
            continue
        if len(each.args) == 1 and not isinstance(each.args[0], ast.Starred):
            span = source.span(each.args[0])
            change = Change(place_before(span), "*")
            # Without brackets of its own a generator begins with those of the call.
            if (each.args[0].lineno, each.args[0].col_offset) == (each.func.end_lineno, each.func.end_col_offset):
                change = Change(span, f"(*{span.text})")
            yield Candidate(f"*{span.text}", (change,), (), 0.0)


def _put_one_by_one(source: Source, nodes: list[ast.AST]) -> Iterator[Candidate]:
    """``layers.extend([a, b])`` for ``layers.append([a, b])``, of a list that the line spreads."""
    spread = {
        ast.unparse(name)
        for each in nodes
        if isinstance(each, ast.Starred)
        for name in walk(each.value)
        if isinstance(name, ast.Name)
    }
    rows = [
        each
        for each in source.calls("append")
        if isinstance(each.func, ast.Attribute)
        and ast.unparse(each.func.value) in spread
        and len(each.args) == 1
        and isinstance(each.args[0], ast.List | ast.Tuple)
        and home_around(each) is home_around(nodes[0])
    ]
    if rows:
        changes = tuple(_extended(source, each) for each in rows)
        yield Candidate(changes[0].text, changes, (), 0.0)


def _extended(source: Source, call: ast.Call) -> Change:
    whole = source.span(call.func)
    return Change(whole, f"{whole.text.removesuffix('append')}extend")


BAD = """\
import torch
from torch import nn

layers = [nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)]
print(nn.Sequential(layers)(torch.randn(3, 4)).shape)
"""

GOOD = BAD.replace("Sequential(layers)", "Sequential(*layers)")

FAULT = Fault(
    code="SC907",
    slug="layers_handed_as_list",
    headline="nn.Sequential was given a list in place of layers",
    why="nn.Sequential(a, b, c) takes each layer as an argument of its own. A list is one argument, and no layer.",
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="nn.Sequential(*layers) spreads a list; nn.ModuleList(layers) takes it whole.",
    messages=(r"(list|tuple|generator|<genexpr>) is not a Module subclass",),
)
