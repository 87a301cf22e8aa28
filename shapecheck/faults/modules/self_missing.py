"""A method of a module does not take the module itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.definitions import method_of
from shapecheck.reading.failing import says
from shapecheck.reading.sources import Source, parameters, user_sources


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(evidence, r"(?:(\w+)\.)?(\w+)\(\) takes (\d+) positional arguments? but (\d+) (?:was|were) given")
    if found is None or int(found[4]) != int(found[3]) + 1:
        return None
    for source in user_sources(evidence):
        for owner in source.classes:
            method = method_of(owner, found[2]) if found[1] in (None, owner.name) else None
            if method is not None and _lacks_self(owner, method):
                return Recognition(
                    f"{found[2]} is given the module first, and then what it is called with",
                    weight=8,
                    candidates=tuple(_with_self(source, method)),
                )
    return None


def _lacks_self(owner: ast.ClassDef, method: ast.FunctionDef) -> bool:
    """Whether a method begins with none of the names that the object has, in other methods of its class either."""
    others = (each for each in owner.body if isinstance(each, ast.FunctionDef) and each is not method)
    taken = [parameters(each)[:1] for each in others if not each.decorator_list]
    first = parameters(method)[:1]
    is_taken = first in (["self"], ["cls"], ["_"]) or (first != [] and first in taken)
    return not method.decorator_list and not is_taken


def _with_self(source: Source, method: ast.FunctionDef) -> Iterator[Candidate]:
    line = source.lines[method.lineno - 1]
    at = line.find("(", line.find(f"def {method.name}")) + 1
    if at:
        text = "self, " if parameters(method) or method.args.vararg else "self"
        place = Span(source.file, method.lineno, at, method.lineno, at, "")
        yield Candidate(f"def {method.name}({text}...)", (Change(place, text),), (), 0.0)


BAD = """\
import torch
from torch import nn


class Double(nn.Module):
    def forward(x):
        return 2 * x


print(Double()(torch.randn(3, 4)).shape)
"""

GOOD = BAD.replace("def forward(x)", "def forward(self, x)")

FAULT = Fault(
    code="SC909",
    slug="self_missing",
    headline="a method does not take self",
    why="model.forward(x) is forward(model, x): what stands in front of the dot is the first argument.",
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The first parameter of a method is self.",
    messages=(r"takes \d+ positional arguments? but \d+ (was|were) given",),
)
