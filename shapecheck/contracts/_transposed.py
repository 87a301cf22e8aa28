"""What the transposed convolutions share: a convolution that goes the other way, and makes many places of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shapecheck.contract import Call, Contract, Rule
from shapecheck.contracts import _convolution
from shapecheck.contracts._plain import COMPLEX, each
from shapecheck.contracts._rules import dtype_of_parameters
from shapecheck.findings import Violation


def contract(name: str, axes: tuple[str, ...], about: str) -> Contract:
    """The contract of a transposed convolution.

    Args:
        name: Name of its class.
        axes: The letters of the axes along which it works.
        about: The layer in one sentence.
    """
    plain, count = _convolution.contract(name, axes, about), len(axes)
    dtype, device, _ = plain.rules

    def smallest(call: Call, at: int) -> int:
        """The size that comes out along an axis when nothing is added to it."""
        config = call.config
        reach = each(config["dilation"], at, 1) * (each(config["kernel_size"], at) - 1) + 1
        size = call.inputs["input"].shape[-count:][at]
        return (size - 1) * each(config["stride"], at, 1) + reach - 2 * each(config["padding"], at)

    def wanted(call: Call) -> tuple[int, ...] | None:
        """The sizes that were asked for, with or without those of batch and channels."""
        sizes = call.config.get("output_size")
        return sizes if isinstance(sizes, tuple) else None

    def sizes(call: Call) -> tuple[int, ...]:
        asked = wanted(call)
        if asked is not None:
            return asked[-count:]
        return tuple(smallest(call, at) + each(call.config["output_padding"], at) for at in range(count))

    def shapes(call: Call) -> Mapping[str, tuple[int, ...]]:
        channels = each(call.config["out_channels"], 0)
        return {"output": (*call.inputs["input"].shape[: -count - 1], channels, *sizes(call))}

    def other_size(call: Call) -> Violation | None:
        asked, ndim = wanted(call), call.inputs["input"].ndim
        if asked is None:
            return None
        got = f"output_size={asked}"
        if len(asked) not in (count, ndim):
            return Violation("value", "output_size", expected_text=f"{count} sizes", got_text=got)
        ranges = [(smallest(call, at), smallest(call, at) + each(call.config["stride"], at, 1)) for at in range(count)]
        if all(low <= size < high for (low, high), size in zip(ranges, asked[-count:], strict=True)):
            return None
        expected = ", ".join(f"[{low}, {high})" for low, high in ranges)
        return Violation("value", "output_size", expected_text=f"sizes in {expected}", got_text=got)

    def too_much(call: Call) -> Violation | None:
        config = call.config
        most = (max(each(config["stride"], at, 1), each(config["dilation"], at, 1)) for at in range(count))
        added = (each(config["output_padding"], at) for at in range(count))
        if (
            _is_empty(call)
            or wanted(call) is not None
            or all(more < top for more, top in zip(added, most, strict=True))
        ):
            return None
        expected = "less than the stride or the dilation"
        return Violation("value", "output_padding", expected_text=expected, got_text=str(config["output_padding"]))

    def leaves_nothing(call: Call) -> Violation | None:
        record = call.inputs["input"]
        for at, size in enumerate(record.shape[-count:]):
            left = sizes(call)[at]
            if left >= (0 if _is_empty(call) else 1) and (size or _is_empty(call)):
                continue
            axis = record.ndim - count + at
            return Violation(
                "size",
                "input",
                got=record.shape,
                axes=(axis,),
                expected_text=f"more than padding cuts off along axis {axis}",
                got_text=f"{left} places left",
                # Some of torch's kernels then give back a tensor without numbers, others do not.
                torch_accepts=left == 0 and size > 0,
            )
        return None

    def other_dtype(call: Call) -> Violation | None:
        """Of an empty batch torch takes any dtype that is real."""
        is_complex = call.inputs["input"].dtype in COMPLEX
        return None if _is_empty(call) and not is_complex else _DTYPE.broken(call)

    def _is_empty(call: Call) -> bool:
        """Whether it is a batch without a sample, at which torch looks less closely."""
        record = call.inputs["input"]
        return record.ndim == count + 2 and record.shape[0] == 0

    return replace(
        plain,
        reads=(*plain.reads, "output_padding", "output_size"),
        arguments=("input", "output_size"),
        shapes=shapes,
        computed=False,
        rules=(
            replace(dtype, broken=other_dtype),
            device,
            Rule("output_size within the stride", other_size, reason=_WITHIN),
            Rule("output_padding below the stride", too_much, reason=_WITHIN),
            Rule("something comes out", leaves_nothing, reason=_NOTHING),
        ),
    )


_DTYPE = dtype_of_parameters("input")
_WITHIN = "with a stride several sizes would give the same when they are convolved, and it says which of them is meant"
_NOTHING = "each place is spread over a window, and what padding cuts off at both ends must leave something of it"
