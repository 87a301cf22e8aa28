"""nn.Flatten: makes one axis of several."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Form, Hazard, Rule
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation


def _span(call: Call) -> tuple[int, int, int]:
    """First and last axis, counted from 0, and how many axes there are; a scalar counts as one axis."""
    start, end, ndim = call.config["start_dim"], call.config["end_dim"], max(call.inputs["input"].ndim, 1)
    assert isinstance(start, int)
    assert isinstance(end, int)
    return start + ndim * (start < 0), end + ndim * (end < 0), ndim


def _axes(call: Call) -> Violation | None:
    start, end, ndim = _span(call)
    if 0 <= start <= end < ndim:
        return None
    return Violation(
        "value",
        "input",
        got=call.inputs["input"].shape,
        expected_text=f"start_dim and end_dim among {ndim} axes, in this order",
        got_text=f"start_dim={call.config['start_dim']}, end_dim={call.config['end_dim']}",
    )


def _hazards(call: Call) -> tuple[Hazard, ...]:
    start, end, ndim = _span(call)
    if start != 0 or end == 0 or ndim < 2:
        return ()
    text = "start_dim=0 melts axis 0 into the others: with a batch there, no axis of samples is left"
    return (Hazard("batch_flattened", text, ("input",), certainty="possible"),)


CONTRACT = Contract(
    name="Flatten",
    types=("torch.nn.modules.flatten.Flatten",),
    reads=("start_dim", "end_dim"),
    arguments=("input",),
    returns=("output",),
    letters={},
    bind=no_bindings,
    forms=(Form("any shape", lambda call: True, {"input": "..."}, {"output": "..."}),),
    computed=True,
    rules=(Rule("the axes exist", _axes, reason="the axes from start_dim to end_dim become one"),),
    hazards=_hazards,
    about="The axes from start_dim to end_dim become one; by default all but the first, the batch.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html",
)
