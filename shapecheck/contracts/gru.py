"""nn.GRU: reads sequences step by step and carries one state."""

from __future__ import annotations

from shapecheck.contracts import _recurrent

CONTRACT = _recurrent.with_one_state(
    "GRU",
    about="Reads a sequence step by step; gates decide at each step how much of the one state is replaced.",
    adds_state=True,
)
