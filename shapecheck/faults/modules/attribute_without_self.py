"""What a module keeps, or one of its methods, is named without self."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import class_around, function_around, is_own, names_in, parameters, parents, walk

_OF_ITS_OWN = "a parameter of this name may be missing in the definition instead"


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(evidence, r"name '(\w+)' is not defined")
    line = failed_line(evidence) if found is not None else None
    names = [each for each in line[1] if isinstance(each, ast.Name) and each.id == found[1]] if line and found else []
    function = function_around(names[0]) if names else None
    owner = class_around(function)
    if line is None or owner is None or function is None or parameters(function)[:1] != ["self"]:
        return None
    kept = _kept(owner, names[0])
    if not kept or (_is_called(names[0]) and all(isinstance(each, ast.Constant) for each in kept)):
        return None
    here = [each for each in walk(function) if isinstance(each, ast.Name) and each.id == names[0].id]
    here = [each for each in here if isinstance(each.ctx, ast.Load) and not _is_bound(each)]
    changes = tuple(Change(line[0].span(each), f"self.{each.id}") for each in here)
    return Recognition(
        f"{names[0].id} is no name of its own in {function.name}: the object keeps it as self.{names[0].id}",
        weight=8,
        candidates=(Candidate(changes[0].text, changes, (), 0.0, _OF_ITS_OWN if _is_state(names[0], kept) else ""),),
    )


def _kept(owner: ast.ClassDef, name: ast.Name) -> list[ast.AST]:
    """The methods of this name, and what else a class gives its objects under it before the name is read."""
    found: list[ast.AST] = [each for each in owner.body if isinstance(each, ast.FunctionDef) and each.name == name.id]
    home = function_around(name)
    for line in walk(owner):
        targets = line.targets if isinstance(line, ast.Assign) else []
        targets = [line.target] if isinstance(line, ast.AnnAssign | ast.AugAssign | ast.For) else targets
        stored = [each for target in targets for each in walk(target) if is_own(each) and each.attr == name.id]
        # In the line that keeps it, or in front of that, the object does not have it yet.
        if any(function_around(each) is not home or each.lineno < name.lineno for each in stored):
            found.append(getattr(line, "value", None) or line)
    return found


def _is_called(name: ast.Name) -> bool:
    up = getattr(name, "parent", None)
    return isinstance(up, ast.Call) and up.func is name


def _is_bound(name: ast.Name) -> bool:
    """Whether a lambda or a comprehension around a name gives it a meaning of its own."""
    return any(
        (isinstance(up, ast.Lambda) and name.id in parameters(up))
        or any(name.id in names_in(each.target) for each in getattr(up, "generators", ()))
        for up in parents(name)
    )


def _is_state(name: ast.Name, kept: list[ast.AST]) -> bool:
    """Whether a layer is given it as a tensor, where the object only keeps a number that it was told."""
    up = getattr(name, "parent", None)
    is_given = isinstance(up, ast.Call) and name in up.args and is_own(up.func)
    return is_given and all(isinstance(each, ast.Name | ast.Constant) for each in kept)


BAD = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)

    def forward(self, x):
        out, _ = lstm(x)
        return out[:, -1]


print(Net()(torch.randn(4, 7, 3)).shape)
"""

GOOD = BAD.replace("= lstm(x)", "= self.lstm(x)")

FAULT = Fault(
    code="SC922",
    slug="attribute_without_self",
    headline="what the object keeps is named without self",
    why="Inside a method only parameters and what the method itself sets have bare names; layers and methods are the "
    "object's, and are read with self in front of them.",
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A layer made in __init__ as self.lstm is called as self.lstm.",
    messages=(r"name '\w+' is not defined",),
)
