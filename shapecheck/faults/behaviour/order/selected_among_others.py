"""Places among some rows are used as places among all of them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(3):
    pool, labels = torch.randn(20, 6), torch.randint(0, 4, (20,))
    usable = pool[:, 0] > -0.5
    with torch.no_grad():
        candidates = pool[usable]
        doubt = -model(candidates).softmax(1).amax(1)
        best = doubt.topk(4).indices
    chosen, asked = pool[best], labels[best]
    loss = nn.functional.cross_entropy(model(chosen), asked)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("pool[best], labels[best]", "candidates[best], labels[usable][best]")

FAULT = Fault(
    code="SC1011",
    slug="selected_among_others",
    headline="places that were found among some rows are used for all rows",
    why=(
        "What topk, argmax or a sort gives back counts the rows that it was given. Where these were picked out of "
        "more, or sorted before, the same numbers mean other rows there: what is taken is not what was scored best."
    ),
    recognise=sees("selected_among_others"),
    bad=BAD,
    good=GOOD,
    lesson="Keep the numbers of the rows that you pick: rows = mask.nonzero().flatten(), then rows[best].",
    severity="warning",
)
