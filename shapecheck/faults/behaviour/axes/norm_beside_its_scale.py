"""A norm has statistics for another axis than its scale and shift stand for."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv1d(3, 8, 1), nn.Linear(8, 5)
        self.scale, self.shift = nn.Parameter(torch.ones(8, 1)), nn.Parameter(torch.zeros(8, 1))

    def forward(self, x):  # (batch_size, channels, steps)
        x = self.conv(x)
        mean, var = x.mean(dim=(0, 1), keepdim=True), x.var(dim=(0, 1), keepdim=True, unbiased=False)
        x = (x - mean) / (var + 1e-5).sqrt()
        return self.linear((x * self.scale + self.shift).relu().mean(dim=2))


batch = torch.randn(4, 3, 7), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("dim=(0, 1)", "dim=(0, 2)")

FAULT = Fault(
    code="SC828",
    slug="norm_beside_its_scale",
    headline="a norm has statistics for another axis than its scale and shift stand for",
    why=(
        "Scale and shift give each channel back the size that the norm took from it. With statistics for each entry "
        "of another axis, what told these entries apart is lost for good, and the channels were never normalised."
    ),
    recognise=sees("norm_beside_its_scale"),
    bad=BAD,
    good=GOOD,
    lesson="Statistics over all axes but one: the one that scale and shift have.",
)
