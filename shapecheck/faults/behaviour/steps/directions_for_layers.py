"""The rows of an encoder's state that start a decoder are directions, not layers."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, 8, num_layers=2, batch_first=True, bidirectional=True)
        self.decoder = nn.GRU(2, 8, num_layers=2, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x, told):
        _, h_n = self.encoder(x)
        out, _ = self.decoder(told, h_n[:2].contiguous())
        return self.linear(out)


x, told = torch.randn(4, 7, 3), torch.randn(4, 6, 2)
report = audit(Model(), nn.MSELoss(), ((x, told), torch.randn(4, 6, 5)))
"""
)

GOOD = BAD.replace("h_n[:2].contiguous()", "h_n.view(2, 2, 4, 8).sum(1)")

FAULT = Fault(
    code="SC831",
    slug="directions_for_layers",
    headline="a layer of the decoder starts from the state of another layer of the encoder",
    why=(
        "h_n of two directions holds the forward and the backward state of the first layer, then those of the next. "
        "Its first rows are the two directions of the lowest layer, not one state for each layer."
    ),
    recognise=sees("directions_for_layers"),
    bad=BAD,
    good=GOOD,
    lesson="h_n.view(num_layers, 2, batch_size, hidden_size) takes them apart; then join those of each layer.",
)
