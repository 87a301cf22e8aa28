"""nn.GLU: one half of an axis gates the other half."""

from __future__ import annotations

from collections.abc import Mapping

from shapecheck.contract import Call, Contract, Rule
from shapecheck.contracts._plain import FLOATS, no_bindings, same_shape, wrong_dtype
from shapecheck.findings import Violation


def _axis(call: Call) -> int | None:
    """The axis that is halved, None if there is none of that number."""
    axis, ndim = call.config["dim"], call.inputs["input"].ndim
    return axis % ndim if isinstance(axis, int) and -ndim <= axis < ndim else None


def _no_axis(call: Call) -> Violation | None:
    record = call.inputs["input"]
    if _axis(call) is not None:
        return None
    expected = f"dim in [{-record.ndim}, {record.ndim})" if record.ndim else "an axis to halve"
    return Violation("value", "input", got=record.shape, expected_text=expected, got_text=f"dim={call.config['dim']}")


def _odd(call: Call) -> Violation | None:
    record, axis = call.inputs["input"], _axis(call)
    if axis is None or record.shape[axis] % 2 == 0:
        return None
    got = str(record.shape[axis])
    return Violation(
        "size", "input", got=record.shape, axes=(axis,), expected_text="an even number of items", got_text=got
    )


def _shapes(call: Call) -> Mapping[str, tuple[int, ...]]:
    shape, axis = list(call.inputs["input"].shape), _axis(call)
    assert axis is not None, "the rules have refused it"
    shape[axis] //= 2
    return {"output": tuple(shape)}


CONTRACT = Contract(
    name="GLU",
    types=("torch.nn.modules.activation.GLU",),
    reads=("dim",),
    arguments=("input",),
    returns=("output",),
    letters={},
    bind=no_bindings,
    forms=same_shape(),
    reasons={"type": "an activation takes one tensor; an LSTM returns a tuple, whose first item is the output"},
    shapes=_shapes,
    rules=(
        Rule("a float", lambda call: wrong_dtype(call, FLOATS), reason="a gate lets a fraction through"),
        Rule("the axis exists", _no_axis, reason="dim names the axis of which one half gates the other"),
        Rule(
            "an even axis",
            _odd,
            reason="the first half of the axis is multiplied with a gate made of the second, so it has two halves: the "
            "layer before must give twice the features that are to come out",
        ),
    ),
    about="One half of an axis is multiplied with the sigmoid of the other, so half as many numbers come out.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html",
)
