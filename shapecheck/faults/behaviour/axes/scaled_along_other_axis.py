"""Vectors were scaled to length one along another axis than the one along which they are compared."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.linear = nn.Linear(3, 6), nn.Linear(3, 6), nn.Linear(7, 5)

    def forward(self, x):  # (batch_size, tokens, num_features)
        query = nn.functional.normalize(self.query(x), dim=1)
        key = nn.functional.normalize(self.key(x), dim=1)
        return self.linear((query * key).sum(dim=-1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("(x), dim=1)", "(x), dim=-1)")

FAULT = Fault(
    code="SC821",
    slug="scaled_along_other_axis",
    headline="vectors are scaled along one axis and compared along another",
    why=(
        "The product of two vectors is the cosine between them where both have length one. Scaled along the axis of "
        "the positions instead, each feature has length one over all of them, and the product says how long the "
        "vectors happen to be. In (batch_size, positions, num_features) the features are the last axis."
    ),
    recognise=sees("scaled_along_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="Normalise along the axis that is summed over: dim=-1 for embeddings.",
)
