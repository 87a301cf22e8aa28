"""A token asks at one step, and the answer is read at another one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.walk = nn.Embedding(10, 8), nn.GRU(8, 4, batch_first=True, bidirectional=True)

    def forward(self, ids):
        return self.walk(self.table(ids))[0]


model, out = Model(), nn.Linear(8, 10)
optimizer = torch.optim.SGD([*model.parameters(), *out.parameters()], 0.01)
rows = torch.arange(5)
for step in range(3):
    ids, lengths = torch.randint(0, 9, (5, 7)), torch.randint(2, 7, (5,))
    chosen = torch.rand(5, 7) < 0.4
    loss = nn.functional.cross_entropy(out(model(ids.masked_fill(chosen, 9))[chosen]), ids[chosen])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        asked = ids.clone()
        asked[rows, lengths] = 9
        answer = out(model(asked)[rows, lengths - 1])
        print((answer.argmax(1) == ids[rows, lengths]).float().mean().item())
"""
)

GOOD = BAD.replace("[rows, lengths - 1])", "[rows, lengths])")

FAULT = Fault(
    code="SC800",
    slug="answer_read_elsewhere",
    headline="a token asks at one step and the answer is read at another one",
    why=(
        "A model that is trained to say what a token hides learns its answer where that token stands, and nothing at "
        "the other steps: what comes out there no loss has ever looked at. A measure that puts the token behind the "
        "last item and reads the step of that item measures this."
    ),
    recognise=sees("answer_read_elsewhere"),
    bad=BAD,
    good=GOOD,
    lesson="Steps count from 0: behind a sequence of n items the next step is n, not n - 1.",
    severity="warning",
)
