"""The number of a row in a flattened tensor is counted with the size of the wrong axis."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 5)

    def forward(self, x):
        batch_size, num_steps, _ = x.shape
        latest = x.abs().sum(2).argmax(1)
        rows = x.reshape(batch_size * num_steps, 3)
        return self.linear(rows[torch.arange(batch_size) * batch_size + latest])


batch = torch.randn(4, 9, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("* batch_size + latest", "* num_steps + latest")

FAULT = Fault(
    code="SC850",
    slug="stride_of_other_axis",
    headline="the rows of a flattened tensor are counted with the size of another axis",
    why=(
        "Where two axes were flattened into one, the next item of the outer axis begins as many rows later as the "
        "inner axis has items. Counted with the size of the outer one, the number points into another item's rows, and "
        "as long as it is small enough nothing fails."
    ),
    recognise=sees("stride_of_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="row = outer * inner_size + inner.",
)
