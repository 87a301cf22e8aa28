"""A mask that is cut like the inputs counts a target of padding in each row."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
text = torch.tensor([[1, 5, 7, 2, 0, 0, 0], [1, 6, 2, 0, 0, 0, 0], [1, 7, 5, 6, 2, 0, 0], [1, 5, 6, 6, 8, 7, 2]])
mask = (text != 0).float()
model = nn.Sequential(nn.Embedding(9, 8), nn.Linear(8, 9))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    scores = model(text[:, :-1]).transpose(1, 2)
    losses = nn.functional.cross_entropy(scores, text[:, 1:], reduction="none")
    kept = mask[:, :-1]
    loss = (losses * kept).sum() / kept.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("mask[:, :-1]", "mask[:, 1:]")

FAULT = Fault(
    code="SC804",
    slug="mask_of_inputs",
    headline="a mask is cut like the inputs and counts a target of padding in each row",
    why=(
        "The targets lie one step later than the inputs, and so does what is real among them. A mask of the inputs "
        "keeps the place where the end of a row goes in, and what is asked for there is padding."
    ),
    recognise=sees("mask_of_inputs"),
    bad=BAD,
    good=GOOD,
    lesson="Cut the mask as the targets are cut: mask[:, 1:], or targets != padding.",
)
