"""A model is called twice with the same view, and another view of the batch is read by nobody."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
views = torch.utils.data.TensorDataset(torch.randn(24, 6), torch.randn(24, 6))
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for one, two in torch.utils.data.DataLoader(views, batch_size=8, shuffle=True):
    mine = model(one)
    theirs = model(one)
    loss = nn.functional.cross_entropy(mine @ theirs.t(), torch.arange(8))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("theirs = model(one)", "theirs = model(two)")

FAULT = Fault(
    code="SC867",
    slug="one_view_twice",
    headline="a model is called twice with the same view, and the other view is never read",
    why=(
        "Two views of a sample teach what they have in common. Given the same one twice, the model returns the same "
        "twice: each sample finds itself without having learned anything, and half of the data is never seen."
    ),
    recognise=sees("one_view_twice"),
    bad=BAD,
    good=GOOD,
    lesson="Look for what nobody reads: a part of the batch that is left over was meant for something.",
)
