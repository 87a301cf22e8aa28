"""The features are there, and the axis of the batch or of the time is missing."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import features_wanted, fits, lacks_one_axis
from shapecheck.reading.failing import failed
from shapecheck.reading.samples.given_samples import given_sample
from shapecheck.reading.samples.single_samples import axes_of_sample


def _recognise(evidence: Evidence) -> Recognition | None:
    if axes_of_sample(evidence):
        first = "steps" if failed(evidence, "__getitem__") is not None else "channels"
        return Recognition(f"the {first} of one sample stand in front, and no axis of samples before them", weight=7)
    given = given_sample(evidence)
    if given is not None and given.is_sample:
        because = f"{given.place.text} is one sample, and forward, which ran with batches before, counts on their axis"
        return Recognition(because, weight=7)
    violation = evidence.violation
    if violation is None or violation.got is None or not lacks_one_axis(violation):
        return None
    features = features_wanted(violation)
    if features is None or violation.got[-1] != features or len(violation.expected) != 3:
        return None
    (first, first_size), (second, second_size), (name, _) = violation.expected
    rows = violation.got[0]
    ends = f"{violation.got} ends with the {features} of {name}"
    if fits((rows,), (second_size,)) and second_size is not None and rows != first_size:
        return Recognition(f"{ends} and {second} stands before them, so {first} is missing: x.unsqueeze(0) adds it")
    if fits((rows,), (first_size,)) and first_size is not None and rows != second_size:
        return Recognition(f"{ends} and {first} stands before them, so {second} is missing: x.unsqueeze(1) adds it")
    return Recognition(
        f"{ends}, so {first} or {second} is missing: x.unsqueeze(0) if the {rows} rows are {second}, x.unsqueeze(1) "
        f"if they are {first}",
        "likely",
    )


BAD = """\
import torch
from torch import nn

from shapecheck import Protocol, watch


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 16, batch_first=True)
        self.linear = nn.Linear(16, 1)

    def forward(self, x):
        out, _ = self.lstm(x)  # (batch_size, seq_length, hidden_size)
        return self.linear(out.reshape(-1, 16))  # (batch_size * seq_length, 1)


model = Model()
week = torch.randn(7, 3)  # one sample: 7 days of 3 prices
with watch(model, protocol=Protocol.documented()):
    model(week)
"""

GOOD = BAD.replace(
    "week = torch.randn(7, 3)  # one sample: 7 days of 3 prices",
    "week = torch.randn(7, 3).unsqueeze(0)  # (batch_size, seq_length, num_features)",
)

FAULT = Fault(
    code="SC115",
    slug="missing_batch_axis",
    headline="the axis of the batch, or that of the time, is missing",
    why=(
        "One sample has an axis of the batch too, of size 1, and one step an axis of the time. Without it a recurrent "
        "layer takes a 2-D tensor as one single unbatched sequence, so that rows which were samples influence "
        "each other, and whatever counts on three axes afterwards reads the wrong one."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A batch of one is a batch: x.unsqueeze(0) before the model.",
)
