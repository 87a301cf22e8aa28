"""A method stands where what it gives is wanted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import says
from shapecheck.reading.put_in_lists import put_in_lists
from shapecheck.reading.script_classes import failed_line, not_called
from shapecheck.reading.sources import Source, is_named, learns

_OF_MODULES = ("parameters", "named_parameters", "children", "modules", "buffers", "state_dict")
_OF_TENSORS = ("item", "numel", "nelement", "dim", "detach", "cpu", "numpy", "tolist", "mean", "sum", "size")
_REDUCED = ("mean", "sum")
_FIRST_SIZE = "which of the sizes is wanted is not written"
_ALONG = "what is called beside it is told an axis, and so may this be meant to be"


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence) if says(evidence, r"\b(builtin_function_or_method|method)\b|'function' and ") else None
    ways = list(_kept(*line)) if line is not None and says(evidence, r"'function' and ") else []
    for each in not_called(line[1]) if line is not None else ():
        is_indexed = isinstance(getattr(each, "parent", None), ast.Subscript)
        if line is None or not isinstance(each, ast.Attribute) or is_indexed:
            continue
        if each.attr in (*_OF_MODULES, *_OF_TENSORS):
            change = suffixed(line[0].span(each), "(0)" if each.attr == "size" else "()")
            along = _ALONG if each.attr in _REDUCED and any(map(_is_told_axis, line[1])) else ""
            ways.append(Candidate(change.text, (change,), (), 0.0, _FIRST_SIZE if each.attr == "size" else along))
    if not ways:
        return None
    because = f"{ways[0].title.rpartition('(')[0]} is the method itself"
    return Recognition(because, weight=7, candidates=(*ways,))


def _kept(source: Source, nodes: list[ast.AST]) -> Iterator[Candidate]:
    """``losses.append(step())`` for ``losses.append(step)``, where the line reads the list, and the function trains."""
    for each in put_in_lists(source, nodes):
        for function in source.functions if isinstance(each, ast.Name) else ():
            needs = len(function.args.args) - len(function.args.defaults)
            if is_named(each, function.name) and not needs and learns(function):
                change = suffixed(source.span(each), "()")
                yield Candidate(change.text, (change,), (), 0.0)


def _is_told_axis(node: ast.AST) -> bool:
    """Whether a node is the call of a method with a number, or with dim or axis."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    is_first = bool(node.args) and whole_number(node.args[0]) is not None
    return is_first or any(each.arg in ("dim", "axis") for each in node.keywords)


BAD = """\
import torch
from torch import nn

model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters, lr=0.1)
print(model(torch.randn(3, 4)).shape)
"""

GOOD = BAD.replace("model.parameters,", "model.parameters(),")

FAULT = Fault(
    code="SC906",
    slug="method_not_called",
    headline="a method stands where what it gives is wanted",
    why="model.parameters is a method; model.parameters() calls it. Without brackets nothing is run.",
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A name with brackets behind it is called, without them it is only named.",
    messages=(
        r"'(builtin_function_or_method|method)' object is not iterable",
        r"unsupported operand type.*'(builtin_function_or_method|method)'",
    ),
)
