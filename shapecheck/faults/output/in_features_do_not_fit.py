"""The layer in front gives another width than the Linear was made for."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.messages import matrices
from shapecheck.faults.reading import layer, only_last_axis
from shapecheck.reading.layers.layer_loops import same_input
from shapecheck.reading.sizes.refused_widths import (
    features_elsewhere,
    flat_width,
    not_flattened,
    took_a_feature,
    two_directions,
)

# What says more than the two numbers do; each has a fault of its own.
_SPECIFIC = (features_elsewhere, flat_width, not_flattened, took_a_feature, two_directions, same_input)


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.call is None or not violation.call.type.endswith("Linear"):
        return None
    if violation.role != "input" or not only_last_axis(violation) or violation.got is None:
        return None
    if any(found(evidence) for found in _SPECIFIC):
        return None
    return Recognition(
        f"{layer(violation)} takes {violation.expected[-1][1]} numbers a row, but each row has {violation.got[-1]}",
        weight=2,
    )


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLinear

lstm = nn.LSTM(10, 16, batch_first=True, bidirectional=True)
linear = CheckedLinear(16, 5)
out, _ = lstm(torch.randn(4, 7, 10))  # (batch_size, seq_length, 2 * hidden_size)
linear(out)
"""

GOOD = BAD.replace(
    "linear = CheckedLinear(16, 5)",
    "linear = CheckedLinear(2 * 16, 5)",
)


def _speaks_for(message: str) -> float:
    """The plainest cause, before those that need special numbers."""
    return 0.0 if matrices(message) is None else 1.0


FAULT = Fault(
    code="SC301",
    slug="in_features_do_not_fit",
    headline="the layer in front gives another width than the Linear was made for",
    why=(
        "in_features is the size of the last axis of what comes in. Behind an LSTM that is hidden_size, twice "
        "that if the LSTM is bidirectional, and proj_size if that is set; never the length of the sequence."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The width of a Linear is the last axis of what comes before it.",
    messages=(r"mat1 and mat2 shapes cannot be multiplied",),
    speaks_for=_speaks_for,
)
