"""A layer starts from the state that an unrelated sequence left."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8, batch_first=True)
        self.linear = nn.Linear(8, 1)
        self.state = None

    def forward(self, x):
        out, state = self.gru(x, self.state)
        self.state = state.detach()
        return self.linear(out[:, -1])


model, data, targets = Model(), torch.randn(8, 7, 3), torch.randn(8, 1)
for chosen in torch.randperm(8).split(4):
    nn.functional.mse_loss(model(data[chosen]), targets[chosen]).backward()
"""
)

GOOD = BAD.replace("self.gru(x, self.state)", "self.gru(x)")

FAULT = Fault(
    code="SC761",
    slug="state_of_another_batch",
    headline="a layer starts from the state that an unrelated sequence left",
    why=(
        "The state was kept on the model, and the next batch is drawn at random: each sequence goes on "
        "from where another one, of which it knows nothing, ended. So it does where the rows of a state change places "
        "on their way to the next pieces of the same texts, where a model that keeps its state is called in a step "
        "for two views of the samples, and where a loop that resets its parts does not come to all of them."
    ),
    recognise=sees("state_of_another_batch"),
    bad=BAD,
    good=GOOD,
    lesson="Keep a state only between pieces of the same sequence.",
)
