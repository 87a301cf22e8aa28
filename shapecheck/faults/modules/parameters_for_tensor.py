"""What parameters() gives is asked what one tensor is asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source

_GIVERS = ("parameters", "buffers")
# What is the same for all parameters of a model, as a rule: where they are, and of which type.
_OF_ANY = ("device", "dtype", "is_cuda", "new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "new")
_ONE_OF_THEM = "which of the parameters is meant is not said"


def _recognise(evidence: Evidence) -> Recognition | None:
    refused = says(evidence, r"'generator' object (has no attribute '\w+'|is not subscriptable|is not an iterator)")
    line = failed_line(evidence) if refused is not None else None
    ways = tuple(way for node in line[1] for way in _first(evidence, line[0], node)) if line is not None else ()
    if not ways:
        return None
    because = "parameters() gives one tensor after the other: the first one is next(model.parameters())"
    return Recognition(because, weight=8, candidates=ways)


def _first(evidence: Evidence, source: Source, node: ast.AST) -> Iterator[Candidate]:
    """``next(model.parameters()).device`` for ``model.parameters().device``, and a list for what is indexed."""
    given = node.value if isinstance(node, ast.Attribute | ast.Subscript) else None
    if not isinstance(given, ast.Call) or not isinstance(given.func, ast.Attribute) or given.func.attr not in _GIVERS:
        return
    held = evidence.held.get(ast.unparse(given.func.value))
    if held is not None and held.kind != "module":
        return
    span = source.span(given)
    if isinstance(node, ast.Subscript):
        yield Candidate(f"list({span.text})", (Change(span, f"list({span.text})"),), (), 0.0)
    elif isinstance(node, ast.Attribute):
        doubt = "" if node.attr in _OF_ANY else _ONE_OF_THEM
        yield Candidate(f"next({span.text})", (Change(span, f"next({span.text})"),), (), 0.0, doubt)


BAD = """\
import torch
from torch import nn

model = nn.Linear(3, 1)
x = torch.zeros(2, 3, device=model.parameters().device)
print(model(x).shape)
"""

GOOD = BAD.replace("=model.parameters().device", "=next(model.parameters()).device")

FAULT = Fault(
    code="SC934",
    slug="parameters_for_tensor",
    headline="parameters() is asked what one of the parameters is to be asked",
    why=(
        "parameters() gives a generator, which is gone through and has neither a device nor a dtype, nor an item of a "
        "number. One parameter of it is had by next(), all of them by list()."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="next(model.parameters()).device says where a model is.",
    messages=(r"'generator' object (has no attribute '(device|dtype|data)'|is not subscriptable)",),
)
