"""A checkpoint is loaded into a model that was made with other sizes."""

from __future__ import annotations

import re

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says


def _recognise(evidence: Evidence) -> Recognition | None:
    if failed(evidence, "load_state_dict") is None:
        return None
    found = says(evidence, _MISMATCH)
    if found is None or evidence.crash is None:
        return None
    name, stored, held = found.groups()
    told = f"{name} is ({held}) in the model and ({stored}) in the checkpoint"
    common = _common([(each[1], each[2]) for each in re.findall(_MISMATCH, evidence.crash.message)])
    return Recognition(f"{told}{'; ' if common else ''}{common}", weight=5)


_MISMATCH = r"size mismatch for (\S+): .*?Size\(\[([\d, ]*)\]\).*?Size\(\[([\d, ]*)\]\)"


def _common(shapes: list[tuple[str, str]]) -> str:
    """What several parameters that do not fit have in common: one size, and multiples of it; else nothing."""
    pairs: set[tuple[int, int]] = set()
    for stored, held in shapes:
        before, now = (tuple(map(int, re.findall(r"\d+", shape))) for shape in (stored, held))
        if len(before) != len(now):
            return ""
        pairs |= {(old, new) for old, new in zip(before, now, strict=True) if old != new}
    if len(shapes) < 2 or not pairs or min(map(min, pairs)) == 0:
        return ""
    old, new = min(pairs)
    if any(one % old or one // old * new != other for one, other in pairs):
        return ""
    multiples = ", or a multiple of it" if len(pairs) > 1 else ""
    return f"all {len(shapes)} that do not fit have {new} in the model for {old} in the checkpoint{multiples}"


BAD = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.GRU(5, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 3)


trained = Net(hidden=24)
stored = trained.state_dict()
model = Net()
model.load_state_dict(stored)
print(model.out.in_features)
"""

GOOD = BAD.replace(
    "model = Net()",
    "model = Net(hidden=24)",
)

FAULT = Fault(
    code="SC562",
    slug="checkpoint_of_other_sizes",
    headline="a checkpoint is loaded into a model of other sizes",
    why=(
        "A state_dict holds numbers, and not the arguments with which the model was made. Whoever loads it has to make "
        "the model with the same arguments first: store them beside the numbers, and make the model of what was "
        "stored. strict=False does not help here, it forgives names, not sizes."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Store the arguments of the model with its state_dict, and make the model of them before loading.",
    messages=(r"size mismatch for \S+: copying a param with shape",),
)
