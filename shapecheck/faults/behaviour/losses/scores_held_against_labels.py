"""A measure asks whether scores are equal to the numbers of classes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 6)


def loss(scores, labels):
    guesses, _ = scores.max(dim=1)
    print("accuracy", (guesses == labels).float().mean())
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(4, 3), torch.tensor([0, 5, 2, 3])
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("guesses, _ = scores", "_, guesses = scores")

FAULT = Fault(
    code="SC718",
    slug="scores_held_against_labels",
    headline="a measure asks whether scores are equal to the numbers of classes",
    why=(
        "max gives two tensors: the largest scores, and the places at which they stand. The places are the classes; a "
        "score is hardly ever equal to the number of a class, so a measure of it stays at nothing, whatever is learned."
    ),
    recognise=sees("scores_held_against_labels"),
    bad=BAD,
    good=GOOD,
    lesson="A guess is a whole number: the place of the largest score, or what a threshold says.",
)
