"""A layer and its input are of different dtypes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Fix, Violation
from shapecheck.reading.failing import CELLS, CONVOLUTIONS, NORMS, RECURRENT, failed, tensors

_LAYERS = ("Linear", "LayerNorm", "MultiheadAttention", *RECURRENT, *CELLS, *CONVOLUTIONS, *NORMS)


_METHODS = {"float32": "float()", "float64": "double()", "float16": "half()", "bfloat16": "bfloat16()"}


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is not None and evidence.crash is None:
        return _refused(violation)
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


def _refused(violation: Violation) -> Recognition | None:
    """What a contract says before torch is asked."""
    call, want = violation.call, violation.expected_text
    if violation.kind != "dtype" or call is None or want not in _METHODS:
        return None
    if call.type.removeprefix("Checked") not in _LAYERS or violation.role.endswith("mask"):
        return None
    fix = Fix(f"{violation.role}.{_METHODS[want]}")
    because = f"the weights are {want} and the {violation.role} is {violation.got_text}"
    return Recognition(because, fixes=(fix,), weight=6)


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
