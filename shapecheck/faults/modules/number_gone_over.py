"""A number is gone over, and not as many rounds."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import class_around, last_name, loops_of, walk

_SHOWS = ("print", "str", "format")
_LEARNS = ("backward", "zero_grad", "eval", "no_grad", "step")
_ONE_ITEM = (
    "the loop reads the items for something else than their numbers: a list of one may be meant, or what is counted"
)
_MADE = ("ModuleList", "Sequential", "ModuleDict", "Linear", "LSTM", "GRU", "Conv2d", "Embedding")


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence) if says(evidence, r"'int' object is not iterable") is not None else None
    loops = [loop for node in line[1] for loop in loops_of(node)] if line is not None else []
    for node in loops:
        if line is None:
            break
        span = line[0].span(node.iter)
        is_number = isinstance(node.target, ast.Name) and _may_be_number(evidence, node.iter)
        if is_number and _is_about_layers(node):
            text = f"range({span.text})"
            doubt = "" if _only_counts(node) else _ONE_ITEM
            way = Candidate(text, (Change(span, text),), (), 0.0, doubt)
            return Recognition(f"{span.text} is one number: {text} counts up to it", weight=9, candidates=(way,))
    return None


def _may_be_number(evidence: Evidence, node: ast.expr) -> bool:
    """Whether what is gone over is a number, as far as it is known."""
    held = evidence.held.get(ast.unparse(node))
    is_counted = isinstance(node, ast.Call) and last_name(node.func) in ("len", "int")
    return is_counted or (held.kind == "number" if held is not None else not isinstance(node, ast.Call))


def _only_counts(loop: ast.For | ast.comprehension) -> bool:
    """Whether what a loop gives may be the number of a round: no layer is told it, and nothing is asked of it."""
    home: ast.AST = loop if isinstance(loop, ast.For) else getattr(loop, "parent", loop)
    is_length = isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) == "len"
    for each in walk(home):
        if not isinstance(each, ast.Name) or each.id != ast.unparse(loop.target) or isinstance(each.ctx, ast.Store):
            continue
        up = getattr(each, "parent", None)
        call = getattr(up, "parent", None) if isinstance(up, ast.keyword) else up
        is_told = isinstance(call, ast.Call) and (last_name(call.func)[:1].isupper() or call.func is each)
        is_item = isinstance(call, ast.Call) and is_length and last_name(call.func) not in _SHOWS
        if is_told or is_item or isinstance(up, ast.Attribute):
            return False
    return True


def _is_about_layers(node: ast.For | ast.comprehension) -> bool:
    """Whether layers are made round by round, in a module or for one, or a model is trained."""
    home: ast.AST = node if isinstance(node, ast.For) else getattr(node, "parent", node)
    inside = [each for each in walk(home) if isinstance(each, ast.Call)]
    names = {last_name(each.func) for each in inside}
    owner = class_around(node)
    bases = [last_name(each) for each in owner.bases] if owner is not None else []
    return bool(names & {*_LEARNS, *_MADE}) or any(each in ("Module", "Dataset", "LightningModule") for each in bases)


BAD = """\
import torch
from torch import nn

depth = 3
layers = nn.ModuleList([nn.Linear(4, 4) for _ in depth])
x = torch.randn(2, 4)
for layer in layers:
    x = layer(x)
print(x.shape)
"""

GOOD = BAD.replace("in depth]", "in range(depth)]")

FAULT = Fault(
    code="SC940",
    slug="number_gone_over",
    headline="a number is gone over where as many rounds are meant",
    why="A loop goes over the items of something. A number has none; range(n) gives the numbers below it, one a round.",
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="for _ in range(num_layers), for epoch in range(epochs).",
    messages=(r"'int' object is not iterable",),
)
