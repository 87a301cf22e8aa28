"""Positions are counted along the heads of an attention."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
def turned(x):
    size = x.shape[-2]
    angles = torch.outer(torch.arange(size).float(), torch.tensor([1.0, 0.1])).repeat(1, 2)
    one, other = x.chunk(2, -1)
    return x * angles.cos() + torch.cat([-other, one], -1) * angles.sin()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(3, 36)
        self.linear = nn.Linear(12, 5)

    def forward(self, x):
        q, k, v = (part.unflatten(-1, (3, 4)) for part in self.qkv(x).chunk(3, -1))
        q, k, v = turned(q).transpose(1, 2), turned(k).transpose(1, 2), v.transpose(1, 2)
        out = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.linear(out.transpose(1, 2).flatten(2).mean(1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace(
    "turned(q).transpose(1, 2), turned(k).transpose(1, 2)", "turned(q.transpose(1, 2)), turned(k.transpose(1, 2))"
)

FAULT = Fault(
    code="SC852",
    slug="positions_along_heads",
    headline="positions are counted along the heads",
    why=(
        "A rotation by positions takes the axis that stands where it looks for the steps. If the heads stand there, "
        "each head is turned by its own number and all steps by the same angle, so the attention knows no order."
    ),
    recognise=sees("positions_along_heads"),
    bad=BAD,
    good=GOOD,
    lesson="Turn queries and keys where the steps lie on the axis that the angles count.",
)
