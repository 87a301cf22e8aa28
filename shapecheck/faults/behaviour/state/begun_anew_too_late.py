"""A state begins anew one step too late."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.gru, self.head = nn.Embedding(20, 8), nn.GRUCell(8, 8), nn.Linear(8, 20)

    def forward(self, items, state):
        state = self.gru(self.embedding(items), state)
        return self.head(state), state


model, state = Model(), torch.zeros(6, 8)
items = torch.randint(0, 20, (5, 6))
fresh = torch.zeros(4, 6, dtype=torch.bool)
fresh[0] = True  # each row begins a session with the first of its items
for item, target, begins in zip(items, items[1:], fresh):
    scores, state = model(item, state)
    state = state.detach().masked_fill(begins[:, None], 0.0)
    nn.functional.cross_entropy(scores, target).backward()
"""
)

GOOD = BAD.replace(
    """    scores, state = model(item, state)
    state = state.detach().masked_fill(begins[:, None], 0.0)
""",
    """    state = state.detach().masked_fill(begins[:, None], 0.0)
    scores, state = model(item, state)
""",
)

FAULT = Fault(
    code="SC884",
    slug="begun_anew_too_late",
    headline="a state begins anew one step too late",
    why=(
        "A flag that says which rows begin a sequence goes with the first item of that sequence. Behind the call it "
        "blanks what that item has left, and the item itself was read with what another sequence had left."
    ),
    recognise=sees("begun_anew_too_late"),
    bad=BAD,
    good=GOOD,
    lesson="Blank the state of the rows that begin in front of the call; of those that end, behind it.",
)
