"""The row of a place in a flattened table is reckoned by the number of rows."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Conv2d(1, 1, 3, padding=1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    image, target = torch.rand(4, 1, 6, 9), torch.rand(4, 1, 6, 9)
    heat = model(image)
    loss = nn.functional.mse_loss(heat, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    index = heat.flatten(1).argmax(1)
    print("row and column", index // SIZE, index % SIZE)
"""
)

GOOD, BAD = BAD.replace("SIZE", "9"), BAD.replace("SIZE", "6")

FAULT = Fault(
    code="SC847",
    slug="flat_index_taken_apart",
    headline="the index into a flattened table is taken apart by the size of another axis",
    why=(
        "Rows of a flattened table lie one behind the other, each as long as there are columns. The row of a place is "
        "its index divided by the number of columns, and its column the rest. Divided by the number of rows both are "
        "places of other items."
    ),
    recognise=sees("flat_index_taken_apart"),
    bad=BAD,
    good=GOOD,
    lesson="index // columns is the row, index % columns the column; torch.unravel_index does both.",
)
