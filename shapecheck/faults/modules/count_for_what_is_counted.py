"""A count is given where what is counted is wanted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.assignments import only_value
from shapecheck.reading.failing import says
from shapecheck.reading.origins import given_for
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, class_around, found_at, function_around, known_at, last_name, parameters


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence) if says(evidence, r"object of type 'int' has no len\(\)") is not None else None
    asked = [each for each in line[1] if _counts(each)] if line is not None else []
    for call in asked:
        name = call.args[0] if isinstance(call, ast.Call) else None
        function = function_around(call)
        owner = class_around(function)
        if not isinstance(name, ast.Name) or function is None or name.id not in parameters(function):
            continue
        held = evidence.held.get(name.id)
        if held is not None and held.kind != "number":
            continue
        if owner is None or not any(last_name(base) in ("Module", "Dataset") for base in owner.bases):
            continue
        ways = tuple(_counted(evidence, function, name.id))
        because = f"{name.id} is a number, and {function.name}() counts it: what is counted is wanted"
        return Recognition(because, weight=8, candidates=ways)
    return None


def _counts(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "len" and len(node.args) == 1


def _counted(evidence: Evidence, function: ast.FunctionDef, name: str) -> Iterator[Candidate]:
    """What a number is the length of that the caller gives: ``Net(letters)`` for ``Net(count)``."""
    frames = evidence.user_frames[:-1]
    source, call = found_at(frames[-1].span) if frames else (None, None)
    if source is None or not isinstance(call, ast.Call):
        return
    given = given_for(call, function, name)
    text = _made_of(source, given) if given is not None else ""
    held = frames[-1].names.get(text)
    if given is not None and text in known_at(call) and (held is None or held.kind != "number"):
        yield Candidate(f"{ast.unparse(given)} -> {text}", (Change(source.span(given), text),), (), 0.0)


def _made_of(source: Source, given: ast.expr) -> str:
    """What is counted: ``letters`` of ``len(letters)``, where it is written or where a name was given that."""
    value = only_value(source.tree, given.id) if isinstance(given, ast.Name) else given
    if isinstance(value, ast.Call) and _counts(value) and isinstance(value.args[0], ast.Name):
        return value.args[0].id
    return ""


BAD = """\
import torch
from torch import nn

letters = sorted(set("hello world"))
count = len(letters)


class Model(nn.Module):
    def __init__(self, letters):
        super().__init__()
        self.table = nn.Embedding(len(letters), 4)

    def forward(self, x):
        return self.table(x)


print(Model(count)(torch.tensor([0, 1])).shape)
"""

GOOD = BAD.replace("Model(count)", "Model(letters)")

FAULT = Fault(
    code="SC942",
    slug="count_for_what_is_counted",
    headline="a count is given where what is counted is wanted",
    why="A constructor that takes len() of what it is given counts it by itself, and a number has no length.",
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Read what the constructor does with a parameter: len(letters) wants the letters.",
    messages=(r"object of type 'int' has no len\(\)",),
)
