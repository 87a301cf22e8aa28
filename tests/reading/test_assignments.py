"""What assignments set, and to what."""

from __future__ import annotations

import ast

import pytest

from shapecheck.reading.assignments import names_read, only_value, own_names, stored_in, values_given


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("a = f(x)", [("a", "f(x)")]),
        ("a = b = x", [("a", "x"), ("b", "x")]),
        ("a, b = c, d", [("a", "c"), ("b", "d")]),
        ("(a, b), self.c = (x, y), z", [("a", "x"), ("b", "y"), ("self.c", "z")]),
        ("[a, b] = [c, d]", [("a", "c"), ("b", "d")]),
        ("a, b = f(x)", [("(a, b)", "f(x)")]),
        ("a, b, c = x, y", [("(a, b, c)", "(x, y)")]),
        ("a, *rest = x, y", [("(a, *rest)", "(x, y)")]),
        ("a, b = *x, y", [("(a, b)", "(*x, y)")]),
        ("a: int = 3", [("a", "3")]),
        ("a: int", []),
        ("a += 1", []),
        ("f(a)", []),
    ],
)
def test_rows_are_taken_apart_where_both_sides_are_written_out(line: str, pairs: list[tuple[str, str]]) -> None:
    found = [(ast.unparse(target), ast.unparse(value)) for target, value in values_given(ast.parse(line).body[0])]
    assert found == pairs


def test_names_that_are_only_read_are_not_stored() -> None:
    assert stored_in(ast.parse("for i in rows:\n    a, self.b, c[j] = i, d, (e := 2)")) == {"i", "a", "e"}


def test_a_function_has_its_parameters_and_what_it_sets() -> None:
    function = ast.parse("def f(a, /, b, *c, d=x, **e):\n    g = a + h").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert own_names(function) == {"a", "b", "c", "d", "e", "g"}


def test_names_that_are_only_stored_are_not_read() -> None:
    assert names_read(ast.parse("for i in rows:\n    a, self.b, c[j] = i, d, 2")) == {
        "rows",
        "self",
        "c",
        "j",
        "i",
        "d",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a = f(x)", "f(x)"),
        ("a, b = c, d", "c"),
        ("a = 1\nb = a", "1"),
        ("a = 1\na = 2", None),
        ("a = 1\nfor a in rows:\n    pass", None),
        ("a, b = f(x)", None),
        ("self.a = 1", None),
    ],
)
def test_a_name_has_one_value_where_it_is_given_one_once(text: str, value: str | None) -> None:
    found = only_value(ast.parse(text), "a")
    assert (ast.unparse(found) if found is not None else None) == value
