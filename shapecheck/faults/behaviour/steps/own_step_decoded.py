"""A decoder is given the step of a series that it is asked for."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.GRU(2, 6, batch_first=True), nn.GRU(2, 6, batch_first=True)
        self.out = nn.Linear(6, 2)

    def forward(self, series):
        _, state = self.encoder(series[:, :5])
        h, _ = self.decoder(series[:, 5:], state)
        return self.out(h)


series = torch.randn(4, 9, 2)
report = audit(Forecast(), lambda told, series: (told - series[:, 5:]).pow(2).mean(), (series, series))
"""
)

GOOD = BAD.replace("self.decoder(series[:, 5:], state)", "self.decoder(series[:, 4:-1], state)")

FAULT = Fault(
    code="SC806",
    slug="own_step_decoded",
    headline="a decoder is given the step that it is asked for",
    why=(
        "Teacher forcing gives a decoder the true step before the one that it is to tell. Given that one itself it "
        "copies what stands there, and when it is to tell what nobody knows yet, there is nothing to copy."
    ),
    recognise=sees("own_step_decoded"),
    bad=BAD,
    good=GOOD,
    lesson="Give the decoder the steps one earlier: the last one that was seen, then its own targets but the last.",
)
