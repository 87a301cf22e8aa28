"""A tensor's shape is called, or its size() is indexed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence)
    is_called = says(evidence, r"'torch\.Size' object is not callable")
    if line is None or not (is_called or says(evidence, r"'(builtin_function_or_method|method)' object is not subscr")):
        return None
    ways = tuple(_shape_called(*line) if is_called else _size_indexed(*line))
    if not ways:
        return None
    because = "x.shape holds the sizes, and is indexed; x.size is a method, and is called"
    return Recognition(because, weight=7, candidates=ways)


def _shape_called(source: Source, nodes: list[ast.AST]) -> Iterator[Candidate]:
    """``x.shape[0]`` for ``x.shape(0)``, and ``x.shape`` for ``x.shape()``."""
    for each in nodes:
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "shape":
            axes = ", ".join(ast.unparse(item) for item in each.args)
            text = source.span(each.func).text + (f"[{axes}]" if axes else "")
            yield Candidate(text, (Change(source.span(each), text),), (), 0.0)


def _size_indexed(source: Source, nodes: list[ast.AST]) -> Iterator[Candidate]:
    """``x.size(0)`` for ``x.size[0]``, and ``x.size()[1:]`` for ``x.size[1:]``."""
    for each in nodes:
        if isinstance(each, ast.Subscript) and isinstance(each.value, ast.Attribute) and each.value.attr == "size":
            axes, whole = ast.unparse(each.slice), source.span(each.value).text
            text = f"{whole}()[{axes}]" if isinstance(each.slice, ast.Slice | ast.Tuple) else f"{whole}({axes})"
            yield Candidate(text, (Change(source.span(each), text),), (), 0.0)


BAD = """\
import torch

x = torch.randn(3, 4, 5)
print(x.reshape(x.shape(0), -1).shape)
"""

GOOD = BAD.replace("x.shape(0)", "x.shape[0]")

FAULT = Fault(
    code="SC904",
    slug="size_asked_otherwise",
    headline="sizes are asked for in another way than they are held",
    why=(
        "x.shape is a tuple of sizes: x.shape[0]. x.size is a method: x.size(0). The one is not called, the other is "
        "not indexed."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="x.shape[0] or x.size(0), and one of the two all through a script.",
    messages=(
        r"'torch\.Size' object is not callable",
        r"'(builtin_function_or_method|method)' object is not subscriptable",
    ),
)
