"""What pooling along one and two axes shares."""

from __future__ import annotations

from shapecheck.contract import Call, Config, Contract, Form, Rule
from shapecheck.contracts._plain import COMPLEX, FLOATS, INTEGERS, each, no_bindings, windows_fit, wrong_dtype
from shapecheck.contracts._rules import has_ndim
from shapecheck.findings import Violation


def contract(axes: tuple[str, ...]) -> Contract:
    """The contract of all pooling layers whose window slides along these axes."""
    count = len(axes)
    inside, outside = " ".join(axes), " ".join(f"{axis}_out" for axis in axes)
    dtypes: dict[str, tuple[str, ...]] = {
        f"MaxPool{count}d": FLOATS if count == 1 else (*FLOATS, *INTEGERS),
        f"AvgPool{count}d": (*FLOATS, "int64"),
        f"AdaptiveAvgPool{count}d": FLOATS,
        f"AdaptiveMaxPool{count}d": FLOATS,
    }

    def dtype(call: Call) -> Violation | None:
        kind = str(call.config["type"])
        # With its indices asked for, MaxPool1d is computed by the kernel of MaxPool2d, which knows integers.
        knows_integers = kind == "MaxPool1d" and bool(call.config.get("return_indices"))
        allowed = (*FLOATS, *INTEGERS) if knows_integers else dtypes[kind]
        allowed = (*allowed, *COMPLEX) if _is_a_mean(call) else allowed
        is_nothing = kind.startswith("AdaptiveAvg") and 0 in _output_size(call.config)
        return None if is_nothing else wrong_dtype(call, allowed, even_if_empty=not kind.startswith("AdaptiveAvg"))

    return Contract(
        name=f"pooling{count}d",
        types=tuple(f"torch.nn.modules.pooling.{name}" for name in dtypes),
        reads=("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices", "output_size"),
        arguments=("input",),
        returns=("output", "indices"),
        letters={
            "N": "batch size",
            "C": "channels; each is pooled by itself",
            **{axis: f"size of the axis {axis} along which the window slides" for axis in axes},
        },
        bind=no_bindings,
        forms=(
            _form("batched", count + 2, f"N C {inside}", f"N C {outside}"),
            _form("unbatched", count + 1, f"C {inside}", f"C {outside}"),
            *((Form("means", _is_a_mean, {"input": "... H W"}, {"output": "... H_out W_out"}),) if count == 2 else ()),
        ),
        reasons={
            "ndim": (
                f"the window slides along {' and '.join(axes)}; before them stands the axis of the channels, and "
                "before that the batch"
            )
        },
        computed=True,
        rules=(
            Rule("a dtype that can be pooled", dtype, reason="torch has no kernel that pools numbers of this dtype"),
            windows_fit(_needed, count),
        ),
        teaching={"N": "batch_size", "C": "channels"},
        about="A window slides over each channel and leaves one number, the largest or the mean, for each place.",
        source="https://docs.pytorch.org/docs/stable/nn.html#pooling-layers",
    )


def _form(name: str, ndim: int, inside: str, outside: str) -> Form:
    return Form(name, has_ndim(ndim), {"input": inside}, {"output": outside, "indices": outside})


def _output_size(config: Config) -> tuple[object, ...]:
    size = config.get("output_size")
    return size if isinstance(size, tuple) else (size,)


def _is_a_mean(call: Call) -> bool:
    """With an output of one number torch takes the mean of the last axes, however many stand before them."""
    return str(call.config["type"]).startswith("AdaptiveAvg") and set(_output_size(call.config)) == {1}


def _needed(call: Call, at: int) -> int:
    config = call.config
    if "kernel_size" not in config:
        return 0 if _is_a_mean(call) else 1
    reach = each(config.get("dilation"), at, 1) * (each(config["kernel_size"], at) - 1) + 1
    if config.get("ceil_mode"):
        # The last window may hang over the end, so torch asks for less here; it says itself how much.
        return 1
    return max(reach - 2 * each(config.get("padding"), at), 1)
