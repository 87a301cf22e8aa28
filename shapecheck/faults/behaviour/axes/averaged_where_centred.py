"""An average runs along the axis that a norm has centred."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.each, self.norm, self.score = nn.Linear(3, 8), nn.LayerNorm(8), nn.Linear({width}, 5)

    def forward(self, patches):  # (batch_size, patches, num_features)
        return self.score(self.norm(self.each(patches)).mean(dim=-1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("{width}", "8").replace("mean(dim=-1)", "mean(dim=1)")
BAD = BAD.replace("{width}", "7")

FAULT = Fault(
    code="SC1051",
    slug="averaged_where_centred",
    headline="an average runs along the axis that a norm has centred",
    why=(
        "A norm takes the mean of each sample's numbers off these. The average of the same numbers behind it is what "
        "was taken off: zero for every sample. What is left to the layer behind are errors of rounding, and as soon as "
        "the weights of the norm have moved, one number where the features were."
    ),
    recognise=sees("averaged_where_centred"),
    bad=BAD,
    good=GOOD,
    lesson="Norms run along features, pools along positions: dim=1 of (batch_size, positions, num_features).",
)
