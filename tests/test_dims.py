"""Specs are read, matched and printed; a match that fails leaves nothing behind."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecheck.dims import Axis, Bindings, Bound, Match, Mismatch, Spec
from shapecheck.errors import SpecError

NAMES = ["batch_size", "seq_length", "hidden_size", "D", "_private", "H_in", "x2"]
dims = st.sampled_from(NAMES)
factors = st.one_of(dims, st.integers(0, 12))
axes = st.lists(factors, min_size=0, max_size=3).map(lambda found: Axis(tuple(found)))


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    found = tuple(draw(st.lists(axes, max_size=5)))
    return Spec(found, draw(st.none() | st.integers(0, len(found))))


def solved(spec: Spec, shape: tuple[int, ...], **sizes: int) -> Match:
    match = spec.match(shape, Bindings.of(sizes))
    assert isinstance(match, Match)
    return match


def refused(spec: Spec, shape: tuple[int, ...], **sizes: int) -> Mismatch:
    mismatch = spec.match(shape, Bindings.of(sizes, by="the caller"))
    assert isinstance(mismatch, Mismatch)
    return mismatch


# Reading and printing


@given(specs())
def test_a_printed_spec_reads_back_as_the_same_spec(spec: Spec) -> None:
    assert Spec.parse(str(spec)) == spec


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("", ""),
        ("  batch_size   7 ", "batch_size 7"),
        ("(batch_size seq_length) 1", "batch_size*seq_length 1"),
        ("( batch_size  2 seq_length )", "batch_size*2*seq_length"),
        ("(batch_size)", "batch_size"),
        ("D*num_layers _ ...", "D*num_layers _ ..."),
        ("batch_size\n\tseq_length", "batch_size seq_length"),
        ("007", "7"),
    ],
)
def test_specs_print_in_one_form(text: str, printed: str) -> None:
    assert str(Spec.parse(text)) == printed


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("batch_size seq-length", "'-' has no place in a spec", 14),
        ("batch_size, seq_length", "',' has no place in a spec", 10),
        ("größe", "'ö' has no place in a spec", 2),
        ("b.h", "'.' has no place in a spec", 1),
        ("b)", "')' has no place in a spec", 1),
        ("b (t h", "this bracket is not closed", 2),
        ("(b (t h))", "brackets cannot be nested", 0),
        ("b ()", "a product needs at least one factor", 2),
        ("... b ...", "a spec can have only one '...'", 6),
        ("b(t h)", "a blank is missing here", 1),
        ("(t h)b", "a blank is missing here", 5),
        ("b...", "a blank is missing here", 1),
        ("b*", "a factor is missing here", 2),
        ("*b", "a factor is missing here", 0),
        ("b**t", "a factor is missing here", 2),
        ("b*_", "'_' cannot be part of a product: give it a name", 2),
        ("(b _)", "'_' cannot be part of a product: give it a name", 3),
        ("b 2nd", "'2nd' is neither a name nor a size", 2),
        ("(b*t h)", "'b*t' is neither a name nor a size", 1),
    ],
)
def test_what_does_not_parse_is_shown_with_a_caret(text: str, problem: str, position: int) -> None:
    with pytest.raises(SpecError) as caught:
        Spec.parse(text)
    assert str(caught.value) == f"{problem}\n  {text}\n  {' ' * position}^"
    assert (caught.value.problem, caught.value.text, caught.value.position) == (problem, text, position)


@given(st.text(alphabet="ab_1*(). -\n", max_size=12))
def test_any_text_is_a_spec_or_a_spec_error_inside_the_text(text: str) -> None:
    with suppress(SpecError):
        assert Spec.parse(str(Spec.parse(text))) == Spec.parse(text)
        return
    with pytest.raises(SpecError) as caught:
        Spec.parse(text)
    assert 0 <= caught.value.position <= len(text)


def test_the_dims_of_a_spec_are_named_once_in_order() -> None:
    assert Spec.parse("b*t ... h 3 b t").dims == ("b", "t", "h")


def test_an_axis_knows_its_dims() -> None:
    axis = Spec.parse("2*b*3*t").axes[0]
    assert (axis.factors, axis.dims, axis.is_anonymous) == ((2, "b", 3, "t"), ("b", "t"), False)
    assert Axis().is_anonymous


# Matching


@given(specs(), st.fixed_dictionaries({name: st.integers(1, 9) for name in NAMES}), st.lists(st.integers(0, 5)))
def test_the_shape_that_a_spec_asks_for_matches_it(spec: Spec, sizes: dict[str, int], leading: list[int]) -> None:
    spec = Spec(tuple(axis for axis in spec.axes if not axis.is_anonymous), None if spec.ellipsis_at is None else 0)
    bindings = Bindings.of(sizes)
    shape = spec.shape(bindings, tuple(leading))
    assert shape is not None
    match = spec.match(shape, bindings)
    assert isinstance(match, Match)
    assert match.bindings == bindings
    assert len(match.dims) == len(shape)
    assert match.unsolved == ()


@given(specs(), st.lists(st.integers(0, 12), max_size=6), st.dictionaries(dims, st.integers(0, 4)))
def test_a_match_means_what_it_says(spec: Spec, shape: list[int], sizes: dict[str, int]) -> None:
    before = Bindings.of(sizes, by="before")
    copied = dict(before)
    result = spec.match(tuple(shape), before, by="now")
    assert dict(before) == copied
    if isinstance(result, Mismatch):
        assert result.got == tuple(shape)
        assert all(0 <= axis < len(shape) for axis in result.axes)
        assert bool(result.axes) == (result.kind == "size")
        return
    after = result.bindings
    assert all(after[dim] == bound for dim, bound in before.items())
    assert all(bound.by == "now" for dim, bound in after.items() if dim not in before)
    # Every axis that is not listed as unsolved really has the size that the bindings give it.
    for name, size in zip(result.dims, shape, strict=True):
        if name != "_" and name not in result.unsolved:
            assert after.evaluate(Spec.parse(name).axes[0]) == size


def test_a_dim_is_bound_at_first_sight_with_who_bound_it() -> None:
    match = Spec.parse("batch_size seq_length").match((4, 7), by="the input of lstm")
    assert isinstance(match, Match)
    assert match.bindings["seq_length"] == Bound(7, "the input of lstm")
    assert match.dims == ("batch_size", "seq_length")


def test_a_bound_dim_must_agree_and_the_mismatch_says_who_bound_it() -> None:
    mismatch = refused(Spec.parse("batch_size seq_length"), (5, 7), batch_size=4)
    assert mismatch == Mismatch(
        "size",
        expected=(("batch_size", 4), ("seq_length", None)),
        got=(5, 7),
        axes=(0,),
        blame=(("batch_size", Bound(4, "the caller")),),
    )


def test_a_dim_that_occurs_twice_must_have_one_size() -> None:
    assert solved(Spec.parse("n n"), (3, 3)).bindings.size("n") == 3
    assert refused(Spec.parse("n n"), (3, 4)).axes == (1,)


@pytest.mark.parametrize("shape", [(), (4,), (4, 7, 1)])
def test_another_number_of_axes_is_refused(shape: tuple[int, ...]) -> None:
    mismatch = refused(Spec.parse("batch_size 7"), shape, batch_size=4)
    assert mismatch == Mismatch("ndim", (("batch_size", 4), ("7", 7)), shape)


def test_fixed_sizes_must_agree() -> None:
    assert solved(Spec.parse("2 _ 3"), (2, 9, 3)).dims == ("2", "_", "3")
    assert refused(Spec.parse("2 _ 3"), (3, 9, 2)).axes == (0, 2)


def test_a_scalar_has_the_empty_spec() -> None:
    assert solved(Spec.parse(""), ()).dims == ()
    assert refused(Spec.parse(""), (1,)).kind == "ndim"


@pytest.mark.parametrize(
    ("text", "shape", "dims"),
    [
        ("... h", (5,), ("h",)),
        ("... h", (2, 3, 5), ("_", "_", "h")),
        ("b ... h", (2, 5), ("b", "h")),
        ("b ... h", (2, 3, 4, 5), ("b", "_", "_", "h")),
        ("b ...", (2, 3), ("b", "_")),
        ("...", (), ()),
    ],
)
def test_an_ellipsis_stands_for_any_number_of_axes(text: str, shape: tuple[int, ...], dims: tuple[str, ...]) -> None:
    assert solved(Spec.parse(text), shape).dims == dims


def test_wrong_axes_behind_an_ellipsis_are_counted_in_the_shape() -> None:
    assert refused(Spec.parse("b ... h"), (2, 3, 4, 5), h=6).axes == (3,)
    assert refused(Spec.parse("b ... h"), (2,)).kind == "ndim"
    assert refused(Spec.parse("b ... 5"), (2,)).expected == (("b", None), ("...", None), ("5", 5))


# Products


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_a_product_is_solved_for_its_one_unknown_factor(first: int, second: int, first_is_known: bool) -> None:
    known = {"a": first} if first_is_known else {"b": second}
    bindings = solved(Spec.parse("a*b"), (first * second,), **known).bindings
    assert (bindings.size("a"), bindings.size("b")) == (first, second)


def test_products_are_solved_with_the_help_of_axes_behind_them() -> None:
    assert solved(Spec.parse("a*b b*c c"), (6, 15, 5)).bindings == Bindings.of({"a": 2, "b": 3, "c": 5})


def test_a_product_that_does_not_divide_is_refused_and_binds_nothing() -> None:
    bindings = Bindings.of({"batch_size": 4}, by="the input")
    mismatch = Spec.parse("batch_size*seq_length hidden_size").match((30, 16), bindings)
    assert isinstance(mismatch, Mismatch)
    assert mismatch.axes == (0,)
    assert mismatch.blame == (("batch_size", Bound(4, "the input")),)
    assert bindings == Bindings.of({"batch_size": 4}, by="the input")


def test_a_product_with_two_unknown_factors_is_reported_as_not_checked() -> None:
    match = solved(Spec.parse("a*b 7"), (12, 7))
    assert match.unsolved == ("a*b",)
    assert len(match.bindings) == 0


def test_an_empty_batch_leaves_the_other_factor_open() -> None:
    match = solved(Spec.parse("batch_size*seq_length"), (0,), batch_size=0)
    assert match.unsolved == ("batch_size*seq_length",)
    assert refused(Spec.parse("batch_size*seq_length"), (7,), batch_size=0).axes == (0,)


def test_fixed_factors_count_in_a_product() -> None:
    assert solved(Spec.parse("2*num_layers"), (6,)).bindings.size("num_layers") == 3
    assert refused(Spec.parse("2*num_layers"), (7,)).axes == (0,)


@pytest.mark.parametrize("size", [1, 2, 2**40])
def test_sizes_of_one_and_very_large_ones_are_exact(size: int) -> None:
    assert solved(Spec.parse("a*b b"), (size * 3, 3)).bindings.size("a") == size


# Bindings


def test_binding_returns_new_bindings_and_leaves_the_old_ones() -> None:
    before = Bindings.of({"a": 2})
    after = before.bind("b", 3, by="me")
    assert dict(before) == {"a": Bound(2)}
    assert dict(after) == {"a": Bound(2), "b": Bound(3, "me")}


def test_bindings_do_not_follow_the_mapping_that_they_were_made_of() -> None:
    sizes = {"a": 2}
    bindings = Bindings.of(sizes)
    sizes["a"] = 5
    assert bindings.size("a") == 2


def test_bindings_are_values() -> None:
    one, same, other = Bindings.of({"a": 2}), Bindings.of({"a": 2}), Bindings.of({"a": 2}, by="me")
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    for twin in (copy.copy(other), copy.deepcopy(other), pickle.loads(pickle.dumps(other))):
        assert twin == other
    with pytest.raises(KeyError):
        one["b"]
    assert one.size("b") is None


def test_an_axis_is_evaluated_only_when_every_factor_is_known() -> None:
    bindings = Bindings.of({"a": 2, "b": 3})
    assert bindings.evaluate(Spec.parse("a*b*5").axes[0]) == 30
    assert bindings.evaluate(Spec.parse("a*c").axes[0]) is None
    assert bindings.evaluate(Axis()) is None


def test_the_shape_of_a_spec_needs_every_size() -> None:
    spec = Spec.parse("b ... h")
    assert spec.shape(Bindings.of({"b": 2, "h": 5}), leading=(3, 4)) == (2, 3, 4, 5)
    assert spec.shape(Bindings.of({"b": 2})) is None
    assert Spec.parse("_").shape(Bindings()) is None


def test_a_spec_is_text():
    with pytest.raises(TypeError, match=r"^expected a spec to be a str, got NoneType$"):
        Spec.parse(None)
