"""A batch of vectors is multiplied as one matrix."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.mismatches import sizes_of, vectors


def _recognise(evidence: Evidence) -> Recognition | None:
    found = vectors(evidence)
    if found is None:
        return None
    left, right = found
    because = (
        f"{left.expression} {sizes_of(left)} holds as many matrices as {right.expression} {sizes_of(right)} vectors"
    )
    return Recognition(because, weight=6)


BAD = """\
import torch

turns = torch.randn(5, 3, 4)  # a matrix for each point
points = torch.randn(5, 4)
turned = turns @ points
print(turned.shape)
"""

GOOD = BAD.replace(
    "turned = turns @ points",
    "turned = (turns @ points.unsqueeze(-1)).squeeze(-1)",
)

FAULT = Fault(
    code="SC554",
    slug="vectors_as_one_matrix",
    headline="a batch of vectors is multiplied as one matrix",
    why=(
        "With @, an operand of two axes is one matrix, for every item of the batch the same. A vector for each "
        "matrix is a matrix of one column: vectors.unsqueeze(-1), and the column goes again with squeeze(-1)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One vector for each matrix has an axis of size one at its end.",
    messages=(
        r"mat1 and mat2 shapes cannot be multiplied",
        r"Expected size for first two dimensions of batch2 tensor to be",
    ),
)
