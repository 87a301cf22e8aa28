import pytest

from shapecheck.render.changes import Change, SizedAxis, change, words


def axes(text):
    """``"batch_size 4, seq_length 7, _ 3"``"""
    pairs = (part.split() for part in text.split(", ")) if text else ()
    return [SizedAxis("" if dim == "_" else dim, int(size)) for dim, size in pairs]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("b 4, t 7, f 1", "b 4, t 7, h 16", "f gone, h new"),
        ("b 4, t 7, h 16", "b*t 28, h 16", "b and t joined into one axis"),
        ("b*t 28, h 16", "b 4, t 7, h 16", "b*t split into b and t"),
        ("b 4, t 7, h 16", "t 7, b 4, h 16", "b and t changed places"),
        ("b 4, t 7, h 16", "h 16, b 4, t 7", "b, t and h changed places"),
        ("b 4, t 7, h 16", "b 4, h 16", "t gone"),
        ("b 4, t 7", "b 4, t 5", "t: 7 becomes 5"),
        ("b 4, t 7", "b 4, t 7", "same axes"),
        ("b 4, t 7", "", "b and t gone"),
        ("b 4, _ 3, _ 8", "b 4, _ 16, _ 8", "axis 1: 3 becomes 16"),
        ("b 4, _ 3", "b 4, c 5", "axis 1: 3 becomes 5"),
        ("_ 4, _ 3", "_ 4, _ 3", "same axes"),
        ("_ 4, _ 3, _ 2", "_ 4, _ 6", "3 axes become 2"),
        ("b 4, t 7, f 1", "b*t 28, o 1", "b and t joined into one axis, f gone, o new"),
        ("b 4, f 3", "b 4, 2*h 8", "f gone, h new"),
    ],
)
def test_a_change_in_words(before, after, expected):
    assert words(change(axes(before), axes(after))) == expected


def test_only_reshaping_reordering_and_dropping_axes_rearranges():
    flow = axes("b 4, t 7, h 16")
    assert change(flow, axes("b*t 28, h 16")).rearranges
    assert change(flow, axes("b 4, h 16")).rearranges
    assert not change(flow, axes("b 4, t 7, c 16")).rearranges
    assert not change(flow, axes("b 4, t 5, h 16")).rearranges
    assert not change(flow, flow).rearranges
    assert not Change()


def test_packing_in_words():
    assert words(Change(packed="packed")) == "packed: the padding is left out, only real steps go on"
    assert words(Change(packed="unpacked")) == "unpacked: every sequence is filled up with padding again"
