"""The loss asks for steps that a packed sequence does not have."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        return self.linear(out).squeeze(-1)


def loss(out, y):
    return nn.functional.mse_loss(out, y)


lengths = torch.tensor([6, 3, 4, 2])
steps = torch.arange(6) < lengths[:, None]
x = torch.randn(4, 6, 3) * steps[..., None]
y = (x.sum(-1) + 1) * steps
report = audit(Model(), loss, (x, y))
"""
)

GOOD = BAD.replace("mse_loss(out, y)", "mse_loss(out[steps], y[steps])")

FAULT = Fault(
    code="SC882",
    slug="packed_ends_asked_for",
    headline="the loss asks for steps that a packed sequence does not have",
    why=(
        "pad_packed_sequence fills the output up with zeros behind each length, and the targets are filled up as well. "
        "What is made of these zeros is the same for all of them: the loss draws its bias to the filler, and a batch "
        "of short sequences counts less for what it holds."
    ),
    recognise=sees("packed_ends_asked_for"),
    bad=BAD,
    good=GOOD,
    lesson="Packing spares the layer the padding; the loss needs a mask or an ignore_index of its own.",
)
