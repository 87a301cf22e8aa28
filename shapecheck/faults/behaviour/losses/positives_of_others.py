"""A contrastive loss matches rows that belong to different samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
def nt_xent(z, _):
    z = nn.functional.normalize(z, dim=1)
    similarity = (z @ z.t() / 0.2).masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    return nn.functional.cross_entropy(similarity, torch.arange(len(z)) ^ 1)


class Views(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 5)

    def forward(self, x):
        views = torch.cat([x * 1.1, x + 0.1], dim=0)
        return self.linear(views)


batch = torch.randn(4, 6), torch.zeros(4)
report = audit(Views(), nt_xent, batch)
"""
)

GOOD = BAD.replace("torch.cat([x * 1.1, x + 0.1], dim=0)", "torch.stack([x * 1.1, x + 0.1], dim=1).flatten(0, 1)")

FAULT = Fault(
    code="SC843",
    slug="positives_of_others",
    headline="a contrastive loss matches rows that belong to different samples",
    why=(
        "The loss names for each row the one that shows the same sample, by its place. Views that are put one behind "
        "the other have it half the rows further, views that are put side by side have it next to them."
    ),
    recognise=sees("positives_of_others"),
    bad=BAD,
    good=GOOD,
    lesson="Labels of a contrastive loss must follow the order in which the views were joined.",
)
