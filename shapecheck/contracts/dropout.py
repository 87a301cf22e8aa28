"""nn.Dropout: in training, sets numbers to zero at random."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Rule
from shapecheck.contracts._plain import FLOATS, no_bindings, same_shape, wrong_dtype
from shapecheck.findings import Violation


def _dtype(call: Call) -> Violation | None:
    if not call.training or call.config.get("p") in (0, 1):
        return None
    return wrong_dtype(call, FLOATS, even_if_empty=False)


CONTRACT = Contract(
    name="Dropout",
    types=("torch.nn.modules.dropout.Dropout",),
    reads=("p",),
    arguments=("input",),
    returns=("output",),
    letters={},
    bind=no_bindings,
    forms=same_shape(),
    reasons={"type": "Dropout takes one tensor; an LSTM returns a tuple, whose first item is the output"},
    rules=(
        Rule(
            "a float in training",
            _dtype,
            reason="what is kept is made larger by 1 / (1 - p), which a whole number cannot hold",
        ),
    ),
    about="In training numbers are set to zero at random and the others made larger; in eval nothing happens.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html",
)
