"""The two directions of an encoder are two states of half the width."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import RECURRENT, STATES, failed, shape
from shapecheck.reading.recurrent.recurrent_calls import state_sizes


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *RECURRENT)
    for role in STATES if operation is not None else ():
        have = shape(operation, role)
        if operation is None or have is None:
            continue
        layers, batch, width = state_sizes(operation, role)
        if width % 2 == 0 and have == (2 * layers, batch, width // 2):
            return Recognition(f"{have} is two directions; ({layers}, {batch}, {width}) is wanted", weight=8)
    return None


BAD = """\
import torch
from torch import nn

encoder = nn.GRU(10, 8, bidirectional=True, batch_first=True)
decoder = nn.GRU(10, 16, batch_first=True)
_, state = encoder(torch.randn(4, 7, 10))
out, _ = decoder(torch.randn(4, 5, 10), state)
print(out.shape)
"""

GOOD = BAD.replace(
    "), state)\nprint",
    "), torch.cat([state[0::2], state[1::2]], dim=-1))\nprint",
)

FAULT = Fault(
    code="SC319",
    slug="directions_not_joined",
    headline="the two directions of an encoder are not joined to the state of the decoder",
    why=(
        "A bidirectional encoder gives (2 * num_layers, batch_size, hidden_size). A decoder of one direction and "
        "twice the width wants both directions of a layer side by side: torch.cat([h[0::2], h[1::2]], dim=-1)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Join the directions of a layer before the decoder takes them.",
    messages=(r"Expected hidden(\[\d\])? size \(\d+, \d+, \d+\), got",),
)
