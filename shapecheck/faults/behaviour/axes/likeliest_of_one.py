"""The likeliest class was sought in a single number."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 6)


def loss(scores, labels):
    guesses = scores.argmax(dim=1)
    hits = sum(int(guess.argmax() == label) for guess, label in zip(guesses, labels))
    print("accuracy", hits / len(labels))
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(4, 3), torch.tensor([0, 5, 2, 3])
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("guess.argmax()", "guess")

FAULT = Fault(
    code="SC717",
    slug="likeliest_of_one",
    headline="the likeliest class is sought in a single number, and is always the first",
    why=(
        "argmax says at which place the largest number stands. Of one number, such as a class that was found already "
        "or the only output of a model, the place is 0, whatever the model says: an accuracy of it counts how often "
        "the label is 0."
    ),
    recognise=sees("likeliest_of_one"),
    bad=BAD,
    good=GOOD,
    lesson="argmax goes over the scores of the classes, once; a single score needs a threshold.",
)
