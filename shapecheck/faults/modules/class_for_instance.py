"""A class of modules stands where a module is wanted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import class_named, failed_line, not_called
from shapecheck.reading.sources import Source, defaults_of, last_name, user_sources, walk


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(
        evidence,
        r"([A-Z]\w*) is not a Module subclass",
        r"must be Tensor, not ([A-Z]\w*)",
        r"'([A-Z]\w*)' object has no attribute",
        r"(?:^|\W)([A-Z]\w*)\.__init__\(\) takes",
        r"unsupported operand type\(s\) for \S+ '([A-Z]\w*)' and",
        r"unsupported operand type\(s\) for \S+ '\w+' and '([A-Z]\w*)'",
    )
    name = next((each for each in found.groups() if each), "") if found is not None else ""
    places = tuple(_places(evidence, name)) if name and name not in ("Tensor", "Parameter") else ()
    if not places:
        return None
    return Recognition(
        f"{name} without brackets is the class itself: what is called then makes a module, and computes nothing",
        weight=8,
        candidates=tuple(_made(source, node) for source, node in places[:2]),
    )


def _places(evidence: Evidence, name: str) -> Iterator[tuple[Source, ast.expr]]:
    """Where a class of this name is given to a call that failed, or kept under a name, as it is."""
    line = failed_line(evidence)
    if line is not None and says(evidence, r"is not a Module subclass"):
        yield from ((line[0], each) for each in not_called(line[1]) if last_name(each) == name)
        return
    owner = class_named(evidence, name)
    is_known = owner is not None and method_of(owner[1], "forward") is not None
    for source in user_sources(evidence):
        for node in walk(source.tree):
            for _, value in values_given(node):
                is_class = is_known if isinstance(value, ast.Name) else isinstance(value, ast.Attribute)
                if is_class and last_name(value) == name:
                    yield source, value
            if isinstance(node, ast.FunctionDef):
                yield from ((source, each) for each in _kept_from_default(node, name))


def _kept_from_default(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """Where a function keeps a parameter as it is whose default is the class."""
    given = {each for each, default in defaults_of(function.args) if last_name(default) == name}
    for line in walk(function):
        yield from (value for _, value in values_given(line) if isinstance(value, ast.Name) and value.id in given)


def _made(source: Source, node: ast.expr) -> Candidate:
    change = suffixed(source.span(node), "()")
    return Candidate(change.text, (change,), (), 0.0)


BAD = """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU, nn.Linear(8, 1))
print(model(torch.randn(3, 4)).shape)
"""

GOOD = BAD.replace("nn.ReLU,", "nn.ReLU(),")

FAULT = Fault(
    code="SC902",
    slug="class_for_instance",
    headline="a class stands where one of its modules is wanted",
    why=(
        "nn.ReLU is the class, nn.ReLU() makes a module of it. To call the class with a tensor makes one more module, "
        "which takes the tensor for a setting; nothing is computed."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A layer without settings is made with empty brackets too: nn.ReLU().",
    messages=(
        r"is not a Module subclass",
        r"must be Tensor, not (ReLU|Tanh|Sigmoid|Dropout|Softmax|Flatten)",
        r"__init__\(\) takes \d+ positional arguments? but \d+ were given",
    ),
)
