"""nn.RNN: reads sequences step by step, each state made from the one before and the input of the step."""

from __future__ import annotations

from shapecheck.contracts import _recurrent

CONTRACT = _recurrent.with_one_state(
    "RNN",
    about="Reads a sequence step by step; each state is made anew from the input of the step and the state before it.",
    adds_state=False,
)
