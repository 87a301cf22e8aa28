"""A layer norm took one mean and one deviation of all steps."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 8)
        self.look = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        h = self.embed(x)
        h = nn.functional.layer_norm(h, h.shape[1:])
        return self.head(h + self.look(h, h, h)[0])


batch = torch.randn(4, 6, 3), torch.randn(4, 6, 2)
report = audit(Model(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("h.shape[1:]", "h.shape[-1:]")

FAULT = Fault(
    code="SC736",
    slug="norm_over_steps",
    headline="a layer norm shares its statistics among all steps",
    why=(
        "A layer norm normalises the axes that it is told, counted from the last. With all of them but the samples it "
        "takes one mean and one deviation of a whole sequence, padding and later steps included, and what is large in "
        "one step makes all others small. A transformer normalises the features of each step by themselves."
    ),
    recognise=sees("norm_over_steps"),
    bad=BAD,
    good=GOOD,
    lesson="F.layer_norm(h, h.shape[-1:]) takes the features of each step; h.shape[1:] all steps at once.",
)
