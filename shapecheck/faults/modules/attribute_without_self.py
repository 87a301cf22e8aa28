"""What a module keeps, or one of its methods, is named without self."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import class_around, function_around, is_own, parameters, walk


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(evidence, r"name '(\w+)' is not defined")
    line = failed_line(evidence) if found is not None else None
    names = [each for each in line[1] if isinstance(each, ast.Name) and each.id == found[1]] if line and found else []
    function = function_around(names[0]) if names else None
    owner = class_around(function)
    if line is None or owner is None or function is None or parameters(function)[:1] != ["self"]:
        return None
    if not _is_kept(owner, names[0].id):
        return None
    here = [each for each in walk(function) if isinstance(each, ast.Name) and each.id == names[0].id]
    changes = tuple(Change(line[0].span(each), f"self.{each.id}") for each in here)
    return Recognition(
        f"{names[0].id} is no name of its own in {function.name}: the object keeps it as self.{names[0].id}",
        weight=8,
        candidates=(Candidate(changes[0].text, changes, (), 0.0),),
    )


def _is_kept(owner: ast.ClassDef, name: str) -> bool:
    """Whether a class has a method of this name, or gives it to its objects."""
    methods = {each.name for each in owner.body if isinstance(each, ast.FunctionDef)}
    kept = {each.attr for each in walk(owner) if is_own(each) and isinstance(each.ctx, ast.Store)}
    return name in methods | kept


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
    messages=(r"NameError: name '\w+' is not defined",),
)
