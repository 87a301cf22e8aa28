"""A tensor grows from one sample of a batch to the next."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.change = nn.Linear(4, 3), nn.Parameter(0.1 * torch.randn(3, 3))

    def forward(self, x):
        return self.linear(x)


model, table = Model(), torch.eye(3)


def criterion(scores, labels):
    mixed, losses = table, []
    for k in range(len(labels)):
        mixed = mixed + model.change
        losses.append(-(scores[k].softmax(0) @ mixed.softmax(1))[labels[k]].log())
    return torch.stack(losses).mean()


batch = torch.randn(5, 4), torch.tensor([0, 2, 1, 1, 0])
report = audit(model, criterion, batch)
"""
)

GOOD = BAD.replace("mixed = mixed + model.change", "mixed = table + model.change")

FAULT = Fault(
    code="SC868",
    slug="grown_over_samples",
    headline="a tensor grows from one sample of a batch to the next",
    why=(
        "In a loop over the samples the name that is added to keeps what the samples before have put there. So each "
        "sample is judged with another sum, by its row, and a larger batch is another loss."
    ),
    recognise=sees("grown_over_samples"),
    bad=BAD,
    good=GOOD,
    lesson="Give what a sample needs a name of its own in the loop.",
)
