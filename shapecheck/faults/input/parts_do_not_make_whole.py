"""The parts of a data set do not add up to all of it."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, operand, says

_UNEVEN = r"Sum of input lengths does not equal the length of the input dataset"


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "random_split")
    parts = operand(operation, "lengths")
    if parts is None or not says(evidence, _UNEVEN):
        return None
    return Recognition(f"{parts.expression} adds up to more or fewer samples than there are", weight=6)


BAD = """\
import torch
from torch.utils.data import TensorDataset, random_split

data = TensorDataset(torch.randn(57, 4))
n_train = int(0.8 * len(data))
n_val = int(0.2 * len(data))
train, val = random_split(data, [n_train, n_val])
print(len(train), len(val))
"""

GOOD = BAD.replace("int(0.2 * len(data))", "len(data) - n_train")

FAULT = Fault(
    code="SC586",
    slug="parts_do_not_make_whole",
    headline="the parts of a split do not add up to the data set",
    why=(
        "random_split gives every sample to one part. Shares that are cut to whole numbers, each by itself, leave a "
        "sample or two over: the last part is what the others leave. Shares as fractions are rounded by torch."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The last part of a split is the rest: len(data) - n_train.",
    messages=(_UNEVEN,),
)
