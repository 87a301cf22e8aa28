"""A module is called that has no forward: it has another name, or the module is a list of layers."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import class_named
from shapecheck.reading.sources import Source, is_own, last_name, parameters, user_sources, walk

# How alike two names are of which one is a slip of the pen.
_ALIKE = 0.75
_ONE_OF_SEVERAL = "it is one of several ways forward, or has its name on purpose"
_ALONE = ("Linear", "Bilinear", "Conv1d", "Conv2d", "Conv3d")
_NOT_A_ROW = "such layers alike are called side by side as well, or with a nonlinearity between them"


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(evidence, r"Module \[(\w+)\] is missing the required \"forward\" function")
    if found is None:
        return None
    if found[1] == "ModuleList":
        ways = tuple(_as_row(evidence))
        because = "a ModuleList only holds layers; called one behind the other they are by nn.Sequential"
        return Recognition(because, weight=8, candidates=ways)
    owner = class_named(evidence, found[1])
    ways = tuple(_named(*owner)) if owner is not None else ()
    return Recognition(f"{found[1]} defines no forward", weight=8, candidates=ways)


def _named(source: Source, owner: ast.ClassDef) -> Iterator[Candidate]:
    """The method of a name that is nearly forward, or the only one that could be it."""
    others = [each for each in owner.body if isinstance(each, ast.FunctionDef) and not each.name.startswith("__")]
    names = [each.name.lower() for each in others]
    near = difflib.get_close_matches("forward", names, n=1, cutoff=_ALIKE)
    method = next((each for each in others if each.name.lower() in near), None)
    if method is None and len(others) == 1 and len(parameters(others[0])) > 1:
        method = others[0]
    line = source.lines[method.lineno - 1] if method is not None else ""
    begin = line.find(f"def {method.name}") + 4 if method is not None else 0
    if method is not None and begin >= 4:
        span = Span(source.file, method.lineno, begin, method.lineno, begin + len(method.name), method.name)
        doubt = "" if near else f"{method.name} may be meant to be called by its name"
        ways = [each for each in names if each.startswith("forward")]
        if near and (len(ways) > 1 or "_" in near[0]):
            doubt = _ONE_OF_SEVERAL
        yield Candidate(f"def forward in place of {method.name}", (Change(span, "forward"),), (), 0.0, doubt)


def _as_row(evidence: Evidence) -> Iterator[Candidate]:
    """``nn.Sequential(*layers)`` for the ``nn.ModuleList(layers)`` that is kept under the name that is called."""
    operation = evidence.operation
    for source in user_sources(evidence):
        for line in (each for each in walk(source.tree) if isinstance(each, ast.Assign)):
            made, target = line.value, line.targets[0]
            is_called = operation is not None and ast.unparse(target) == operation.callee
            is_list = isinstance(made, ast.Call) and ast.unparse(made.func).endswith("ModuleList")
            if is_list and isinstance(made, ast.Call) and len(made.args) == 1 and (is_called or not is_own(target)):
                head, held = source.span(made.func), source.span(made.args[0])
                text = f"{head.text.removesuffix('ModuleList')}Sequential(*{held.text})"
                alike = made.args[0].elt if isinstance(made.args[0], ast.ListComp) else None
                doubt = _NOT_A_ROW if isinstance(alike, ast.Call) and last_name(alike.func) in _ALONE else ""
                yield Candidate(text, (Change(source.span(made), text),), (), 0.0, doubt)


BAD = """\
import torch
from torch import nn


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 1)

    def foward(self, x):
        return self.head(x)


print(Forecast()(torch.randn(3, 4)).shape)
"""

GOOD = BAD.replace("def foward", "def forward")

FAULT = Fault(
    code="SC908",
    slug="forward_missing",
    headline="a module is called that has no forward()",
    why=(
        "model(x) calls model.forward(x). A method of another name is not found, not even with a letter missing, and "
        "an nn.ModuleList has none: it holds layers, and does not say in which order they are called."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="def forward(self, x), at the same depth as __init__.",
    messages=(r"is missing the required \"forward\" function",),
)
