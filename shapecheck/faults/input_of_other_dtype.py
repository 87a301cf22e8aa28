"""A layer and its input are of different dtypes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.failing import CELLS, CONVOLUTIONS, NORMS, RECURRENT, failed, tensors
from shapecheck.fault import Fault, Recognition

_LAYERS = ("Linear", "LayerNorm", "MultiheadAttention", *RECURRENT, *CELLS, *CONVOLUTIONS, *NORMS)


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *_LAYERS)
    want = str(operation.config.get("dtype", "float32")) if operation is not None else ""
    if operation is None or not want:
        return None
    for item in tensors(operation):
        record = item.value.record
        if record is None or record.dtype in (want, "bool") or item.role.endswith("mask"):
            continue
        return Recognition(f"the weights are {want} and {item.expression} is {record.dtype}", weight=6)
    return None


BAD = """\
import numpy as np
import torch
from torch import nn

days = torch.from_numpy(np.linspace(0.0, 1.0, 28).reshape(4, 7, 1))  # numpy's floats are float64
lstm = nn.LSTM(1, 16, batch_first=True)
out, _ = lstm(days)
print(out.shape)
"""

GOOD = BAD.replace(
    ".reshape(4, 7, 1))",
    ".reshape(4, 7, 1)).float()",
)

FAULT = Fault(
    code="SC110",
    slug="input_of_other_dtype",
    headline="a layer and its input are of different dtypes",
    why=(
        "torch multiplies only tensors of one dtype. Weights are float32; numpy's floats are float64, and whole "
        "numbers and images are integers. Convert the data once where it enters, not the model."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Data enters as float32: .float() where it is made.",
    messages=(
        r"mat1 and mat2 must have the same dtype",
        r"expected scalar type \w+ but found \w+",
        r"Input type \(.*\) and (bias|weight) type \(.*\) should be the same",
        r"expected m1 and m2 to have the same dtype",
        r"get_mkldnn_dtype: unsupported data type",
        r"input dtype \(.*\) does not match weight dtype",
    ),
)
