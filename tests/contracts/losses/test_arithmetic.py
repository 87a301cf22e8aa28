"""The arithmetic of shapes and dtypes is torch's."""

from itertools import product

import pytest
import torch

from shapecheck.contracts._arithmetic import (
    COMPLEX,
    FLOATS,
    INTEGERS,
    ImpossibleError,
    Value,
    as_float,
    broadcast,
    join,
    promote,
)

DTYPES = ("bool", *INTEGERS, *FLOATS, *COMPLEX)
SHAPES = [shape for ndim in range(4) for shape in product((0, 1, 2, 3), repeat=ndim)]


def name(dtype):
    return str(dtype).removeprefix("torch.")


def of(dtype):
    return getattr(torch, dtype)


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize("left", DTYPES)
def test_dtypes_are_promoted_as_torch_does(left):
    for right in DTYPES:
        assert join(left, right) == name(torch.promote_types(of(left), of(right)))
        for shapes in product(((), (2,)), repeat=2):
            values = [Value(shape, dtype) for shape, dtype in zip(shapes, (left, right), strict=True)]
            tensors = [torch.empty(value.shape, dtype=of(value.dtype)) for value in values]
            assert promote(*values) == name(torch.result_type(*tensors))


def test_shapes_are_broadcast_as_torch_does():
    for left, right in product(SHAPES, repeat=2):
        try:
            expected = tuple(torch.broadcast_shapes(left, right))
        except RuntimeError:
            expected = None
        assert broadcast(left, right) == expected
    assert broadcast() == ()


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != "complex32"])
def test_each_step_gives_what_torch_gives(dtype):
    tensor, value = torch.ones(2, 3, dtype=of(dtype)), Value((2, 3), dtype)
    assert as_float(dtype) == name((tensor / tensor).dtype) == value.over(value).dtype
    assert value.with_number().dtype == name((tensor + 0.5).dtype)
    assert value.reduced("sum") == Value((), name(tensor.sum().dtype))
    assert value.reduced("none") == value
    steps = (
        (lambda: value.minus(value), lambda: tensor - tensor),
        (lambda: value.rsub_number(), lambda: 1 - tensor),
        (lambda: value.reduced("mean"), lambda: tensor.mean()),
    )
    for ours, theirs in steps:
        try:
            expected = theirs()
        except RuntimeError:
            with pytest.raises(ImpossibleError):
                ours()
        else:
            assert (ours().shape, ours().dtype) == (tuple(expected.shape), name(expected.dtype))


def test_what_is_impossible_says_why():
    with pytest.raises(ImpossibleError, match=r"the shapes \(2,\) and \(3,\) cannot be broadcast together"):
        Value((2,), "float32").plus(Value((3,), "float32"))
    with pytest.raises(ImpossibleError, match="torch takes no mean of int64"):
        Value((2,), "int64").reduced("mean")
