"""A loss is made a plain number before it is gone back from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import suffixed, summands
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.sources import Source, found_at, home_around, is_named, loop_around, parents, walk

_TAKEN_OUT = ("item", "tolist", "numpy")

_OF_ALL = "the name sums up all rounds of the loop, and the loss of the round itself may be meant to go back"


def _recognise(evidence: Evidence) -> Recognition | None:
    if not says(evidence, r"'(float|int)' object has no attribute 'backward'"):
        return None
    source, node = found_at(getattr(operand(failed(evidence, "getattr"), "self"), "span", None))
    ways = tuple(_kept(source, node)) if source is not None and isinstance(node, ast.Name) else ()
    if not ways:
        return None
    because = "item() gives a plain number, which knows nothing of how it was worked out"
    return Recognition(because, weight=8, candidates=ways)


def _kept(source: Source, loss: ast.Name) -> Iterator[Candidate]:
    """The loss as it is where it is made, and its number where it is only read: added up, or printed."""
    home = home_around(loss) or source.tree
    made = [
        value
        for line in walk(home)
        for target, value in values_given(line)
        if is_named(target, loss.id) and value.lineno <= loss.lineno
    ]
    last = max(made, key=lambda each: each.lineno, default=None)
    if isinstance(last, ast.BinOp) and isinstance(last.op, ast.Add):
        yield from _summed(source, home, loss, last, [each for each in made if each is not last])
        return
    added = [each for each in walk(home) if isinstance(each, ast.AugAssign) and is_named(each.target, loss.id)]
    if isinstance(last, ast.Constant) and len(added) == 1 and added[0].lineno <= loss.lineno:
        yield from _summed(source, home, loss, added[0].value, made)
        return
    if not isinstance(last, ast.Call) or not isinstance(last.func, ast.Attribute) or last.func.attr not in _TAKEN_OUT:
        return
    whole = source.span(last)
    inner = source.span(last.func.value).text
    read = _read_behind(home, loss, last.lineno)
    changes = (Change(whole, inner), *(suffixed(source.span(each), ".item()") for each in read))
    yield Candidate(inner, changes, (), 0.0)


def _read_behind(home: ast.AST, loss: ast.Name, line: int) -> list[ast.Name]:
    """Where the loss is only read behind a line: added up, or printed."""
    return [
        each
        for each in walk(home)
        if isinstance(each, ast.Name)
        and each.id == loss.id
        and isinstance(each.ctx, ast.Load)
        and each.lineno > line
        # A text may show the tensor as it shows a number.
        and not any(isinstance(up, ast.Attribute | ast.JoinedStr) for up in _up_to_statement(each))
    ]


def _summed(
    source: Source, home: ast.AST, loss: ast.Name, total: ast.expr, begun: list[ast.expr]
) -> Iterator[Candidate]:
    """``loss = loss + step`` for ``loss = loss + step.item()``, and ``loss += step``: a sum that is gone back from."""
    is_whole = isinstance(getattr(total, "parent", None), ast.AugAssign)
    if not is_whole and not any(is_named(each, loss.id) for each in summands(total)):
        return
    read = [suffixed(source.span(each), ".item()") for each in _read_behind(home, loss, total.lineno)]
    loop = loop_around(loss)
    is_of_all = loop is not None and loop_around(total) is loop and all(loop_around(each) is not loop for each in begun)
    for each in summands(total):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _TAKEN_OUT:
            inner = source.span(each.func.value).text
            yield Candidate(inner, (Change(source.span(each), inner), *read), (), 0.0, _OF_ALL if is_of_all else "")


def _up_to_statement(node: ast.AST) -> Iterator[ast.AST]:
    for up in parents(node):
        if isinstance(up, ast.stmt):
            return
        yield up


BAD = """\
import torch
from torch import nn

net, total = nn.Linear(3, 1), 0.0
loss = nn.functional.mse_loss(net(torch.randn(4, 3)), torch.zeros(4, 1)).item()
loss.backward()
total += loss
print(total)
"""

GOOD = BAD.replace("1)).item()", "1))").replace("+= loss", "+= loss.item()")

FAULT = Fault(
    code="SC926",
    slug="number_for_loss",
    headline="a loss is made a plain number before it is gone back from",
    why=(
        "backward() follows how a tensor was worked out. item() takes its number out and leaves all that behind: it is "
        "for what is added up or printed, after the tensor itself was gone back from."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="loss.backward() first, loss.item() for the sum that is printed.",
    messages=(r"'(float|int)' object has no attribute 'backward'",),
)
