"""A model that works out its loss itself is called without the targets, and gives None for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import place_behind
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.script_classes import called_of
from shapecheck.reading.sources import Source, defaults_of, found_at, home_around, is_named, loop_around, names_in, walk

_SEVERAL = "several names are given a value in the loop that nothing reads"

_OTHERS = "something else comes with it that may be the targets"


def _recognise(evidence: Evidence) -> Recognition | None:
    if not says(evidence, r"'NoneType' object has no attribute '(backward|item|detach|mean)'"):
        return None
    source, node = found_at(getattr(operand(failed(evidence, "getattr"), "self"), "span", None))
    call = _called(source, node) if source is not None and isinstance(node, ast.Name) else None
    found = called_of(evidence, source, call)
    if source is None or call is None or found is None:
        return None
    left_out = [name for name in _asked(found[1]) if name not in _given(found[1], call)]
    if len(left_out) != 1:
        return None
    because = f"{ast.unparse(call)} gives no loss: {left_out[0]} is None where it is left out"
    ways = tuple(_handed(source, call, left_out[0], evidence))
    return Recognition(because, weight=10, candidates=ways, place=source.span(call))


def _called(source: Source, loss: ast.Name) -> ast.Call | None:
    """The call whose result the name was taken out of."""
    home = home_around(loss) or source.tree
    lines = [each for each in walk(home) if isinstance(each, ast.Assign) and each.lineno <= loss.lineno]
    made = [each.value for each in lines if loss.id in stored_in(each)]
    return made[-1] if made and isinstance(made[-1], ast.Call) else None


def _asked(function: ast.FunctionDef) -> Iterator[str]:
    """The parameters that are None by default, of which a function asks whether they were given."""
    none = [
        name for name, default in defaults_of(function.args) if isinstance(default, ast.Constant) and not default.value
    ]
    for each in walk(function):
        if isinstance(each, ast.Compare) and isinstance(each.ops[0], ast.Is | ast.IsNot):
            yield from (name for name in none if is_named(each.left, name))


def _given(function: ast.FunctionDef, call: ast.Call) -> set[str]:
    names = [each.arg for each in function.args.args[1:]]
    return {*names[: len(call.args)], *(each.arg or "" for each in call.keywords)}


def _handed(source: Source, call: ast.Call, name: str, evidence: Evidence) -> Iterator[Candidate]:
    """The one name that the loop around gives a value and that nothing reads, handed as what was left out."""
    loop = loop_around(call)
    home = home_around(call) or source.tree
    every = [each for each in walk(home) if isinstance(each, ast.Name)]
    read = {each.id for each in every if isinstance(each.ctx, ast.Load)}
    inside = [each for each in walk(loop) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    unread = [each for each in inside if each.id not in read and not each.id.startswith("_")]
    unread = [each for each in unread if each.id not in stored_in(call.parent)]  # type: ignore[attr-defined]
    # What goes by the very name of what was left out is that, whatever else is read of it.
    named = [each for each in inside if each.id == name]
    beside = [each for each in unread if _stands_beside(each, loop, names_in(*call.args))]
    fitting = {each.id: _others(each, names_in(*call.args)) for each in named or beside}
    for each in fitting if call.args and not call.keywords else ():
        found = called_of(evidence, source, call)
        names = [one.arg for one in found[1].args.args[1:]] if found is not None else []
        is_next = names[len(call.args) : len(call.args) + 1] == [name]
        text = f", {each}" if is_next else f", {name}={each}"
        span: Span = place_behind(source.span(call.args[-1]))
        doubt = _SEVERAL if len(fitting) > 1 else _OTHERS if fitting[each] and not named else ""
        yield Candidate(text[2:], (Change(span, text),), (), 0.0, doubt)


def _others(name: ast.Name, given: set[str]) -> bool:
    """Whether more gets its value together with a name than what the call is given."""
    pair = getattr(name, "parent", None)
    return isinstance(pair, ast.Tuple) and bool(set(map(ast.unparse, pair.elts)) - given - {name.id})


def _stands_beside(name: ast.Name, loop: ast.For | None, given: set[str]) -> bool:
    """Whether the loop gives a name its value together with what the call is given, or some line inside of it does."""
    pair = getattr(name, "parent", None)
    is_of_loop = loop is not None and any(each is name for each in walk(loop.target))
    return not is_of_loop or (isinstance(pair, ast.Tuple) and bool(given & set(map(ast.unparse, pair.elts))))


BAD = """\
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3, 2)

    def forward(self, x, targets=None):
        scores = self.head(x)
        if targets is None:
            return scores, None
        return scores, nn.functional.cross_entropy(scores, targets)


model = Model()
for x, y in [(torch.randn(4, 3), torch.tensor([0, 1, 1, 0]))]:
    scores, loss = model(x)
    loss.backward()
"""

GOOD = BAD.replace("model(x)", "model(x, y)")

FAULT = Fault(
    code="SC941",
    slug="targets_left_out",
    headline="a model that works out its loss itself is not given the targets",
    why=(
        "A forward() with targets=None gives a loss only where it is given targets. Without them it is the call for "
        "predictions, and the loss is None."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="logits, loss = model(x, targets) in training, model(x) afterwards.",
    messages=(r"'NoneType' object has no attribute '(backward|item)'",),
)
