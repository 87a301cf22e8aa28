"""What an expression comes to, worked out from the source alone."""

from __future__ import annotations

import ast

import pytest

from shapecheck.evidence import Evidence
from shapecheck.reading.reckoning import CannotReckonError, Reckoner
from shapecheck.reading.sources import Source

FUNCTION = """
def lost(kernel, dilations, less=1):
    total = 0
    for dilation in dilations:
        total += (kernel - less) * dilation
    return total
"""


def worked_out(text: str, head: str = "") -> object:
    lines = (*head.splitlines(keepends=True), text)
    tree = ast.parse("".join(lines))
    last = tree.body[-1]
    assert isinstance(last, ast.Expr)
    return Reckoner(Evidence()).value(Source("<here>", lines, tree), last.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("98 - 3 * 5", 83),
        ("-(-7 // 2)", 4),
        ("sum((3 - 1) * each for each in (1, 2, 4))", 14),
        ("max(range(2, 9)) // len([1, 2])", 4),
        ("[4, 7][1] ** 2", 49),
    ],
)
def test_arithmetic(text, number):
    assert worked_out(text) == number


@pytest.mark.parametrize(("text", "number"), [("lost(2, (1, 2, 4, 8))", 15), ("lost(3, [5], less=0)", 15)])
def test_a_function_of_the_script(text, number):
    assert worked_out(text, FUNCTION) == number


def test_a_function_of_the_script_goes_before_one_of_pythons():
    assert worked_out("round(7)", "def round(number):\n    return number - 1\n") == 6


@pytest.mark.parametrize(
    "text",
    [
        "open('here').read()",
        "__import__('os').getpid()",
        "[0] * 10 ** 7",
        "'a' * 10 ** 7",
        "9 ** 9",
        "(10 ** 7) ** 7",
        "(10 ** 5) ** 3",
        "sum(range(10 ** 6))",
        "1 // 0",
        "(1, 2)[5]",
        "lost(2)",
        "unknown + 1",
    ],
)
def test_what_costs_much_or_is_not_written_out_is_refused(text):
    with pytest.raises(CannotReckonError):
        worked_out(text, FUNCTION)
