"""A measure holds guesses of the next symbol against the present one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.walk, self.out = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)

    def forward(self, ids):
        return self.out(self.walk(self.table(ids))[0])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(3):
    ids = torch.randint(0, 9, (5, 7))
    scores = model(ids)
    loss = nn.functional.cross_entropy(scores[:, :-1].transpose(1, 2), ids[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    guess = scores.argmax(-1)
    print((guess == ids).float().mean().item())
"""
)

GOOD = BAD.replace("guess == ids", "guess[:, :-1] == ids[:, 1:]")

FAULT = Fault(
    code="SC1015",
    slug="unshifted_in_measure",
    headline="a measure holds guesses of the next symbol against the present one",
    why=(
        "A model that is trained to say the next symbol is given the present one. Its loss cuts the last step off what "
        "it says and the first off what is asked for; a measure that compares the two as they are counts how often the "
        "model repeats what it has just read, which is no accuracy and may well fall while it learns."
    ),
    recognise=sees("unshifted_in_measure"),
    bad=BAD,
    good=GOOD,
    lesson="Shift a measure as the loss is shifted: guess[:, :-1] beside ids[:, 1:].",
    severity="warning",
)
