"""The batches of a loader are taken otherwise than one after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, last_name

_OTHER_BATCH = "which of the batches is wanted, a loader cannot say"


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(
        evidence, r"'DataLoader' object is not (an iterator|subscriptable)", r"not enough values to unpack \(expected"
    )
    line = failed_line(evidence) if found is not None else None
    if found is None or line is None:
        return None
    is_of_loader = found[0].startswith("'DataLoader'")
    ways = tuple(_next(*line) if is_of_loader else _counted(*line))
    because = (
        "a loader is gone over, and next() wants what iter() begins"
        if is_of_loader
        else "enumerate() gives two things, the number and the batch; the parts of the batch stand in brackets"
    )
    return Recognition(because, weight=9, candidates=ways) if ways else None


def _next(source: Source, nodes: list[ast.AST]) -> Iterator[Candidate]:
    """``next(iter(loader))`` for ``next(loader)``, and for the first of ``loader[0]``."""
    for each in nodes:
        if isinstance(each, ast.Call) and last_name(each.func) == "next" and len(each.args) == 1:
            text = f"next(iter({source.span(each.args[0]).text}))"
            yield Candidate(text, (Change(source.span(each), text),), (), 0.0)
        elif isinstance(each, ast.Subscript) and isinstance(each.value, ast.Name | ast.Attribute):
            text = f"next(iter({source.span(each.value).text}))"
            doubt = "" if ast.unparse(each.slice) == "0" else _OTHER_BATCH
            yield Candidate(text, (Change(source.span(each), text),), (), 0.0, doubt)


def _counted(source: Source, nodes: list[ast.AST]) -> Iterator[Candidate]:
    """``for i, (x, y) in enumerate(loader)`` for ``for i, x, y in enumerate(loader)``."""
    for each in nodes:
        if not isinstance(each, ast.For) or not isinstance(each.target, ast.Tuple):
            continue
        names = [ast.unparse(one) for one in each.target.elts]
        if last_name(getattr(each.iter, "func", None)) == "enumerate" and len(names) > 2:
            span = source.span(each.target)
            text = f"{names[0]}, ({', '.join(names[1:])})"
            text = f"({text})" if span.text.startswith("(") else text
            yield Candidate(f"for {text}", (Change(span, text),), (), 0.0)


BAD = """\
import torch
from torch.utils.data import DataLoader, TensorDataset

loader = DataLoader(TensorDataset(torch.randn(8, 3), torch.zeros(8)), batch_size=4)
x, y = next(loader)
print(x.shape)
"""

GOOD = BAD.replace("next(loader)", "next(iter(loader))")

FAULT = Fault(
    code="SC910",
    slug="loader_taken_otherwise",
    headline="the batches of a loader are taken otherwise than one after the other",
    why=(
        "A DataLoader is gone over by a loop. It has no first item and no next one by itself: iter(loader) begins, and "
        "next() of that gives a batch. With enumerate each round gives a number and one batch, which is a pair itself."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="x, y = next(iter(loader)) for one batch; for i, (x, y) in enumerate(loader) for all.",
    messages=(
        r"'DataLoader' object is not (an iterator|subscriptable)",
        r"not enough values to unpack \(expected \d+, got 2\)",
    ),
)
