"""nn.TripletMarginLoss: an anchor, something that should be near it and something that should be far."""

from __future__ import annotations

from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _triplets as triplets

CONTRACT = formulas.contract(
    "TripletMarginLoss",
    "triplet_margin_loss",
    triplets.formula,
    roles=triplets.ROLES,
    about="Three tensors of vectors (N, D): the positive should be nearer to the anchor than the negative.",
    forms=triplets.FORMS,
    spread=(("anchor", "positive"), ("anchor", "negative")),
    reads=("margin", "p", "swap"),
    letters={"D": "how many numbers a vector has"},
    first_rules=triplets.RULES,
)
