"""The input has another number of features than the layer was made for."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import is_cell, is_recurrent, lacks_features, layer, only_last_axis
from shapecheck.reading.layers.layer_loops import same_input
from shapecheck.reading.sizes.refused_widths import features_elsewhere, took_a_feature, two_directions


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.role != "input" or not only_last_axis(violation):
        return None
    if not is_recurrent(violation) and not is_cell(violation):
        return None
    if lacks_features(violation) or features_elsewhere(evidence) or took_a_feature(evidence):
        return None
    if two_directions(evidence) or same_input(evidence):
        return None
    got, (name, size) = violation.got, violation.expected[-1]
    assert got is not None
    return Recognition(
        f"{layer(violation)} reads {name}={size} numbers a step, but the last axis holds {got[-1]}", weight=2
    )


BAD = """\
import torch

from shapecheck import CheckedLSTM

lstm = CheckedLSTM(10, 16, batch_first=True)
lstm(torch.randn(4, 7, 12))
"""

GOOD = BAD.replace(
    "lstm = CheckedLSTM(10, 16, batch_first=True)",
    "lstm = CheckedLSTM(12, 16, batch_first=True)",
)

FAULT = Fault(
    code="SC102",
    slug="features_do_not_fit",
    headline="the input has another number of features than the layer was made for",
    why=(
        "input_size is the size of the last axis: how many numbers the layer reads at each step. It is fixed "
        "when the layer is made, since the weights have that many columns."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="input_size is the last axis of the input, and says nothing about batch or time.",
    messages=(
        r"input\.size\(-1\) must be equal to input_size\. Expected \d+, got \d+",
        r"input has inconsistent input_size: got \d+ expected \d+",
    ),
)
