"""A length was measured along an axis that holds one number."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.weight = nn.Linear(3, 4), nn.Parameter(torch.randn(5, 6, 4))

    def forward(self, x):  # (batch_size, num_features)
        votes = self.weight @ self.linear(x)[:, None, :, None]  # (batch_size, capsules, vector, 1)
        size = (votes ** 2).sum(-1, keepdim=True)
        votes = votes * size.sqrt() / (1 + size)
        return votes.squeeze(-1).norm(dim=-1)


batch = torch.randn(8, 3), torch.randint(0, 5, (8,))
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("sum(-1, keepdim=True)", "sum(-2, keepdim=True)")

FAULT = Fault(
    code="SC1081",
    slug="length_of_one",
    headline="a length is measured along an axis that holds one number",
    why=(
        "The axis was added for a product or kept by a sum, and the vectors lie along another one. Each number is "
        "divided by its own size then: the vector loses its direction, and its length is not what the formula makes it."
    ),
    recognise=sees("length_of_one"),
    bad=BAD,
    good=GOOD,
    lesson="What has size one along an axis has nothing to be measured there: name the axis of the vectors.",
)
