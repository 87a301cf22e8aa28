"""What is given to a renderer by a slip is told in words, with where the right thing is."""

import pytest
import torch
from torch import nn

import shapecheck
from shapecheck import Trace, watch


def watched():
    model = nn.Linear(3, 5)
    with watch(model) as seen:
        model(torch.zeros(2, 3))
    return seen


TRACES = ["flow_picture", "flow_svg", "trace_html", "trace_markdown", "trace_text"]
SLIPS = [(None, "NoneType"), ("x", "str"), ([], "list"), (nn.Linear(3, 5), "Linear"), (Trace, "the class Trace")]


@pytest.mark.parametrize("name", TRACES)
@pytest.mark.parametrize(("given", "got"), [*SLIPS, (watched(), "Watch")])
def test_what_is_no_trace_is_told(name, given, got):
    with pytest.raises(TypeError) as error:
        getattr(shapecheck, name)(given)
    told = f"{name}: expected the trace to be a Trace, got {got}; a watch keeps its own: {name}(seen.trace)"
    assert str(error.value) == told


@pytest.mark.parametrize("name", TRACES)
def test_the_trace_of_a_watch_is_taken(name):
    assert "Linear" in str(getattr(shapecheck, name)(watched().trace))


@pytest.mark.parametrize(("given", "got"), [*SLIPS, (watched().report, "Report")])
def test_what_is_no_diagnosis_is_told(given, got):
    with pytest.raises(TypeError) as error:
        shapecheck.diagnosis_text(given)
    assert str(error.value) == (
        f"diagnosis_text: expected the diagnosis to be a Diagnosis, got {got}; those of a report stand in "
        "report.diagnoses, and print(report) shows them all"
    )


@pytest.mark.parametrize(("given", "got"), [*SLIPS, (watched().trace, "Trace")])
def test_what_is_no_axis_flow_is_told(given, got):
    with pytest.raises(TypeError) as error:
        shapecheck.axis_flow_picture(given)
    assert str(error.value) == (
        f"axis_flow_picture: expected the flow to be an AxisFlow, got {got}; one is made of a model: "
        "axis_flow_picture(axis_flow(model, x))"
    )
