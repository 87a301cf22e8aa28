"""An optimizer is given a module, and not its parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import OPTIMIZERS, says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import last_name

_REFUSED = (
    r"optimizer can only optimize Tensors, but one of the params is",
    r"params argument given to the optimizer should be an iterable",
    r"(?<!method)' object is not iterable",
)


def _recognise(evidence: Evidence) -> Recognition | None:
    ways = tuple(_parameters(evidence)) if says(evidence, *_REFUSED) else ()
    if not ways:
        return None
    text = ways[0].title.removesuffix(".parameters()")
    return Recognition(f"{text} is a module: what is to be learned are its parameters", weight=9, candidates=ways)


def _parameters(evidence: Evidence) -> Iterator[Candidate]:
    source, nodes = failed_line(evidence) or (None, [])
    for node in nodes if source is not None else ():
        is_made = isinstance(node, ast.Call) and last_name(node.func) in OPTIMIZERS
        given = given_as(node, "params", 0) if is_made and isinstance(node, ast.Call) else None
        if source is None or not isinstance(given, ast.Name | ast.Attribute):
            continue
        held = evidence.held.get(ast.unparse(given))
        if held is None or held.kind == "module":
            change = suffixed(source.span(given), ".parameters()")
            yield Candidate(change.text, (change,), (), 0.0)


BAD = """\
import torch
from torch import nn

net = nn.Linear(3, 1)
optimizer = torch.optim.SGD(net, lr=0.1)
net(torch.randn(4, 3)).sum().backward()
optimizer.step()
"""

GOOD = BAD.replace("SGD(net,", "SGD(net.parameters(),")

FAULT = Fault(
    code="SC925",
    slug="module_for_parameters",
    headline="an optimizer is given a module, and not its parameters",
    why=(
        "An optimizer changes tensors and knows nothing of modules: it is given model.parameters(), or a list of "
        "groups of them."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="torch.optim.Adam(model.parameters(), lr=1e-3).",
    messages=(
        r"optimizer can only optimize Tensors, but one of the params is",
        r"'\w+' object is not iterable",
    ),
)
