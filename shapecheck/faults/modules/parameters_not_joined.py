"""The parameters of several models are put together otherwise than as one list of tensors."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.applied import given_as
from shapecheck.reading.assignments import only_value
from shapecheck.reading.edits import summands
from shapecheck.reading.failing import OPTIMIZERS, says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, home_around, last_name

_REFUSED = (
    r"unsupported operand type\(s\) for \+=?: '(generator|list)' and '(generator|list)'",
    r"can only concatenate list \(not \"generator\"\) to list",
    r"optimizer can only optimize Tensors, but one of the params is",
    r"multiple values for argument 'lr'",
    r"list expected at most 1 argument",
    r"not supported between instances of '(float|generator)' and '(float|generator)'",
)
# LBFGS has one group alone, and works out its loss itself.
_MAKERS = {*OPTIMIZERS} - {"LBFGS"}


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence) if says(evidence, *_REFUSED) is not None else None
    for node in line[1] if line is not None else ():
        changes = tuple(_joined(evidence, line[0], node)) if line is not None else ()
        if changes:
            because = "an optimizer wants one list of tensors, and parameters() gives what is gone through one by one"
            return Recognition(
                because, weight=10, candidates=(Candidate(", ".join(each.text for each in changes), changes, (), 0.0),)
            )
    return None


def _joined(evidence: Evidence, source: Source, node: ast.AST) -> Iterator[Change]:
    """The changes by which what stands at a node becomes one list; none where nothing of the kind stands there."""
    if isinstance(node, ast.BinOp) and not isinstance(getattr(node, "parent", None), ast.BinOp):
        yield from (_listed(source.span(each)) for each in summands(node) if _are_parameters(each))
    elif isinstance(node, ast.AugAssign) and _are_parameters(node.value):
        yield _listed(source.span(node.value))
    elif isinstance(node, ast.Call) and last_name(node.func) == "list" and len(node.args) > 1:
        if all(map(_are_parameters, node.args)):
            yield Change(source.span(node), " + ".join(f"list({source.span(each).text})" for each in node.args))
    elif isinstance(node, ast.Call) and last_name(node.func) in _MAKERS:
        yield from _given(evidence, source, node)


def _listed(span: Span) -> Change:
    return Change(span, f"list({span.text})")


def _given(evidence: Evidence, source: Source, call: ast.Call) -> Iterator[Change]:
    """The same of what an optimizer is given."""
    several = [each for each in call.args if _are_parameters(each)]
    if len(several) > 1 and several == call.args[: len(several)]:
        for at, each in enumerate(several):
            before, behind = "[*" if at == 0 else "*", "]" if at == len(several) - 1 else ""
            yield Change(source.span(each), f"{before}{source.span(each).text}{behind}")
        return
    rows = given_as(call, "params", 0)
    if isinstance(rows, ast.Name):
        rows = only_value(home_around(call) or source.tree, rows.id)
    if not isinstance(rows, ast.List | ast.Tuple):
        return
    are_groups = any(isinstance(each, ast.Dict) for each in rows.elts)
    for each in rows.elts:
        span, held = source.span(each), evidence.held.get(ast.unparse(each))
        is_module = held is not None and held.kind == "module"
        text = f"{span.text}.parameters()" if is_module else span.text
        if is_module or _are_parameters(each):
            yield Change(span, f'{{"params": {text}}}' if are_groups else f"*{text}")


def _are_parameters(node: ast.expr) -> bool:
    """Whether an expression is what ``parameters()`` gives."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "parameters"


BAD = """\
import torch
from torch import nn

encoder, head = nn.Linear(4, 3), nn.Linear(3, 1)
optimizer = torch.optim.SGD([encoder.parameters(), head.parameters()], lr=0.1)
head(encoder(torch.randn(5, 4))).sum().backward()
optimizer.step()
"""

GOOD = BAD.replace("[encoder.parameters(), head", "[*encoder.parameters(), *head")

FAULT = Fault(
    code="SC933",
    slug="parameters_not_joined",
    headline="the parameters of several models are not put together as one list",
    why=(
        "parameters() gives a generator: something to go through once, which knows no + and is no tensor. For several "
        "models an optimizer wants one list of all their tensors, or a list of dicts, one for each group."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="list(a.parameters()) + list(b.parameters()), or [*a.parameters(), *b.parameters()].",
    messages=(
        r"unsupported operand type\(s\) for \+: 'generator' and",
        r"one of the params is (Module\.parameters|generator)",
    ),
)
