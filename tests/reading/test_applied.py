"""A call reads the same as a method and as torch's function: what it is of, what it is told, along which axis."""

import ast

import pytest

from shapecheck.reading.applied import applied_to, told_to, written_axis


def call(text: str) -> ast.Call:
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.Call)
    return node


def text_of(node: ast.expr | None) -> str | None:
    return ast.unparse(node) if node is not None else None


@pytest.mark.parametrize(
    ("text", "base", "told"),
    [
        ("x.mean(1)", "x", ["1"]),
        ("torch.mean(x, 1)", "x", ["1"]),
        ("net(x).mean(1).sum()", "net(x).mean(1)", []),
        ("torch.stack([a, b], 2)", "[a, b]", ["2"]),
        ("torch.mean(input=x)", None, []),
        ("softmax(x, 1)", None, ["x", "1"]),
    ],
)
def test_what_a_call_is_of_and_what_it_is_told(text, base, told):
    assert (text_of(applied_to(call(text))), [ast.unparse(each) for each in told_to(call(text))]) == (base, told)


@pytest.mark.parametrize(
    ("text", "at", "axis"),
    [
        ("x.sum(2)", 0, "2"),
        ("x.sum(axis=2)", 0, "2"),
        ("torch.sum(x, dim=-1)", 0, "-1"),
        ("torch.sum(x)", 0, None),
        ("x.chunk(3, 1)", 1, "1"),
        ("torch.chunk(x, 3, 1)", 1, "1"),
        ("x.chunk(3)", 1, None),
        ("x.norm(2, dim=0)", 0, "0"),
    ],
)
def test_the_axis_that_is_written_in_a_call(text, at, axis):
    assert text_of(written_axis(call(text), at)) == axis
