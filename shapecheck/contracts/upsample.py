"""nn.Upsample: makes the axes behind the channels longer, or shorter, by repeating or mixing their numbers."""

from __future__ import annotations

import math
from dataclasses import replace

from shapecheck.contract import Call, Contract, Form, Rule
from shapecheck.contracts._plain import COMPLEX, FLOATS, no_bindings, wrong_dtype
from shapecheck.contracts._rules import has_ndim
from shapecheck.findings import Violation

# How many axes each mode stretches.
_AXES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}


def _mode(call: Call) -> Violation | None:
    mode, ndim = call.config["mode"], call.inputs["input"].ndim
    known = _AXES.get(str(mode))
    if known is None or ndim - 2 in known:
        return None
    expected = f"{' or '.join(str(count + 2) for count in known)} axes for mode={mode!r}"
    return Violation("ndim", "input", got=call.inputs["input"].shape, expected_text=expected, got_text=f"{ndim} axes")


def _setting(call: Call) -> tuple[str, object]:
    """Which of the two says how long the axes become, and what it says."""
    size = call.config["size"]
    return ("scale_factor", call.config["scale_factor"]) if size is None else ("size", size)


def _count(call: Call) -> Violation | None:
    (name, value), count = _setting(call), call.inputs["input"].ndim - 2
    if not isinstance(value, tuple) or len(value) == count:
        return None
    return Violation("value", name, expected_text=f"{count} numbers, one for each axis", got_text=str(value))


def _sizes(call: Call) -> tuple[int, ...]:
    (name, value), inside = _setting(call), call.inputs["input"].shape[2:]
    each = value if isinstance(value, tuple) else (value,) * len(inside)
    numbers = [number for number in each if isinstance(number, (int, float))]
    if name == "size":
        return tuple(int(number) for number in numbers)
    return tuple(math.floor(size * number) for size, number in zip(inside, numbers, strict=False))


def _nothing(call: Call) -> Violation | None:
    record, made, is_mean = call.inputs["input"], _sizes(call), call.config["mode"] == "area"
    empty = [axis for axis, size in enumerate(record.shape) if axis and size == 0]
    # A mean over each part of an axis may be a mean over no part.
    axes = tuple(sorted({*empty, *(at + 2 for at, size in enumerate(made) if size < (0 if is_mean else 1))}))
    if not axes:
        return None
    return Violation(
        "size",
        "input",
        got=record.shape,
        axes=axes,
        expected_text="at least one number along each axis, before and after",
        got_text=f"{record.shape[2:]} made {made}",
        torch_accepts=is_mean,
    )


def _dtype(call: Call) -> Violation | None:
    mode, record = str(call.config["mode"]), call.inputs["input"]
    found = wrong_dtype(call, (*FLOATS, "uint8") if mode in _BYTES else FLOATS)
    # A mean of nothing, or of everything, is taken by another kernel, which does not always look at the dtype.
    is_other_kernel = 0 in (*record.shape, *_sizes(call)) or record.dtype in COMPLEX
    return None if found is None else replace(found, torch_accepts=mode == "area" and is_other_kernel)


_BYTES = ("nearest", "nearest-exact", "bilinear", "bicubic")

CONTRACT = Contract(
    name="Upsample",
    types=("torch.nn.modules.upsampling.Upsample",),
    reads=("size", "scale_factor", "mode"),
    arguments=("input",),
    returns=("output",),
    letters={"N": "batch size", "C": "channels; each is stretched by itself"},
    bind=no_bindings,
    forms=(
        Form("one axis", has_ndim(3), {"input": "N C L"}, {"output": "N C L_out"}),
        Form("two axes", has_ndim(4), {"input": "N C H W"}, {"output": "N C H_out W_out"}),
        Form("three axes", has_ndim(5), {"input": "N C D H W"}, {"output": "N C D_out H_out W_out"}),
    ),
    reasons={"ndim": "the axes behind the batch and the channels are stretched, and there is always a batch"},
    shapes=lambda call: {"output": (*call.inputs["input"].shape[:2], *_sizes(call))},
    rules=(
        Rule("axes that the mode can stretch", _mode, reason="each way of mixing is made for so many axes"),
        Rule("a number for each axis", _count, reason="the axes behind the channels are stretched, each by its own"),
        Rule("numbers to mix", _nothing, reason="of no number none can be made, and none is not asked for"),
        Rule("a dtype that can be mixed", _dtype, reason="torch has no kernel that mixes numbers of this dtype"),
    ),
    teaching={"N": "batch_size", "C": "channels"},
    about="The axes behind the channels are made longer or shorter by repeating or mixing their numbers.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html",
)
