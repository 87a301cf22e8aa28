"""nn.GRUCell: one step of a GRU."""

from __future__ import annotations

from shapecheck.contracts import _cells

CONTRACT = _cells.with_one_state(
    "GRUCell", adds_state=True, about="Takes one step of a GRU, so that the loop over the steps is yours."
)
