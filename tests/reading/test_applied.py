"""A call reads the same as a method and as torch's function: what it is of, what it is told, along which axis."""

import ast

import pytest

from shapecheck.reading.applied import applied_to, given_as, size_asked, told_to, written_axis


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


@pytest.mark.parametrize(
    ("text", "name", "at", "given"),
    [
        ("nn.Linear(3, 5)", "out_features", 1, "5"),
        ("nn.Linear(3, out_features=5)", "out_features", 1, "5"),
        ("nn.Linear(3)", "out_features", 1, None),
        ("nn.Linear(3, 5)", "out_features", None, None),
        ("nn.Linear(3, 5)", "out_features", -1, None),
    ],
)
def test_what_a_call_is_given_for_a_parameter(text, name, at, given):
    assert text_of(given_as(call(text), name, at)) == given


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("x.size(1)", ("x", 1)),
        ("net(x).shape[-1]", ("net(x)", -1)),
        ("len(x)", ("x", 0)),
        ("x.size()", None),
        ("x.shape", None),
        ("x.shape[n]", None),
        ("x.shape[1:]", None),
        ("self.len(x)", None),
    ],
)
def test_the_size_that_is_asked(text, asked):
    found = size_asked(ast.parse(text, mode="eval").body)
    assert (None if found is None else (text_of(found[0]), found[1])) == asked
