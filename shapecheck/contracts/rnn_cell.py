"""nn.RNNCell: one step of an RNN."""

from __future__ import annotations

from shapecheck.contracts import _cells

CONTRACT = _cells.with_one_state(
    "RNNCell", adds_state=False, about="Takes one step of an RNN, so that the loop over the steps is yours."
)
