"""What labels have picked takes the place of what they pick from."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class WeightedLoss(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.weights = weights

    def forward(self, scores, labels):
        self.weights = self.weights[labels]
        picked = scores.log_softmax(1).gather(1, labels[:, None]).squeeze(1)
        return -(self.weights * picked).mean()


model, criterion = nn.Linear(4, 3), WeightedLoss(torch.tensor([0.2, 1.0, 2.0]))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(3):
    loss = criterion(model(torch.randn(7, 4)), torch.randint(0, 3, (7,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("self.weights = self.weights[labels]", "weights = self.weights[labels]").replace(
    "-(self.weights", "-(weights"
)

FAULT = Fault(
    code="SC739",
    slug="picked_again",
    headline="what labels have picked for one batch takes the place of what the next batch picks from",
    why=(
        "A loss that keeps a number for each class picks those of the samples by their labels. Kept under the same "
        "attribute, they are what the next batch picks from: label k then gets the weight of sample k of the batch "
        "before, and after a few batches all weights are alike."
    ),
    recognise=sees("picked_again"),
    bad=BAD,
    good=GOOD,
    lesson="What belongs to one batch is a local variable: alpha = self.alpha[labels].",
)
