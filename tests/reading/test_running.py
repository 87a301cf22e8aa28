"""Which frame a place runs in, what it holds there, and which of its names hold a length for each row."""

import linecache

import pytest

from shapecheck.evidence import Evidence, Frame, Span, Value
from shapecheck.reading.running import frame_of, held_around
from shapecheck.reading.sources import Source, source_of
from shapecheck.reading.steps.lengths_held import lengths_held
from shapecheck.records import TensorRecord

TEXT = """\
class First:
    def forward(self, x):
        return second(x)

class Second:
    def forward(self, y):
        return y + 1

first(x)
"""


def number(text: str) -> Value:
    return Value("number", "int", text=text)


@pytest.fixture
def source() -> Source:
    linecache.cache["<running>"] = (len(TEXT), None, TEXT.splitlines(keepends=True), "<running>")
    found = source_of("<running>")
    assert found is not None
    return found


@pytest.fixture
def evidence() -> Evidence:
    def at(function: str, line: int, **names: str) -> Frame:
        span = Span("<running>", line, 0, line, 5, "")
        return Frame(function, span, span, True, {name: number(text) for name, text in names.items()})

    return Evidence(frames=(at("<module>", 9, x="3"), at("forward", 3, x="4"), at("forward", 7, y="5")))


def test_of_two_functions_of_a_name_each_has_its_own_frame(source, evidence):
    outer, inner = source.functions
    assert frame_of(evidence, source, outer) is evidence.frames[1]
    assert frame_of(evidence, source, inner) is evidence.frames[2]
    assert frame_of(evidence, source, None) is evidence.frames[0]


def test_a_place_holds_what_its_function_held(source, evidence):
    held = [held_around(evidence, source, function.body[0]) for function in source.functions]
    assert held == [{"x": number("4")}, {"y": number("5")}]
    assert held_around(evidence, source, source.tree.body[-1]) == {"x": number("3")}
    assert held_around(evidence, source, None) == held_around(evidence, None, source.tree.body[-1]) == {}


def test_what_does_not_run_holds_nothing(source, evidence):
    only = Evidence(frames=evidence.frames[:1])
    assert held_around(only, source, source.functions[0].body[0]) == {}


def row(size: int, dtype: str = "int64", **facts: float) -> Value:
    return Value("tensor", "Tensor", TensorRecord("", (size,), dtype), facts=facts)


def test_lengths_are_whole_numbers_above_zero_one_for_each_row():
    names = {
        "lengths": row(4, min=2.0, max=7.0),
        "listed": Value("list", "list", facts={"len": 4.0, "min": 1.0, "max": 6.0}),
        "empty": row(4, min=0.0, max=7.0),
        "halves": row(4, "float32", min=1.0, max=2.0),
        "others": row(3, min=2.0, max=7.0),
        "batch['n']": row(4, min=2.0, max=7.0),
    }
    span = Span("<running>", 1, 0, 1, 5, "")
    assert lengths_held(Frame("f", span, span, True, names), 4) == {"lengths": 7, "listed": 6}
