"""The layers of a model are kept in a plain list or dict, where nn.Module does not see them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.definitions import method_of
from shapecheck.reading.failing import says
from shapecheck.reading.sources import Source, class_around, is_own, last_name, user_sources, walk, written_as

_LISTS = ast.List | ast.ListComp
_DICTS = ast.Dict | ast.DictComp


def _recognise(evidence: Evidence) -> Recognition | None:
    if not says(evidence, r"optimizer got an empty parameter list"):
        return None
    found = [(source, line) for source in user_sources(evidence) for line in _kept_plainly(source)]
    if not found:
        return None
    names = ", ".join(ast.unparse(line.targets[0]) for _, line in found)
    changes = tuple(_held(source, line) for source, line in found)
    return Recognition(
        f"{names} holds layers, and nn.Module looks for layers in its attributes, not in what these hold",
        weight=8,
        candidates=(Candidate(changes[0].text, changes, (), 0.0),),
    )


def _kept_plainly(source: Source) -> Iterator[ast.Assign]:
    """The attributes of a class that are given a list or a dict of layers: ``self.layers = [nn.Linear(2, 2)]``."""
    written = written_as(source.tree, "torch.nn") or "nn"
    for line in (each for each in walk(source.tree) if isinstance(each, ast.Assign)):
        if not is_own(line.targets[0]) or class_around(line) is None or not isinstance(line.value, _LISTS | _DICTS):
            continue
        calls = [each for each in walk(line.value) if isinstance(each, ast.Call)]
        own = {each.name for each in source.classes if method_of(each, "forward") is not None}
        made = (ast.unparse(each.func) for each in calls)
        if any(each.startswith((f"{written}.", "torch.nn.")) or each in own for each in made):
            yield line


def _held(source: Source, line: ast.Assign) -> Change:
    written = written_as(source.tree, "torch.nn") or ("nn" if "nn." in source.span(line.value).text else "torch.nn")
    item = line.value.elt if isinstance(line.value, ast.ListComp) else next(iter(getattr(line.value, "elts", [])), None)
    held = "Parameter" if isinstance(item, ast.Call) and last_name(item.func) == "Parameter" else "Module"
    kind = held + ("Dict" if isinstance(line.value, _DICTS) else "List")
    span = source.span(line.value)
    return Change(span, f"{written}.{kind}({span.text})")


BAD = """\
import torch
from torch import nn


class Deep(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.layers = [nn.Linear(width, width) for _ in range(depth)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu()
        return x


model = Deep(4, 3)
optimizer = torch.optim.Adam(model.parameters())
print(model(torch.randn(2, 4)).shape)
"""

GOOD = BAD.replace(
    "[nn.Linear(width, width) for _ in range(depth)]",
    "nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])",
)

FAULT = Fault(
    code="SC905",
    slug="layers_in_plain_list",
    headline="layers in a plain list belong to no model",
    why=(
        "parameters(), to(), train() and state_dict() go through the attributes of a module that are modules. A list "
        "is none, so that its layers are never trained, moved or stored."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="nn.ModuleList for a list of layers, nn.ModuleDict for a dict.",
    messages=(r"optimizer got an empty parameter list",),
    see="print(len(list(model.parameters()))).",
)
