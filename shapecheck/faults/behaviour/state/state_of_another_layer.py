"""Each of several stacked cells starts from the state of one of them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList(nn.GRUCell(3, 3) for _ in range(2))
        self.linear = nn.Linear(3, 4)

    def forward(self, x):
        hidden, out = [torch.zeros(len(x), 3) for _ in self.cells], []
        for step in x.unbind(1):
            new = []
            for i, cell in enumerate(self.cells):
                step = cell(step, hidden[0])
                new.append(step)
            hidden = new
            out.append(self.linear(step))
        return torch.stack(out, 1)


report = audit(Model(), nn.MSELoss(), (torch.randn(5, 7, 3), torch.randn(5, 7, 4)))
"""
)

GOOD = BAD.replace("hidden[0]", "hidden[i]")

FAULT = Fault(
    code="SC837",
    slug="state_of_another_layer",
    headline="a stacked layer starts from the state of another layer",
    why=(
        "Each layer remembers by its own state. Given that of another layer in every step, it reads what that one "
        "remembers, and forgets what it has made of the steps before. Given the last state of the layer below, it "
        "knows the end of the sequence at its first step."
    ),
    recognise=sees("state_of_another_layer"),
    bad=BAD,
    good=GOOD,
    lesson="As many states as cells, each handed back to its own: cell(x, hidden[i]).",
)
