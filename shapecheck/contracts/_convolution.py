"""What Conv1d, Conv2d and Conv3d share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from shapecheck.contract import Call, Config, Contract, Form
from shapecheck.contracts._plain import each, scaled, windows_fit
from shapecheck.contracts._rules import CAST, device_of_parameters, dtype_of_parameters, has_ndim
from shapecheck.dims import Bindings


def contract(name: str, axes: tuple[str, ...], about: str) -> Contract:
    """The contract of a convolution.

    Args:
        name: Name of its class.
        axes: The letters of the axes along which it slides.
        about: The layer in one sentence.
    """
    inside, outside = " ".join(axes), " ".join(f"{axis}_out" for axis in axes)
    count, dtype = len(axes), dtype_of_parameters("input")
    return Contract(
        name=name,
        types=(f"torch.nn.modules.conv.{name}",),
        reads=("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation"),
        arguments=("input",),
        returns=("output",),
        letters={
            "N": "batch size",
            "C_in": "in_channels: how many numbers describe one place",
            "C_out": "out_channels: how many numbers come out for one place",
            **{axis: f"size of the axis {axis} along which the kernel slides" for axis in axes},
        },
        bind=_bind(name),
        forms=(
            Form("batched", has_ndim(count + 2), {"input": f"N C_in {inside}"}, {"output": f"N C_out {outside}"}),
            Form("unbatched", has_ndim(count + 1), {"input": f"C_in {inside}"}, {"output": f"C_out {outside}"}),
        ),
        reasons={
            "C_in": (
                "the channels stand before the axes along which the kernel slides, and every channel has weights of "
                "its own: a Linear has its features last, a convolution has them in front"
            ),
            "ndim": (
                f"the kernel slides along {' and '.join(axes)}; before them stands the axis of the channels, and "
                "before that the batch"
            ),
        },
        dtypes=_dtypes,
        computed=True,
        rules=(
            replace(dtype, broken=lambda call: None if _is_empty(call, count + 2) else dtype.broken(call)),
            device_of_parameters("input"),
            windows_fit(_needed, count),
        ),
        teaching={"N": "batch_size", "C_in": "in_channels", "C_out": "out_channels"},
        about=about,
        source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
    )


def _bind(name: str) -> Callable[[Config], Bindings]:
    def sizes(config: Config) -> Bindings:
        bindings = Bindings()
        for letter, attribute in (("C_in", "in_channels"), ("C_out", "out_channels")):
            size = config[attribute]
            assert isinstance(size, int)
            bindings = bindings.bind(letter, size, by=f"{attribute}={size} of the {name}")
        return bindings

    return sizes


def _is_empty(call: Call, ndim: int) -> bool:
    """Whether it is a batch without a sample, at which torch looks less closely."""
    record = call.inputs["input"]
    return record.ndim == ndim and record.shape[0] == 0


def _needed(call: Call, at: int) -> int:
    """The reach of the kernel less the padding on both sides; torch wants one real place at least."""
    config = call.config
    reach = each(config["dilation"], at, 1) * (each(config["kernel_size"], at) - 1) + 1
    padding = reach - 1 if config["padding"] == "same" else 2 * each(config["padding"], at)
    return max(reach - padding, 0 if call.inputs["input"].shape[0] == 0 else 1)


def _dtypes(call: Call) -> Mapping[str, str]:
    dtype = str(call.config["dtype"])
    if _is_empty(call, call.inputs["input"].ndim):
        return {"output": scaled(call)}
    return {"output": call.autocast if call.autocast and dtype in CAST else dtype}
