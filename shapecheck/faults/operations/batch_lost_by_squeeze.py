"""A squeeze has dropped the batch of one sample."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Certainty
from shapecheck.reading.failing import CELLS, RECURRENT, failed, says
from shapecheck.reading.joined.nothing_left import nothing_left
from shapecheck.reading.samples.first_axis_squeezed import first_axis_squeezed
from shapecheck.reading.samples.squeezes import squeezed_of_one, squeezes


def _recognise(evidence: Evidence) -> Recognition | None:
    lost = squeezed_of_one(evidence)
    if lost is not None:
        because = "a batch of one sample comes out of this squeeze() without its axis: it drops every axis of size 1"
        # Of a layer's input every step back to the squeeze is known.
        certainty: Certainty = "proved" if failed(evidence, *RECURRENT, *CELLS) else "likely"
        return Recognition(because, certainty, weight=7, place=lost[0].span(lost[1]))
    single = nothing_left(evidence)
    if single is not None:
        because = "one number is left of a single sample, which has no axis to go along: this squeeze() drops them all"
        return Recognition(because, "proved", weight=7, place=single[0].span(single[1]))
    first = first_axis_squeezed(evidence)
    if first is not None:
        because = "the scores of one sample have no axis for the batch, and squeeze(0) drops it where it has size 1"
        return Recognition(because, "likely", weight=7, place=first[0].span(first[1]))
    if not says(evidence, *_ONE_SAMPLE):
        return None
    found = next(squeezes(evidence), None)
    if found is None:
        return None
    because = "the scores of one sample have no axis for the batch, and this squeeze() drops every axis of size 1"
    return Recognition(because, "likely", weight=5, place=found[0].span(found[1]))


_ONE_SAMPLE = (
    r"size mismatch \(got input: \[\d+\], target: \[1\]\)",
    r"the array at index \d+ has 0 dimension",
)


BAD = """\
import torch
from torch import nn

linear = nn.Linear(16, 5)
for rows in torch.randn(9, 1, 16).split(4):  # 4, 4 and 1 samples
    scores = linear(rows.squeeze())
    loss = nn.functional.cross_entropy(scores, torch.ones(len(rows), dtype=torch.long))
    loss.backward()
"""

GOOD = BAD.replace(
    "rows.squeeze()",
    "rows.squeeze(1)",
)

FAULT = Fault(
    code="SC559",
    slug="batch_lost_by_squeeze",
    headline="a squeeze has dropped the batch of one sample",
    why=(
        "squeeze() drops every axis of size one. The last batch of an epoch may hold a single sample, and then "
        "the axis of the batch goes too."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Name the axis: squeeze(-1), never squeeze().",
    messages=(r"size mismatch \(got input: \[\d+\], target: \[\d+\]\)", r"(of|over) a 0-d(im)? tensor"),
)
