"""nn.Identity: gives back what it is given."""

from __future__ import annotations

from shapecheck.contract import Contract
from shapecheck.contracts._plain import no_bindings, same_shape

CONTRACT = Contract(
    name="Identity",
    types=("torch.nn.modules.linear.Identity",),
    reads=(),
    arguments=("input",),
    returns=("output",),
    letters={},
    bind=no_bindings,
    forms=same_shape(),
    about="Nothing is changed.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html",
)
