"""A measure cuts scores where probabilities have their middle, or the other way round."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(6, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
criterion = nn.BCEWithLogitsLoss()
for step in range(3):
    x, y = torch.randn(5, 6), torch.randint(0, 2, (5, 1)).float()
    scores = model(x)
    loss = criterion(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(((scores > 0.5) == y.bool()).float().mean().item())
"""
)

GOOD = BAD.replace("scores > 0.5", "scores > 0")

FAULT = Fault(
    code="SC1013",
    slug="cut_elsewhere",
    headline="a measure cuts what the model gives beside the middle that the loss takes",
    why=(
        "A loss with logits takes what the model gives for scores without bounds: the probability is a half where the "
        "score is 0. A measure that asks whether the score is above a half asks for a probability of more than 0.62, "
        "and one that asks whether a probability is above 0 always hears yes. Nothing fails, the number is wrong."
    ),
    recognise=sees("cut_elsewhere"),
    bad=BAD,
    good=GOOD,
    lesson="Scores are cut at 0, probabilities at 0.5: torch.sigmoid lies between them.",
    severity="warning",
)
