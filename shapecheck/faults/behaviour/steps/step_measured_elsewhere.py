"""A measure reads another step than the loss."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.walk, self.out = nn.GRU(6, 8, batch_first=True), nn.Linear(8, 4)

    def forward(self, x):
        return self.out(self.walk(x)[0])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
rows = torch.arange(5)
for step in range(3):
    x, y, lengths = torch.randn(5, 7, 6), torch.randint(0, 4, (5,)), torch.tensor([3, 7, 5, 2, 6])
    x[torch.arange(7) >= lengths[:, None]] = 0
    scores = model(x)
    loss = nn.functional.cross_entropy(scores[rows, lengths - 1], y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    guess = scores[:, -1].argmax(1)
    print((guess == y).float().mean().item())
"""
)

GOOD = BAD.replace("scores[:, -1]", "scores[rows, lengths - 1]")

FAULT = Fault(
    code="SC1014",
    slug="step_measured_elsewhere",
    headline="a measure reads another step than the loss",
    why=(
        "A model that returns something for each step has learned to answer at the step that the loss reads. At any "
        "other step no loss has ever looked: it has not read the whole sequence yet, or has read filler behind it. A "
        "measure of that step tells nothing of what was trained."
    ),
    recognise=sees("step_measured_elsewhere"),
    bad=BAD,
    good=GOOD,
    lesson="Let the loss and the measure share the line that picks the step.",
    severity="warning",
)
