"""Two calls are alike if their signatures are; the quick comparison agrees with the thorough one."""

import gc
import weakref
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_sequence

from shapecheck.capture.likeness import Last, fits, likeness
from shapecheck.capture.signature import UntraceableError, signature


@dataclass
class Output:
    logits: torch.Tensor
    loss: torch.Tensor | None = None


def packed(*lengths):
    return pack_sequence([torch.zeros(length, 2) for length in lengths])


LEAVES = (
    st.sampled_from([torch.zeros(2), torch.zeros(3), torch.zeros(2, dtype=torch.int64), torch.zeros(2, device="meta")])
    | st.none()
    | st.sampled_from([1, "text", packed(3, 2), packed(3, 1), packed(2, 2), Output(torch.zeros(2))])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)


@given(VALUES, VALUES)
def test_quick_and_thorough_comparison_agree(one, other):
    assert fits(one, likeness(one))
    is_same = signature(one) == signature(other)
    # An empty tuple and an empty dict hold the same tensors: the quick one may tell them apart.
    if fits(other, likeness(one)) != is_same:
        assert is_same


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (torch.zeros(2), torch.zeros(3)),
        (torch.zeros(2), torch.zeros(2, dtype=torch.float64)),
        (torch.zeros(2), torch.zeros(2, device="meta")),
        ((torch.zeros(2),), (torch.zeros(2), None)),
        ({"a": torch.zeros(2)}, {"b": torch.zeros(2)}),
        (packed(3, 2), packed(2, 2)),
        (Output(torch.zeros(2)), Output(torch.zeros(2), torch.zeros(()))),
        ({"a": None, "b": None}, {"b": None, "a": None}),
        (None, torch.zeros(2)),
        (1, "one"),
    ],
)
def test_what_is_told_apart(value, other):
    assert signature(value) != signature(other)
    assert not fits(other, likeness(value))
    assert not fits(value, likeness(other))


def test_same_totals_of_a_packed_sequence_are_one_signature():
    assert signature(packed(4, 3, 1)) == signature(packed(4, 2, 2))


def test_parameter_is_a_tensor():
    assert signature(torch.nn.Parameter(torch.zeros(2))) == signature(torch.zeros(2))


def test_symbolic_sizes_are_not_looked_at():
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    mode = FakeTensorMode(shape_env=ShapeEnv())
    fake = mode.from_tensor(torch.zeros(5, 3), static_shapes=False)
    with pytest.raises(UntraceableError):
        signature((fake,))
    assert not mode.shape_env.guards


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_tensors():
    nested = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
    assert signature(nested) == signature(torch.nested.nested_tensor([torch.zeros(1)]))
    last = Last(True, (torch.zeros(2),), {}, torch.zeros(2))
    assert not last.is_like(True, (nested,), {}, nested)


def test_cycles_end():
    value: list = []
    value.append(value)
    assert signature(value) == signature(value)
    assert not fits([], likeness(value))


@pytest.mark.parametrize("make", [signature, likeness, lambda tensor: Last(True, (tensor,), {}, (tensor, tensor))])
def test_no_tensor_is_kept(make):
    tensor = torch.zeros(2)
    kept = make(tensor)
    alive = weakref.ref(tensor)
    del tensor
    gc.collect()
    assert alive() is None
    assert kept is not None


def test_last_call():
    x, y = torch.zeros(2, 3), torch.zeros(2, 4)
    last = Last(True, (x,), {}, y)
    assert last.is_like(True, (x,), {}, y)
    assert not last.is_like(False, (x,), {}, y)
    assert not last.is_like(True, (x, x), {}, y)
    assert not last.is_like(True, (x,), {"scale": x}, y)
    assert not last.is_like(True, (x,), {}, x)
    assert not last.is_like(True, (x,), {}, None)


def test_last_call_whose_outputs_follow_from_its_inputs():
    x, output, half = torch.zeros(2, 3), torch.zeros(2, 4), torch.zeros(2, 4, dtype=torch.bfloat16)
    last = Last(True, (x, (x, x)), {}, (output, (x, x)), is_known=True)
    assert last.is_like(True, (x, (x, x)), {}, (output, (x, x)))
    assert not last.is_like(True, (x, (x, x)), {}, (half, (x, x)))
    assert not last.is_like(True, (x, (x, x)), {}, None)
    assert not last.is_like(True, (x, None), {}, (output, (x, x)))
