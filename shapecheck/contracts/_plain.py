"""What the plain layers share: which dtypes torch has kernels for, and what a window needs of an axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shapecheck.contract import Call, Config, Form, Rule
from shapecheck.dims import Bindings
from shapecheck.findings import Violation

FLOATS = ("float16", "bfloat16", "float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
INTEGERS = ("uint8", *SIGNED)
COMPLEX = ("complex64", "complex128")
ANY_DTYPE = (*FLOATS, *INTEGERS, "bool", *COMPLEX)

HALVES = ("float16", "bfloat16")


def no_bindings(config: Config) -> Bindings:
    """For layers that fix no size."""
    return Bindings()


def same_shape(role: str = "input") -> tuple[Form, ...]:
    """The form of a layer that works number by number."""
    return (Form("any shape", lambda call: True, {role: "..."}, {"output": "..."}),)


def dtypes_by_class(table: Mapping[str, tuple[str, ...]], reason: str, *, even_if_empty: bool = True) -> Rule:
    """The input has one of the dtypes for which torch has a kernel of this class.

    Args:
        table: Name of the class -> the dtypes.
        reason: Why the layer asks for it.
        even_if_empty: Whether torch looks at the dtype of a tensor that holds no number, too.
    """

    def broken(call: Call) -> Violation | None:
        return wrong_dtype(call, table[str(call.config["type"])], even_if_empty=even_if_empty)

    return Rule("a dtype that the layer can compute with", broken, reason=reason)


def wrong_dtype(call: Call, allowed: tuple[str, ...], *, even_if_empty: bool = True) -> Violation | None:
    """The violation of an input whose dtype is none of these."""
    record = call.inputs["input"]
    if record.dtype in allowed or (0 in record.shape and not even_if_empty):
        return None
    return Violation("dtype", "input", got=record.shape, expected_text=" or ".join(allowed), got_text=record.dtype)


def scaled(call: Call) -> str:
    """The dtype of the input times one number of the layer's: whole numbers take on that of the layer."""
    dtype = call.inputs["input"].dtype
    return dtype if dtype in (*FLOATS, *COMPLEX) else str(call.config.get("dtype", dtype))


def dtype_of_statistics(call: Call) -> Violation | None:
    """Norms compute in the dtype of their parameters, and take half a float with those of float32 too."""
    record, want = call.inputs["input"], str(call.config.get("dtype", ""))
    is_fine = record.dtype in FLOATS if not want else record.dtype == want
    if is_fine or (want == "float32" and record.dtype in HALVES):
        return None
    return Violation(
        "dtype", "input", got=record.shape, expected_text=want or " or ".join(FLOATS), got_text=record.dtype
    )


NORM_DTYPE = Rule(
    "a dtype that fits the parameters",
    dtype_of_statistics,
    reason="the layer subtracts a mean and multiplies with its weights, in one dtype",
)


def windows_fit(needed: Callable[[Call, int], int], count: int) -> Rule:
    """The last ``count`` axes are as long as the window that slides along them, padding included.

    Args:
        needed: The smallest size of one of these axes, by the call and the number of the axis.
        count: How many axes the window slides along.
    """

    def broken(call: Call) -> Violation | None:
        record = call.inputs["input"]
        sizes = record.shape[-count:]
        short = [at for at, size in enumerate(sizes) if size < needed(call, at)]
        if not short:
            return None
        axes = tuple(record.ndim - count + at for at in short)
        least = needed(call, short[0])
        return Violation(
            "size",
            "input",
            got=record.shape,
            axes=axes,
            expected_text=f"at least {least} along axis {axes[0]}",
            got_text=str(record.shape[axes[0]]),
        )

    return Rule("the window fits", broken, reason="a window slides along this axis, so at least one must fit into it")


def each(value: object, at: int, default: int = 0) -> int:
    """One number of a setting that is given once for all axes, or for each."""
    if isinstance(value, tuple):
        value = value[at] if len(value) > 1 else value[0]
    return value if isinstance(value, int) else default
