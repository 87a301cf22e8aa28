"""Classes were to be cut off, and the samples were cut."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
kinds = 6
model = nn.Linear(3, kinds + 1)


def loss(scores, labels):
    hits = scores[:kinds].argmax(dim=1) == labels
    print("accuracy", hits.float().mean().item())
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(4, 3), torch.tensor([0, 5, 2, 3])
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("[:kinds]", "[:, :kinds]")

FAULT = Fault(
    code="SC809",
    slug="cut_beside_classes",
    headline="classes were to be cut off, and the cut runs along the samples",
    why=(
        "A slice that ends behind the end of an axis takes all of it, without a word. With fewer samples in a batch "
        "than there are classes to keep, nothing is cut off, and the class that was to be left out is guessed still."
    ),
    recognise=sees("cut_beside_classes"),
    bad=BAD,
    good=GOOD,
    lesson="scores[:, :n] keeps n classes; scores[:n] keeps n samples.",
)
