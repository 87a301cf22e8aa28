"""Inside what torch compiled hooks do nothing and cost nothing: only whole calls are seen, and the report says so."""

import pytest
import torch
import torch._dynamo.testing
from torch import nn

from shapecheck import CheckedLinear, CheckedLSTM, Protocol, Stage, Trace, watch


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


INSIDE = (
    "compiled by torch.compile, and hooks do nothing inside compiled code: only its calls as a whole are seen; "
    "watch it without compiling it"
)


@pytest.mark.parametrize("calls_before", [0, 1])
def test_calls_of_a_compiled_model_are_seen_as_a_whole(counter, calls_before):
    bare = Net()
    model = torch.compile(bare, backend=counter)
    for _ in range(calls_before):
        model(torch.zeros(4, 2))
    batches = [torch.ones(batch_size, 2) for batch_size in (4, 4, 3)]
    expected = [bare(batch) for batch in batches]
    with watch(model) as seen:
        got = [model(batch) for batch in batches]
    torch.testing.assert_close(got, expected)
    assert [(entry.call.type, entry.count) for entry in seen.trace] == [("Net", 2), ("Net", 1)]
    call = seen.trace.entries[0].call
    assert [(found.role, found.shape) for found in (*call.inputs, *call.outputs)] == [("x", (4, 2)), ("output", (4, 1))]
    assert why_not(seen)["the model"] == f"the model was {INSIDE}"
    assert not model._forward_hooks
    assert not bare._forward_hooks
    assert not any(module._forward_hooks for module in bare.modules())


def test_the_stages_of_a_compiled_model(counter):
    stages = (
        Stage("in", "input", "batch_size num_features"),
        Stage("hidden", "first.output", "batch_size hidden_size"),
        Stage("out", "output", "batch_size num_features"),
    )
    model = torch.compile(Net(), backend=counter)
    with watch(model, protocol=Protocol("p", stages), on_violation="record") as seen:
        model(torch.zeros(4, 2))
    assert [found.where for found in seen.violations] == ["output"]
    assert why_not(seen)["stage 'hidden'"] == f"nothing was seen at first.output: the model was {INSIDE}"
    assert why_not(seen)["the model"] == f"the model was {INSIDE}"


def test_a_compiled_model_that_fails(counter):
    model = torch.compile(Net(), backend=counter)
    with watch(model) as seen, pytest.raises(RuntimeError):
        model(torch.zeros(4, 3))
    assert [(entry.call.type, entry.call.status) for entry in seen.trace] == [("Net", "raised")]


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


def test_a_compiled_part_is_seen_as_a_whole(counter):
    model = nn.Sequential(torch.compile(Net(), backend=counter), nn.Linear(1, 3))
    model(torch.zeros(4, 2))
    with watch(model) as seen:
        model(torch.zeros(4, 2))
    assert [(entry.call.module, entry.call.type) for entry in seen.trace] == [
        ("", "Sequential"), ("0", "Net"), ("1", "Linear"),
    ]  # fmt: skip
    assert why_not(seen)["0"].startswith("it was compiled by torch.compile")


def test_nothing_is_seen_and_nothing_is_approved(counter):
    model = Net()
    compiled = torch.compile(model, backend=counter)
    compiled(torch.zeros(4, 2))
    with watch(model) as seen:
        compiled(torch.zeros(4, 2))
    assert str(seen.trace) == "Net   no call was seen"
    assert seen.report.checked == ()
    assert "only as torch.compile compiled it, where hooks do nothing" in why_not(seen)["the model"]


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_a_traced_model_is_seen_as_a_whole():
    why = (
        "it is compiled by torch.jit.trace, and hooks do nothing inside compiled code: only its calls as a whole are "
        "seen; watch the model that it was made from"
    )
    traced = torch.jit.trace(Net(), torch.zeros(4, 2))
    for model, path in ((traced, ""), (nn.Sequential(traced), "0")):
        with watch(model) as seen:
            model(torch.zeros(4, 2))
        assert path in [entry.call.module for entry in seen.trace]
        assert why_not(seen)[path or "the model"] == why
        assert not traced._forward_hooks


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_a_scripted_model_takes_no_hooks():
    why = "it is compiled by torch.jit.script, which takes no hooks; watch the model that it was made from"
    scripted = torch.jit.script(Net())
    with watch(scripted) as seen:
        scripted(torch.zeros(4, 2))
    assert len(seen.trace) == 0
    assert why_not(seen) == {"the model": why}
    model = nn.Sequential(scripted, nn.Linear(1, 3))
    with watch(model) as seen:
        model(torch.zeros(4, 2))
    assert [entry.call.module for entry in seen.trace] == ["", "1"]
    assert why_not(seen)["0"] == why


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


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_the_trace_says_which_modules_are_compiled():
    torch._dynamo.reset()
    x = torch.zeros(4, 2)
    parts = nn.Sequential(torch.jit.trace(Net(), x), nn.Linear(1, 2), torch.compile(Net(), backend="eager"))
    for model, compiled in ((parts, ("0", "2")), (torch.compile(Net(), backend="eager"), ("",)), (Net(), ())):
        with torch.no_grad(), watch(model) as seen:
            model(x)
            assert seen.trace.compiled == compiled
        assert seen.trace.compiled == compiled
        assert "never called" not in str(seen.trace)
        assert Trace.from_json(seen.trace.to_json()) == seen.trace
