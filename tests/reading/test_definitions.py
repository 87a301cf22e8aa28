"""What a script defines: methods, constructors, what a function returns, and by which name it is called."""

import ast
import linecache

import pytest

from shapecheck.reading.definitions import (
    called_as,
    constructors,
    method_of,
    names_returned,
    parameters_given,
    values_returned,
)
from shapecheck.reading.sources import Source, source_of

TEXT = """\
class Net:
    def __init__(self, width, depth=2):
        self.width = width

    def forward(self, x):
        return loss, x, None

class Plain:
    pass

def load(path, *, many):
    if many:
        return rows, labels
    return None, labels

def both(flag):
    if flag:
        return a, b
    return b, a

net = Net(3)
"""


@pytest.fixture
def source() -> Source:
    linecache.cache["<defined>"] = (len(TEXT), None, TEXT.splitlines(keepends=True), "<defined>")
    found = source_of("<defined>")
    assert found is not None
    return found


def named(source: Source, name: str) -> ast.FunctionDef:
    return next(each for each in source.functions if each.name == name)


def test_a_method_is_found_in_its_own_class_alone(source):
    net, plain = source.classes
    assert method_of(net, "forward") is named(source, "forward")
    assert method_of(plain, "forward") is method_of(None, "forward") is None
    assert method_of(net, "load") is None


def test_a_constructor_is_called_by_its_class_and_all_else_by_its_name(source):
    assert [called_as(each) for each in constructors(source, "Net")] == ["Net"]
    assert constructors(source, "Plain") == constructors(source, "load") == []
    assert called_as(named(source, "forward")) == "forward"
    assert called_as(named(source, "load")) == "load"


def test_the_object_of_a_method_is_no_parameter_that_is_given(source):
    assert parameters_given(named(source, "__init__")) == ["width", "depth"]
    assert parameters_given(named(source, "load")) == ["path", "many"]


def test_every_way_out_gives_a_value(source):
    assert set(map(ast.unparse, values_returned(named(source, "load")))) == {"(rows, labels)", "(None, labels)"}
    assert values_returned(named(source, "__init__")) == values_returned(None) == []


@pytest.mark.parametrize(
    ("called", "count", "orders"),
    [
        ("load", 2, {("rows", "labels")}),
        ("both", 2, {("a", "b"), ("b", "a")}),
        ("net", 3, {("loss", "x", "")}),
        ("Net(3)", 3, {("loss", "x", "")}),
        ("load", 3, set()),
        ("other", 2, set()),
    ],
)
def test_names_are_returned_in_orders(source, called, count, orders):
    assert names_returned(source, ast.parse(called, mode="eval").body, count) == orders
