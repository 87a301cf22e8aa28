"""What is put behind an expression that stands in brackets already."""

from __future__ import annotations

import linecache

import pytest

from shapecheck.evidence import Span
from shapecheck.reading.edits import edited, edits_of, suffixed


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("x = (a + b)", "x = (a + b).t()"),
        ("return (a + b)", "return (a + b).t()"),
        ("x = [(a + b), c]", "x = [(a + b).t(), c]"),
        ("f(a + b)", "f((a + b).t())"),
        ("f (a + b)", "f ((a + b).t())"),
        ("f[0](a + b)", "f[0]((a + b).t())"),
        ("f(0) (a + b)", "f(0) ((a + b).t())"),
        ("x = (a + b) + c", "x = (a + b).t() + c"),
        ("x = (a + b + c)", "x = ((a + b).t() + c)"),
    ],
)
def test_brackets_that_are_there_are_used_and_those_of_a_call_are_not(line, wanted):
    begin = line.index("a + b")
    linecache.cache["<own brackets>"] = (len(line), None, [line + "\n"], "<own brackets>")
    change = suffixed(Span("<own brackets>", 1, begin, 1, begin + 5, "a + b"), ".t()")
    assert edited(line + "\n", edits_of(line + "\n", [change])) == wanted + "\n"
