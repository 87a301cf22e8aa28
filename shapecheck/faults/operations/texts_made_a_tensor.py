"""A tensor was to be made of texts."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.joined.listed_texts import TEXTS_LISTED, listed_texts


def _recognise(evidence: Evidence) -> Recognition | None:
    item = listed_texts(evidence)
    return Recognition(f"{item.expression} holds texts", weight=7) if item is not None else None


BAD = """\
import torch

NAMES = ["cat", "dog", "bird"]
labels = []
for kind in (2, 0, 1):
    labels.append(NAMES[kind])
print(torch.tensor(labels))
"""

GOOD = BAD.replace("labels.append(NAMES[kind])", "labels.append(kind)")

FAULT = Fault(
    code="SC589",
    slug="texts_made_a_tensor",
    headline="a tensor was to be made of texts",
    why=(
        "A tensor holds numbers. Of a class, an action or a word it holds the number: the place in a list of names, or "
        "what a table has for it."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Keep the number of a class, and look its name up where it is shown.",
    messages=(TEXTS_LISTED,),
)
