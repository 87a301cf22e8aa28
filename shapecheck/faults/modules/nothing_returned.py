"""A function, or the forward of a model, ends without returning what it has worked out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import line_after, statement_behind
from shapecheck.reading.failing import says
from shapecheck.reading.origins import spans_of
from shapecheck.reading.put_in_lists import put_in_lists
from shapecheck.reading.script_classes import called_of, failed_line
from shapecheck.reading.sources import Source, found_at, last_name, learns, names_in, walk

_TELLING = (
    *("print", "append", "extend", "insert", "add", "update", "clear", "sort", "remove", "write", "close"),
    *("step", "backward", "zero_grad", "save", "manual_seed", "set_postfix", "set_description", "add_scalar"),
)
_OF_ONE_NUMBER = ("mean", "sum", "item", "float")
_OTHER_RESULT = "something else that it works out may be meant, since nothing reads that either"


def _recognise(evidence: Evidence) -> Recognition | None:
    spans = [span for item in _nothing(evidence) for span in spans_of(evidence, item.span, parts=True)]
    line = failed_line(evidence) if says(evidence, r"NoneType") else None
    beside = [(line[0], each) for each in line[1] if _is_used(each)] if line is not None else []
    kept = [(line[0], each) for each in put_in_lists(*line)] if line is not None else []
    for source, node in (*map(found_at, spans), *beside, *kept):
        found = called_of(evidence, source, node)
        if found is None or _yields(found[1]) or (_gives_back(found[1]) and not _ends_idle(found[1])):
            continue
        if _gives_back(found[1]) and not _is_about_torch(found[1]):
            continue
        where, function = found
        # A loss is what is added up; what is asked for something else may be another result.
        doubt = "" if says(evidence, r"unsupported operand") else _OTHER_RESULT
        ends = "ends without a" if _gives_back(function) else "has no"
        return Recognition(
            f"{function.name}() {ends} return, so that what it is called for is None",
            weight=9,
            candidates=tuple(_returned(where, function, doubt)),
            place=where.span(_last_line(function)),
        )
    return None


def _is_used(node: ast.AST) -> bool:
    """Whether the same statement does something with what a node gives, but that it names it."""
    up = getattr(node, "parent", None)
    return not isinstance(up, ast.Expr) and not (isinstance(up, ast.Assign) and isinstance(up.targets[0], ast.Name))


def _nothing(evidence: Evidence) -> Iterator[Argument]:
    operations = (evidence.inner, evidence.operation)
    items = (item for each in operations if each is not None for item in each.arguments)
    return (item for item in items if item.value.kind == "none")


def _gives_back(function: ast.FunctionDef) -> bool:
    return bool(values_returned(function))


def _yields(function: ast.FunctionDef) -> bool:
    """Whether a function is a generator, which gives no result by return."""
    return any(isinstance(each, ast.Yield | ast.YieldFrom) for each in walk(function))


def _ends_idle(function: ast.FunctionDef) -> bool:
    """Whether a function that returns something elsewhere works something out on its last line, and leaves it."""
    last = _last_line(function)
    is_call = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    return is_call and isinstance(last, ast.Expr) and last_name(getattr(last.value, "func", None)) not in _TELLING


def _last_line(function: ast.FunctionDef) -> ast.stmt:
    """The last line that a function comes to, in a block of ``with`` its last one."""
    last: ast.stmt = function.body[-1]
    while isinstance(last, ast.With):
        last = last.body[-1]
    return last


def _is_about_torch(function: ast.FunctionDef) -> bool:
    """Whether a function works with tensors, or trains."""
    names = names_in(function)
    return bool(names & {"torch", "nn", "F"}) or learns(function)


def _returned(source: Source, function: ast.FunctionDef, doubt: str) -> Iterator[Candidate]:
    """What the last line has worked out, returned behind it; of a step of training the loss, as a number."""
    last = _last_line(function)
    span = source.span(last)
    losses = {ast.unparse(each.value) for each in walk(function) if _is_backward(each)}
    if len(losses) == 1 and isinstance(last, ast.Expr):
        text = f"return {losses.pop()}.item()"
        doubt = doubt or (_OTHER_RESULT if _leaves_a_number(function) else "")
        yield Candidate(text, (statement_behind(source, last, text),), (), 0.0, doubt)
        return
    if isinstance(last, ast.Assign) and len(last.targets) == 1:
        text = f"return {ast.unparse(last.targets[0])}"
        doubt = _OTHER_RESULT if _leaves_unread(function, last) else ""
        yield Candidate(text, (line_after(span, text),), (), 0.0, doubt)
    elif isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and last_name(last.value.func) not in _TELLING:
        yield Candidate(f"return {span.text}", (Change(span, f"return {span.text}"),), (), 0.0)


def _is_backward(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and node.attr == "backward" and isinstance(node.value, ast.Name)


def _leaves_a_number(function: ast.FunctionDef) -> bool:
    """Whether a function has given a name that it does not read to one number more: ``share = right.mean()``."""
    read = {each.id for each in walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    given = [pair for line in walk(function) for pair in values_given(line)]
    numbers = [target for target, value in given if last_name(getattr(value, "func", None)) in _OF_ONE_NUMBER]
    return any(isinstance(each, ast.Name) and each.id not in read for each in numbers)


def _leaves_unread(function: ast.FunctionDef, last: ast.Assign) -> bool:
    """Whether a function has given a name to something else that it does not read, or keeps what it made last."""
    names = [each for each in walk(function) if isinstance(each, ast.Name)]
    read = {each.id for each in names if isinstance(each.ctx, ast.Load)}
    others = {each.id for each in names if isinstance(each.ctx, ast.Store)} - stored_in(last)
    return isinstance(last.targets[0], ast.Attribute) or any(not each.startswith("_") for each in others - read)


BAD = """\
import torch
from torch import nn


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        out = self.head(x)


model = Forecast()
print(nn.functional.mse_loss(model(torch.randn(3, 4)), torch.zeros(3, 1)).item())
"""

GOOD = BAD.replace("        out = self.head(x)\n", "        out = self.head(x)\n        return out\n")

FAULT = Fault(
    code="SC903",
    slug="nothing_returned",
    headline="a function ends without a return, and so gives None",
    why=(
        "A function gives back what stands behind return, and None without one. What forward() has worked out is gone "
        "when it ends."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="forward() ends with return.",
    messages=(
        r"unsupported operand .*'NoneType'",
        r"not NoneType",
        r"'NoneType' object has no attribute",
        r"cannot unpack non-iterable NoneType object",
    ),
)
