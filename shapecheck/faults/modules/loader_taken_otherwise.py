"""The batches of a loader are taken otherwise than one after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, found_at, is_named, last_name, loop_around, names_in, walk

_OTHER_BATCH = "which of the batches is wanted, a loader cannot say"


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(
        evidence, r"'DataLoader' object is not (an iterator|subscriptable)", r"not enough values to unpack \(expected"
    )
    line = failed_line(evidence) if found is not None else None
    if found is None or line is None:
        return _numbered(evidence)
    is_of_loader = found[0].startswith("'DataLoader'")
    ways = tuple(_next(*line) if is_of_loader else _counted(*line))
    because = (
        "a loader is gone over, and next() wants what iter() begins"
        if is_of_loader
        else "enumerate() gives two things, the number and the batch; the parts of the batch stand in brackets"
    )
    return Recognition(because, weight=9, candidates=ways) if ways else None


def _numbered(evidence: Evidence) -> Recognition | None:
    """The number of a round, which enumerate() gives first, where the first part of a batch is wanted."""
    if not says(
        evidence, r"'int' object has no attribute", r"must be Tensor, not int", r"'list' object has no attribute"
    ):
        return None
    for frame in evidence.user_frames:
        source, node = found_at(frame.span)
        loop = loop_around(node)
        read = names_in(node)
        if (
            source is None
            or loop is None
            or not isinstance(loop.target, ast.Tuple)
            or not isinstance(loop.iter, ast.Call)
        ):
            continue
        names = [ast.unparse(each) for each in loop.target.elts]
        held = [frame.names.get(each) for each in names]
        is_counted = last_name(loop.iter.func) == "enumerate" and len(names) == 2
        kinds = [each.kind if each is not None else "" for each in held]
        if not is_counted or not {*names} & read or kinds[0] != "number" or kinds[1] not in ("list", "tuple"):
            continue
        parts = held[1].items if held[1] is not None else ()
        if not any(each.kind == "tensor" for each in parts) or _are_as_named(loop, *names):
            continue
        inner = loop.iter.args[0]
        is_first_read = any(isinstance(each, ast.Call) and names[0] in names_in(*each.args) for each in walk(node))
        if len(parts) == len(names) and is_first_read:
            text = source.span(inner).text
            way = Candidate(f"for {', '.join(names)} in {text}", (Change(source.span(loop.iter), text),), (), 0.0)
            because = "enumerate() gives the number of the round first, and then the whole batch"
            return Recognition(because, weight=9, candidates=(way,))
    return None


def _are_as_named(loop: ast.For, number: str, whole: str) -> bool:
    """Whether the loop reckons with the number, or takes the whole batch apart: both are what their names say."""
    for each in walk(loop):
        up = getattr(each, "parent", None)
        is_reckoned = isinstance(up, ast.BinOp | ast.Compare | ast.FormattedValue)
        is_taken_apart = isinstance(up, ast.Subscript | ast.Starred) or (
            isinstance(up, ast.Assign) and isinstance(up.targets[0], ast.Tuple)
        )
        if (is_named(each, number) and is_reckoned) or (is_named(each, whole) and is_taken_apart):
            return True
    return False


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
