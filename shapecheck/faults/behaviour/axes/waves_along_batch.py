"""Sines and cosines take turns along the samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("rates", 100.0 ** -torch.linspace(0, 1, 8))
        self.linear = nn.Linear(8, 1)

    def forward(self, time):
        code = time[:, None] * self.rates
        code[::2] = code[::2].sin()
        code[1::2] = code[1::2].cos()
        return self.linear(code)


batch = torch.linspace(1, 30, 6), torch.randn(6, 1)
report = audit(Model(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("code[::2]", "code[:, ::2]").replace("code[1::2]", "code[:, 1::2]")

FAULT = Fault(
    code="SC889",
    slug="waves_along_batch",
    headline="sines and cosines take turns along the samples",
    why=(
        "A code of waves has a sine and a cosine of each rate, side by side along the features. An index without a "
        "colon in front runs along axis 0, and there lie the samples: some get sines alone, and the others cosines."
    ),
    recognise=sees("waves_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="code[..., 0::2] and code[..., 1::2] index the last axis, however many lie in front of it.",
)
