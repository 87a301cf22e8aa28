"""A mask that was made for another number of rows than the tensor has that it picks from."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, no_indices, says
from shapecheck.reading.steps.unpacked import unpacked_shorter


def _recognise(evidence: Evidence) -> Recognition | None:
    if failed(evidence, "__getitem__", "__setitem__") is None or no_indices(evidence):
        return None
    found = says(evidence, r"shape of the mask \[([\d, ]*)\] at index (\d+) does not match .*? tensor \[([\d, ]*)\]")
    if found is None or unpacked_shorter(evidence) is not None:
        return None
    mask, axis, sizes = found.groups()
    return Recognition(f"the mask is ({mask}), the tensor ({sizes}); they differ at axis {axis} of the mask", weight=5)


BAD = """\
import torch

torch.manual_seed(0)


def split(count):
    train = torch.zeros(count, dtype=torch.bool)
    train[: count // 2] = True
    return train, ~train


papers = torch.rand(12, 5)
cited = papers[papers.sum(dim=1) > 2.4]
train, test = split(len(papers))
print(cited[train].shape, cited[test].shape)
"""

GOOD = BAD.replace(
    "split(len(papers))",
    "split(len(cited))",
)

FAULT = Fault(
    code="SC563",
    slug="mask_of_another_tensor",
    headline="a mask was made for another tensor than it picks from",
    why=(
        "A mask of booleans says for each row whether it is taken, so it has as many items as the tensor has rows. "
        "Where rows were dropped in between, a mask that was made before, or for the length from before, belongs to "
        "the old rows."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Make masks of what they pick from, after the last row was dropped.",
    messages=(r"The shape of the mask \[[\d, ]*\] at index \d+ does not match the shape of the indexed tensor",),
)
