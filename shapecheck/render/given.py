"""What the renderers were given: asked at the door, so that a slip is told in words and not from inside a drawing."""

from __future__ import annotations

from shapecheck.axes import AxisFlow
from shapecheck.errors import expect
from shapecheck.findings import Diagnosis
from shapecheck.records import Trace


def expect_trace(trace: object, by: str) -> None:
    """Raise a TypeError for anything but a trace; a watch, which keeps one, is what is given most often.

    >>> expect_trace(None, by="trace_text")
    Traceback (most recent call last):
    TypeError: trace_text: expected the trace to be a Trace, got NoneType; a watch keeps its own: trace_text(seen.trace)
    """
    expect("trace", trace, Trace, "a Trace", f"a watch keeps its own: {by}(seen.trace)", by=by)


def expect_diagnosis(diagnosis: object, by: str) -> None:
    """Raise a TypeError for anything but a diagnosis."""
    hint = "those of a report stand in report.diagnoses, and print(report) shows them all"
    expect("diagnosis", diagnosis, Diagnosis, "a Diagnosis", hint, by=by)


def expect_flow(flow: object, by: str) -> None:
    """Raise a TypeError for anything but an axis flow."""
    expect("flow", flow, AxisFlow, "an AxisFlow", f"one is made of a model: {by}(axis_flow(model, x))", by=by)
