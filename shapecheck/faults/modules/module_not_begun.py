"""A module's own constructor does not call that of nn.Module."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import place_before, whole_lines
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import class_named
from shapecheck.reading.sources import Source, class_around, function_of_line, last_name, parameters, source_of, walk

_UNREADY = (
    r"before Module\.__init__\(\) call",
    r"'(\w+)' object has no attribute '_(?:modules|parameters|buffers|non_persistent_buffers_set|\w*hooks\w*)'",
)
_MORE_TOLD = "the class that it is made of may be meant to be told more"


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(evidence, *_UNREADY)
    frame = evidence.user_frame
    if found is None or frame is None:
        return None
    owner = class_named(evidence, found[1]) if found.lastindex else None
    if owner is None:
        function = function_of_line(source_of(frame.statement.file), frame.statement.line)
        around = class_around(function) if not found.lastindex else None
        owner = class_named(evidence, around.name) if around is not None else None
    maker = method_of(owner[1], "__init__") if owner is not None else None
    if owner is None or maker is None or _is_begun_first(maker):
        return None
    return Recognition(
        f"{owner[1].name}.__init__ puts something into the module before super().__init__() has made room for it",
        weight=8,
        candidates=_begun(evidence, *owner, maker),
        place=owner[0].span(maker.body[0]),
    )


def _is_begun_first(maker: ast.FunctionDef) -> bool:
    """Whether nothing is kept in front of the call of the constructor of nn.Module."""
    for line in maker.body:
        if any(isinstance(each, ast.Call) and _is_begin(each) for each in walk(line)):
            return True
        if any(isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store) for each in walk(line)):
            return False
    return False


def _is_begin(call: ast.Call) -> bool:
    return last_name(call.func) == "__init__"


def _begun(evidence: Evidence, source: Source, owner: ast.ClassDef, maker: ast.FunctionDef) -> tuple[Candidate, ...]:
    """The call put first as it is written, and taken away where it stands now."""
    lines = maker.body
    is_text = isinstance(lines[0], ast.Expr) and isinstance(lines[0].value, ast.Constant) and len(lines) > 1
    first = source.span(lines[1 if is_text else 0])
    late = [line for line in lines if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call)]
    gone = [whole_lines(source, line) for line in late if isinstance(line.value, ast.Call) and _is_begin(line.value)]
    calls = [source.span(line).text for line in late if isinstance(line.value, ast.Call) and _is_begin(line.value)]
    text = f"\n{' ' * first.column}".join([*(calls or ["super().__init__()"]), ""])
    changes = (Change(place_before(first), text), *(Change(span, "") for span in gone))
    bases = (class_named(evidence, last_name(each)) for each in owner.bases)
    makers = [method_of(each[1], "__init__") for each in bases if each is not None]
    is_told = any(each is not None and len(parameters(each)) > 1 for each in makers)
    doubt = _MORE_TOLD if is_told and not calls else ""
    return (Candidate(f"{(calls or ['super().__init__()'])[0]} first", changes, (), 0.0, doubt),)


BAD = """\
import torch
from torch import nn


class Forecast(nn.Module):
    def __init__(self):
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(x)


print(Forecast()(torch.randn(3, 4)).shape)
"""

GOOD = BAD.replace("        self.head =", "        super().__init__()\n        self.head =")

FAULT = Fault(
    code="SC901",
    slug="module_not_begun",
    headline="the constructor of a module does not begin with super().__init__()",
    why=(
        "nn.Module keeps layers, parameters and buffers in tables of its own, and its constructor makes them. Until "
        "super().__init__() has run there is nowhere to put a layer."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="super().__init__() is the first line of every module's __init__.",
    messages=(
        r"cannot assign (module|parameters?|buffers?) before Module\.__init__\(\) call",
        r"object has no attribute '_(modules|parameters|buffers|forward_hooks|forward_pre_hooks|backward_hooks)'",
    ),
)
