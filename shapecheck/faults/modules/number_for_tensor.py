"""A function of torch's that computes with tensors is given a plain number."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import Source, found_at, last_name, written_as

_OF_MATH = ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "tanh", "floor", "ceil")


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence) if says(evidence, r"must be Tensor, not (float|int)$") is not None else None
    source, call = found_at(operation.span) if operation is not None else (None, None)
    if (
        source is None
        or not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Attribute)
        or len(call.args) != 1
    ):
        return None
    if ast.unparse(call.func.value) != (written_as(source.tree, "torch") or "torch"):
        return None
    ways = tuple(_ways(source, call))
    because = f"{ast.unparse(call.args[0])} is a number, and no tensor"
    return Recognition(because, weight=8, candidates=ways) if ways else None


def _ways(source: Source, call: ast.Call) -> Iterator[Candidate]:
    given, span = call.args[0], source.span(call)
    head = source.span(call.func).text
    is_asked = isinstance(getattr(call, "parent", None), ast.Attribute)
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr == "item":
        text = f"{head}({source.span(given.func.value).text}){'' if is_asked else '.item()'}"
        yield Candidate(text, (Change(span, text),), (), 0.0)
        return
    own = source.span(given).text
    libraries = [name for name in ("math", "numpy") if written_as(source.tree, name)]
    if not is_asked and libraries and last_name(call.func) in _OF_MATH:
        text = f"{written_as(source.tree, libraries[0])}.{last_name(call.func)}({own})"
    else:
        text = f"{head}({head.rpartition('.')[0]}.tensor({own}))"
    yield Candidate(text, (Change(span, text),), (), 0.0)


BAD = """\
import torch
from torch import nn

loss = nn.functional.mse_loss(torch.ones(4), torch.zeros(4))
print(torch.sqrt(loss.item()))
"""

GOOD = BAD.replace("torch.sqrt(loss.item())", "torch.sqrt(loss).item()")

FAULT = Fault(
    code="SC944",
    slug="number_for_tensor",
    headline="a function of tensors is given a plain number",
    why=(
        "torch.sqrt and its like take tensors. item() makes a plain number of a tensor, and belongs behind what is "
        "worked out; for numbers there is the module math."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="torch.sqrt(loss).item(), or math.sqrt(loss.item()).",
    messages=(r"must be Tensor, not (float|int)$",),
)
