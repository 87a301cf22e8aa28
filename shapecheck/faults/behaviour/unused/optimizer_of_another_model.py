"""An optimizer holds another model than the one that is trained."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
model = nn.Linear(3, 1)
for step in range(4):
    loss = model(torch.randn(5, 3)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("0.1)\nmodel = nn.Linear(3, 1)\n", "0.1)\n")

FAULT = Fault(
    code="SC873",
    slug="optimizer_of_another_model",
    headline="the optimizer holds another model than the one that is trained",
    why=(
        "An optimizer steps the parameters that it was given, whatever has their name by now. A model that was made "
        "anew after it, or of which parameters were replaced, has gradients that nobody uses."
    ),
    recognise=sees("optimizer_of_another_model"),
    bad=BAD,
    good=GOOD,
    lesson="Make the model, and all that replaces its parameters, first; then the optimizer.",
)
