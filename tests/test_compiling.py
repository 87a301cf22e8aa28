"""Under torch.compile hooks do nothing, cost nothing, and the report says so."""

import pytest
import torch
import torch._dynamo.testing
from torch import nn

from shapecheck import CheckedLinear, CheckedLSTM, watch


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.second = nn.Linear(3, 1)

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


@pytest.fixture
def counter():
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    yield torch._dynamo.testing.CompileCounter()
    torch._dynamo.reset()


def why_not(watcher):
    return {item.what: item.why for item in watcher.report.not_checked}


def test_hooks_break_no_graph_and_add_none(counter):
    torch.compile(Net(), backend=counter, fullgraph=True)(torch.zeros(4, 2))
    bare = (counter.frame_count, counter.op_count)
    torch._dynamo.reset()
    watched = torch._dynamo.testing.CompileCounter()
    model = Net()
    with watch(model) as seen:
        compiled = torch.compile(model, backend=watched, fullgraph=True)
        for _ in range(5):
            compiled(torch.zeros(4, 2))
    assert (watched.frame_count, watched.op_count) == bare
    assert why_not(seen)["the model"] == (
        "it was not called during the watch, or only as torch.compile compiled it, where hooks do nothing"
    )


def test_a_model_that_is_compiled_already(counter):
    model = torch.compile(Net(), backend=counter)
    model(torch.zeros(4, 2))
    with watch(model) as seen:
        model(torch.zeros(4, 2))
    assert why_not(seen)["the model"].startswith("it was compiled by torch.compile, and hooks do nothing")
    assert len(seen.trace) == 0


def test_a_model_that_is_compiled_in_place(counter):
    model = Net()
    model.compile(backend=counter)
    with watch(model) as seen:
        model(torch.zeros(4, 2))
    assert why_not(seen)["the model"].startswith("it was compiled by torch.compile")


def test_a_part_that_is_compiled(counter):
    model = Net()
    model.first.compile(backend=counter)
    with watch(model) as seen:
        model(torch.zeros(4, 2))
    assert [entry.call.module for entry in seen.trace] == ["", "second"]
    assert why_not(seen)["first"].startswith("it was compiled by torch.compile")


@pytest.mark.parametrize(
    ("plain", "checked", "shape"),
    [(nn.Linear(3, 2), CheckedLinear, (4, 3)), (nn.LSTM(3, 2), CheckedLSTM, (5, 4, 3))],
)
def test_checked_layers_compile(counter, plain, checked, shape):
    layer = checked.of(plain)
    x = torch.randn(shape)
    expected, got = plain(x), torch.compile(layer, backend=counter)(x)
    assert torch.equal(expected[0], got[0])
    assert len(layer.trace) == 0  # nothing is recorded there


@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_a_model_that_breaks_the_graph(counter):
    class Breaks(Net):
        def forward(self, x):
            x = self.first(x)
            torch._dynamo.graph_break()
            return self.second(x)

    model = nn.Sequential(Breaks(), nn.LSTM(1, 2))
    with watch(model) as seen:
        compiled = torch.compile(model, backend=counter)
        for batch_size in (4, 4, 3):
            compiled(torch.zeros(batch_size, 2))
    assert "every call from then on" not in why_not(seen)
