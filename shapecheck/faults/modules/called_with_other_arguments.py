"""A module, or a function, is called with other arguments than it takes."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.calls_refused import RefusedCall, refused_call
from shapecheck.reading.sources import walk


def _recognise(evidence: Evidence) -> Recognition | None:
    refused = refused_call(evidence)
    if refused is None or refused.operation.parameters or refused.lacks_self or not _is_about_torch(evidence, refused):
        return None
    called = refused.operation.callee or ast.unparse(refused.call.func)
    takes = f"; it takes {', '.join(refused.takes)}" if refused.takes else ""
    given = [ast.unparse(each) for each in (*refused.call.args, *(word.value for word in refused.call.keywords))]
    is_given = f"{called} is given {', '.join(given)[:80] or 'nothing'}{takes}"
    if refused.missing:
        return Recognition(f"{', '.join(refused.missing)} must be given as well: {is_given}", weight=6)
    if refused.unknown:
        return Recognition(f"there is no {refused.unknown}: {is_given}", weight=6)
    return Recognition(f"more is given than there are places for: {is_given}", weight=6)


def _is_about_torch(evidence: Evidence, refused: RefusedCall) -> bool:
    """Whether a model, a loader or a tensor is called, given, or made in the same statement."""
    kinds = ("tensor", "packed", "module")
    values = [each.value for each in refused.operation.arguments]
    values += evidence.held.values()
    is_held = any(each.kind in kinds or each.type == "DataLoader" for each in values)
    return is_held or refused.operation.name.startswith("torch.") or _is_data_set(refused)


def _is_data_set(refused: RefusedCall) -> bool:
    """Whether a class of samples is made, or a function called that makes or reads tensors."""
    if refused.function is None:
        return False
    owner = getattr(refused.function, "parent", None)
    bases = [ast.unparse(each) for each in owner.bases] if isinstance(owner, ast.ClassDef) else []
    is_set = any(each.rpartition(".")[2].endswith(("Dataset", "Module", "DataLoader")) for each in bases)
    return is_set or any(
        isinstance(each, ast.Name) and each.id in ("torch", "nn", "F") for each in walk(refused.function)
    )


BAD = """\
import torch
from torch import nn


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x, mask):
        return self.fc(x * mask)


x, mask = torch.randn(3, 4), torch.ones(3, 4)
print(Mixer()(x).shape)
"""

GOOD = BAD.replace("Mixer()(x)", "Mixer()(x, mask)")

FAULT = Fault(
    code="SC912",
    slug="called_with_other_arguments",
    headline="a call gives other arguments than the function takes",
    why=(
        "model(x) calls forward(self, x), and every parameter without a default must be given, in the order of the "
        "definition or by its name. A loss of three operands takes all three."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Read the line of the definition, def forward(self, ...), beside the call.",
    messages=(
        r"missing \d+ required positional arguments?: ",
        r"takes (from \d+ to )?\d+ positional arguments? but \d+ (was|were) given",
        r"got an unexpected keyword argument",
    ),
)
