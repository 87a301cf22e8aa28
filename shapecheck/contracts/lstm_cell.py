"""nn.LSTMCell: one step of an LSTM."""

from __future__ import annotations

from collections.abc import Mapping

from shapecheck.contract import Call
from shapecheck.contracts import _cells
from shapecheck.contracts._arithmetic import join
from shapecheck.contracts._rules import CAST, dtype_of_parameters


def _dtypes(call: Call) -> Mapping[str, str]:
    """The cell state is only added to, so whatever dtype it has takes part in the promotion."""
    want = str(call.config.get("dtype"))
    made = call.autocast if call.autocast and want in CAST else want
    state = call.inputs.get("c_0", call.inputs["input"])
    return dict.fromkeys(("h_1", "c_1"), join(made, state.dtype))


CONTRACT = _cells.contract(
    "LSTMCell",
    states=("h_0", "c_0"),
    about="Takes one step of an LSTM, so that the loop over the steps is yours.",
    rules=(dtype_of_parameters("input", "h_0"),),
    dtypes=_dtypes,
    reasons={
        "h_0.type": "an LSTM carries two states and takes them as one tuple; an RNN or a GRU takes one tensor",
        "c_0.missing": "an LSTM carries two states and needs both or none: h is what it says, c what it remembers",
        "h_0.missing": "an LSTM carries two states and needs both or none: h is what it says, c what it remembers",
    },
)
