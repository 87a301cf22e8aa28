"""The shape and dtype that torch's arithmetic gives, for losses that torch writes as a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shapecheck.records import TensorRecord

Shape = tuple[int, ...]

INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
HALVES = ("float16", "bfloat16")
FLOATS = (*HALVES, "float32", "float64")
COMPLEX = ("complex32", "complex64", "complex128")
# What the length of a complex number is.
REAL_PARTS = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}
_KINDS = {"bool": 0, **dict.fromkeys(INTEGERS, 1), **dict.fromkeys(FLOATS, 2), **dict.fromkeys(COMPLEX, 3)}
_WIDER = {"float16": "complex32", "bfloat16": "complex64", "float32": "complex64", "float64": "complex128"}


class ImpossibleError(Exception):
    """A step of a formula that torch refuses.

    Args:
        kind: What it does not take: a ``"size"``, or a ``"dtype"``.
        why: What torch refuses, in one sentence.
    """

    def __init__(self, kind: Literal["size", "dtype"], why: str) -> None:
        self.kind: Literal["size", "dtype"] = kind
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Value:
    """An operand or a result: its shape and dtype, nothing else."""

    shape: Shape
    dtype: str

    def plus(self, other: Value) -> Value:
        """The sum; a product is of the same shape and dtype."""
        return Value(both(self.shape, other.shape), promote(self, other))

    def minus(self, other: Value) -> Value:
        """The difference, which torch refuses for bool."""
        if "bool" in (self.dtype, other.dtype):
            raise ImpossibleError("dtype", "torch does not subtract tensors of dtype bool")
        return self.plus(other)

    def over(self, other: Value) -> Value:
        """The quotient, which is never a whole number."""
        return Value(both(self.shape, other.shape), as_float(promote(self, other)))

    def with_number(self) -> Value:
        """What adding or multiplying by a Python float makes of it."""
        return Value(self.shape, as_float(self.dtype))

    def rsub_number(self) -> Value:
        """A Python integer minus this."""
        if self.dtype == "bool":
            raise ImpossibleError("dtype", "torch does not subtract tensors of dtype bool")
        return self

    def reduced(self, reduction: str) -> Value:
        """What is left after a reduction over everything."""
        if reduction == "none":
            return self
        if reduction == "mean" and _KINDS.get(self.dtype, 0) < 2:
            raise ImpossibleError("dtype", f"torch takes no mean of {self.dtype}")
        return Value((), self.dtype if _KINDS.get(self.dtype, 0) >= 2 else "int64")


def of(record: TensorRecord) -> Value:
    """The tensor of a record as an operand."""
    return Value(record.shape, record.dtype)


def broadcast(*shapes: Shape) -> Shape | None:
    """The shape that several are spread to, or None if they do not fit together.

    >>> broadcast((4, 1), (4,))
    (4, 4)
    >>> broadcast((4, 2), (4,)) is None
    True
    """
    result: list[int] = []
    for at in range(1, max(map(len, shapes), default=0) + 1):
        sizes = {shape[-at] for shape in shapes if len(shape) >= at} - {1}
        if len(sizes) > 1:
            return None
        result.append(sizes.pop() if sizes else 1)
    return tuple(reversed(result))


def both(*shapes: Shape) -> Shape:
    """The shape that several are spread to.

    Raises:
        ImpossibleError: They do not fit together.
    """
    found = broadcast(*shapes)
    if found is None:
        raise ImpossibleError("size", f"the shapes {' and '.join(map(str, shapes))} cannot be broadcast together")
    return found


def promote(*values: Value) -> str:
    """The dtype in which several are computed together: scalars give way to tensors of their kind or a higher one.

    >>> promote(Value((3,), "float32"), Value((3,), "float64")), promote(Value((3,), "float32"), Value((), "float64"))
    ('float64', 'float32')
    """
    tensors = [value.dtype for value in values if value.shape]
    scalars = [value.dtype for value in values if not value.shape]
    high, low = _joined(tensors), _joined(scalars)
    if not high or not low:
        return high or low
    if _KINDS[low] <= _KINDS[high]:
        return high
    return _WIDER[high] if _KINDS[high] == 2 else join(high, low)


def join(left: str, right: str) -> str:
    """The smallest dtype that holds both."""
    left, right = sorted((left, right), key=lambda dtype: (_KINDS[dtype], _width(dtype)))
    if left == right or _KINDS[left] == 0:
        return right
    if _KINDS[left] != _KINDS[right]:
        wide = _WIDER[left] if _KINDS[left] == 2 else right
        return max(wide, right, key=_width)
    if _KINDS[right] == 1 and left == "uint8":
        return "int16" if right == "int8" else right
    if _KINDS[right] == 1 and right == "uint8":
        return "int16"
    return "float32" if {left, right} == set(HALVES) else right


def as_float(dtype: str) -> str:
    """The dtype of a root, a logarithm or a quotient: whole numbers become float32."""
    return dtype if _KINDS.get(dtype, 0) >= 2 else "float32"


def is_float(dtype: str) -> bool:
    """Whether it is a real floating point dtype."""
    return dtype in FLOATS


def is_whole(dtype: str) -> bool:
    """Whether it holds whole numbers, or only 0 and 1."""
    return _KINDS.get(dtype, 0) < 2


def _joined(dtypes: list[str]) -> str:
    result = ""
    for dtype in dtypes:
        result = join(result, dtype) if result else dtype
    return result


def _width(dtype: str) -> int:
    digits = "".join(character for character in dtype if character.isdigit())
    return int(digits) if digits else 1
