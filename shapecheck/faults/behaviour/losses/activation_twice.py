"""An activation stands in front of a loss that has its own."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Sequential(nn.Linear(3, 5), nn.Softmax(dim=1))
batch = torch.randn(6, 3), torch.randint(0, 5, (6,))
report = audit(model, nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace(", nn.Softmax(dim=1)", "")

FAULT = Fault(
    code="SC731",
    slug="activation_twice",
    headline="an activation stands in front of a loss that has its own",
    why=(
        "CrossEntropyLoss applies log_softmax and BCEWithLogitsLoss a sigmoid. Fed with probabilities "
        "they squash a second time: the loss goes down slowly and stops far from zero."
    ),
    recognise=sees("activation_twice", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="Scores go into a loss that says logits, probabilities into none of torch's but BCELoss.",
)
