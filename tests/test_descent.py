"""What the axes of a reshaped, permuted or indexed tensor are: torch itself makes the shapes."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from shapecheck.descent import leading, picked, rearranged

SEQUENCE = ("batch_size", "seq_length", "hidden_size")
SIZES = {"batch_size": 4, "seq_length": 7, "hidden_size": 16}


def test_neighbours_are_joined_and_a_product_is_taken_apart():
    assert rearranged(SEQUENCE, (4, 7, 16), (28, 16), {}) == ("batch_size*seq_length", "hidden_size")
    assert rearranged(SEQUENCE, (4, 7, 16), (4, 112), {}) == ("batch_size", "seq_length*hidden_size")
    flat = ("batch_size*seq_length", "out_size")
    assert rearranged(flat, (28, 1), (4, 7, 1), SIZES) == ("batch_size", "seq_length", "out_size")
    assert rearranged(flat, (28, 1), (4, 7), SIZES) == ("batch_size", "seq_length")
    assert rearranged(flat, (28, 1), (28,), SIZES) == ("batch_size*seq_length",)


def test_what_no_rearrangement_explains_has_no_names():
    assert rearranged(SEQUENCE, (4, 7, 16), (4, 7, 15), {}) is None
    assert rearranged(SEQUENCE, (4, 7, 16), (16, 28), {}) is None
    assert rearranged(SEQUENCE, (0, 7, 16), (0, 16), {}) is None
    assert picked([(SEQUENCE, (4, 7, 16))], (16, 4)) is None
    assert picked([(SEQUENCE, (4, 7, 16))], ()) is None


def test_axes_of_size_one_come_and_go():
    assert rearranged(("batch_size", "out_size"), (4, 1), (4,), {}) == ("batch_size",)
    assert rearranged(("batch_size", "seq_length"), (4, 7), (4, 1, 7), {}) == ("batch_size", "_", "seq_length")
    assert rearranged(("batch_size", "out_size"), (4, 1), (4, 1), {}) == ("batch_size", "out_size")


def test_axes_that_two_explanations_name_differently_stay_open():
    assert rearranged(SEQUENCE, (4, 4, 16), (4, 16, 4), {}) == ("_", "hidden_size", "_")
    assert picked([(SEQUENCE, (7, 7, 16))], (7, 16)) == ("_", "hidden_size")
    state = (("num_layers", "batch_size", "hidden_size"), (2, 7, 16))
    assert picked([(SEQUENCE, (4, 7, 16)), state], (7, 16)) == ("_", "hidden_size")


def test_the_first_axes_are_handed_on_as_far_as_their_sizes_agree():
    assert leading(SEQUENCE, (4, 7, 16), (4, 7, 32)) == ("batch_size", "seq_length", "_")
    assert leading(SEQUENCE, (4, 7, 16), (5, 7, 16)) == ("_", "_", "_")
    assert leading(SEQUENCE, (1, 7, 16), (1, 7)) == ("_", "_")


different = st.lists(st.sampled_from([2, 3, 5, 7, 11, 13]), min_size=3, max_size=3, unique=True)


@given(different, st.permutations([0, 1, 2]))
def test_a_permutation_is_recognised_by_sizes_that_differ(sizes, order):
    after = tuple(torch.empty(sizes).permute(order).shape)
    assert rearranged(SEQUENCE, tuple(sizes), after, {}) == tuple(SEQUENCE[at] for at in order)


@given(different, st.integers(0, 2))
def test_an_index_drops_its_axis(sizes, axis):
    after = tuple(torch.empty(sizes).select(axis, -1).shape)
    expected = tuple(dim for at, dim in enumerate(SEQUENCE) if at != axis)
    assert picked([(SEQUENCE, tuple(sizes))], after) == expected


@given(st.lists(st.integers(1, 4), min_size=3, max_size=3), st.permutations([0, 1, 2]))
def test_no_name_is_wrong_however_the_sizes_coincide(sizes, order):
    """An axis of more than one item that bears a name has the size of that name."""
    tensor = torch.empty(sizes).permute(order)
    for after in (tensor, tensor.flatten(0, 1), tensor.flatten(1, 2)):
        found = rearranged(SEQUENCE, tuple(sizes), tuple(after.shape), {})
        known = dict(zip(SEQUENCE, sizes, strict=True))
        for dim, size in zip(found or (), after.shape, strict=bool(found)):
            factors = [] if dim == "_" else dim.split("*")
            product = 1
            for factor in factors:
                product *= known[factor]
            assert not factors or product == size
