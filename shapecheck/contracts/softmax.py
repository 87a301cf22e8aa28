"""Softmax, LogSoftmax, Softmin: make the numbers along one axis share a whole."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Hazard, Rule
from shapecheck.contracts._plain import FLOATS, no_bindings, same_shape, wrong_dtype
from shapecheck.findings import Violation

_CLASSES = ("Softmax", "LogSoftmax", "Softmin")


def _dtype(call: Call) -> Violation | None:
    # Softmin changes the sign first, of an empty tensor too, and a bool has none.
    is_signed = call.config["type"] != "Softmin" or call.inputs["input"].dtype != "bool"
    return wrong_dtype(call, FLOATS, even_if_empty=not is_signed)


def _axis(call: Call) -> Violation | None:
    axis, record = call.config.get("dim"), call.inputs["input"]
    if axis is None:
        return None
    # A tensor without axes is taken as one of a single number.
    ndim = max(record.ndim, 1)
    if isinstance(axis, int) and -ndim <= axis < ndim:
        return None
    expected = f"dim in [{-ndim}, {ndim})"
    return Violation("value", "input", got=record.shape, expected_text=expected, got_text=f"dim={axis}")


def _hazards(call: Call) -> tuple[Hazard, ...]:
    axis, record = call.config.get("dim"), call.inputs["input"]
    if axis is None:
        chosen = 0 if record.ndim in (0, 1, 3) else 1
        text = f"without dim torch chooses axis {chosen} by the number of axes, which is 0 for 3 axes and 1 for 2 or 4"
        return (Hazard("axis_left_open", text, ("input",)),)
    if record.ndim > 1 and isinstance(axis, int) and axis % record.ndim == 0:
        return (
            Hazard(
                "shared_over_the_batch",
                "the numbers along axis 0 add up to one, so with a batch there the samples share one whole",
                ("input",),
                certainty="possible",
            ),
        )
    return ()


CONTRACT = Contract(
    name="softmax",
    types=tuple(f"torch.nn.modules.activation.{name}" for name in _CLASSES),
    reads=("dim",),
    arguments=("input",),
    returns=("output",),
    letters={},
    bind=no_bindings,
    forms=same_shape(),
    rules=(
        Rule("a float", _dtype, reason="shares of a whole are no whole numbers"),
        Rule("the axis exists", _axis, reason="dim names the axis along which the numbers share one whole"),
    ),
    hazards=_hazards,
    about="The numbers along one axis become shares of one whole; the shape stays.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html",
)
