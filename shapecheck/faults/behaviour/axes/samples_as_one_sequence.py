"""A recurrent layer takes the samples for the steps of one sequence."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
gru, linear = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 1)
rows, targets = torch.randn(12, 3), torch.randn(12)
for chosen in torch.randperm(12).split(6):
    out, _ = gru(rows[chosen])
    nn.functional.mse_loss(linear(out).flatten(), targets[chosen]).backward()
"""
)

GOOD = BAD.replace("out, _ = gru(rows[chosen])", "out, _ = gru(rows[chosen].unsqueeze(1))")

FAULT = Fault(
    code="SC774",
    slug="samples_as_one_sequence",
    headline="a layer takes the samples for the steps of one sequence",
    why=(
        "A recurrent layer takes a 2-D tensor for one single sequence without a batch, (seq_length, "
        "num_features), with batch_first=True too. Rows that were drawn in random order are samples: each of "
        "them then depends on those above it."
    ),
    recognise=sees("samples_as_one_sequence"),
    bad=BAD,
    good=GOOD,
    lesson="Give a recurrent layer three axes, also for a batch of sequences with one step.",
)
