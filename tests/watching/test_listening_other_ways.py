"""A watch where a model does not simply run: threads, checkpointing, tracing, lazy and fused modules."""

import re
import threading

import pytest
import torch
from forwards import Forward, Net
from torch import nn
from torch.utils.checkpoint import checkpoint

from shapecheck import CheckedLinear, Protocol, Stage, watch


def rows(trace):
    return [(entry.call.module, entry.count, entry.call.status) for entry in trace]


def whys(watcher):
    return {item.what: item.why for item in watcher.report.not_checked}


def test_threads_share_one_watch_and_no_count_is_lost():
    model = Net().eval()
    ready = threading.Barrier(4)

    def work(batch_size):
        ready.wait()
        with torch.no_grad():
            for turn in range(40):
                model(torch.zeros(batch_size, 2 + turn % 3, 1))

    with watch(model, protocol=Protocol.documented()) as seen:
        threads = [threading.Thread(target=work, args=(size,)) for size in (2, 3, 4, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen.violations == ()
    counts = {path: sum(entry.count for entry in seen.trace.of(path)) for path in ("", "lstm", "linear")}
    assert counts == {"": 160, "lstm": 160, "linear": 160}
    assert len(seen.trace.of("lstm")) == 12


def test_model_that_calls_itself():
    def recurse(self, x, depth=2):
        return self(x, depth - 1) if depth else self.linear(x)

    model = Forward(recurse, linear=nn.Linear(2, 2))
    with watch(model) as seen:
        for _ in range(2):
            model(torch.zeros(3, 2))
    assert sum(entry.count for entry in seen.trace.of("")) == 6
    assert ("linear", 2, "returned") in rows(seen.trace)


def test_module_called_many_times_in_a_forward():
    def steps(self, x):
        state = None
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return state[0]

    model = Forward(steps, cell=nn.LSTMCell(1, 4))
    with watch(model) as seen:
        model(torch.zeros(3, 6, 1))
    assert sum(entry.count for entry in seen.trace.of("cell")) == 6
    assert len(seen.trace.of("cell")) == 2  # without a state, and with one


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_checkpointing_runs_a_module_twice_and_fails_nowhere(use_reentrant):
    def run(self, x):
        return checkpoint(self.inner, x, use_reentrant=use_reentrant)

    inner = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2), nn.Tanh())
    model = Forward(run, inner=inner)
    with watch(model) as seen:
        model(torch.ones(3, 2, requires_grad=True)).sum().backward()
    assert {entry.call.status for entry in seen.trace} == {"returned"}
    assert seen.trace.of("inner.0")[0].count == 2
    assert seen.report.ok


def test_data_parallel():
    model = nn.DataParallel(Net())
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
    assert [entry.call.module for entry in seen.trace] == ["", "module", "module.lstm", "module.linear"]


@pytest.mark.filterwarnings("ignore:.torch.jit")
def test_scripted_modules_take_no_hooks_and_are_not_checked():
    model = nn.Sequential(torch.jit.script(nn.Sequential(nn.Linear(2, 3), nn.ReLU())), nn.Linear(3, 1))
    with watch(model) as seen:
        model(torch.zeros(4, 2))
    assert [entry.call.module for entry in seen.trace] == ["", "1"]
    assert "torch.jit" in whys(seen)["0"]


def traced_graph(model):
    graph = str(torch.jit.trace(model, torch.zeros(4, 2)).inlined_graph)
    return re.sub(r"___torch_mangle_\d+", "", graph)


@pytest.mark.filterwarnings("ignore:.torch.jit")
def test_jit_trace_of_a_watched_model_has_the_same_graph():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    bare = traced_graph(model)
    with watch(model) as seen:
        model(torch.zeros(4, 2))
        assert traced_graph(model) == bare
    assert seen.report.trace is not None


def test_fx_and_export_see_no_hooks():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    bare = torch.fx.symbolic_trace(model).code
    with watch(model) as seen:
        assert torch.fx.symbolic_trace(model).code == bare
        exported = torch.export.export(model, (torch.zeros(4, 2),))
        assert exported.module()(torch.ones(4, 2)).shape == (4, 3)
    assert "every call from then on" not in whys(seen)


def test_vmap_and_functional_call():
    model = nn.Sequential(nn.Linear(2, 3))
    with watch(model, protocol=Protocol("p", (Stage("in", "input", "... 2"),))) as seen:
        torch.func.vmap(model)(torch.zeros(5, 4, 2))
        torch.func.functional_call(model, dict(model.named_parameters()), (torch.zeros(5, 2),))
    assert "every call from then on" not in whys(seen)
    assert len(seen.trace.of("0")) == 2


def test_lazy_modules():
    model = nn.Sequential(nn.LazyLinear(3), nn.ReLU())
    with watch(model) as seen:
        for _ in range(2):
            model(torch.zeros(4, 2))
    assert seen.trace.of("0")[0].call.type == "Linear"
    assert dict(seen.trace.parameters)["0"] == 9


def test_attention_never_calls_its_output_layer():
    model = nn.MultiheadAttention(8, 2)
    with watch(model) as seen:
        model(*[torch.zeros(3, 2, 8)] * 3)
    assert whys(seen)["out_proj"] == "nn.MultiheadAttention uses the weights of its out_proj and never calls it"


def test_modules_that_were_not_called_are_named():
    model = Forward(lambda self, x: self.used(x), used=nn.Linear(2, 2), idle=nn.Sequential(nn.Linear(2, 2)))
    with watch(model) as seen:
        model(torch.zeros(1, 2))
    assert whys(seen)["idle"] == "it was not called during the watch"
    assert "idle.0" not in whys(seen)


def test_modules_added_and_removed_while_watched():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with watch(model) as seen:
        model.append(nn.Tanh())
        removed = model[1]
        del model[1]
        model(torch.zeros(1, 2))
    assert not removed._forward_hooks
    assert "added to the model after the watch began" in " ".join(whys(seen).values())
    assert [entry.call.module for entry in seen.trace] == ["", "0"]


# The fused path of torch's transformer


def test_fused_encoder_layer_keeps_its_numbers_and_is_seen_as_a_whole():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    model = nn.Sequential(nn.Linear(8, 8), layer)
    x = torch.randn(3, 5, 8)
    with torch.no_grad():
        bare = model(x)
        with watch(model) as seen:
            assert torch.equal(model(x), bare)
    assert "torch computed this layer in one fused step, as it does outside training" in whys(seen)["1"]
    assert [entry.call.module for entry in seen.trace] == ["", "0", "1"]


def test_encoder_layer_without_a_fused_path_is_watched():
    model = nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, batch_first=False).eval())
    with watch(model) as seen, torch.no_grad():
        model(torch.randn(5, 3, 8))
    assert "0.linear1" in [entry.call.module for entry in seen.trace]


def test_symbolic_sizes_are_not_pinned_down():
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    mode = FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True)
    x = mode.from_tensor(torch.zeros(5, 2), static_shapes=False)
    model = nn.Sequential(CheckedLinear(2, 3))
    with mode:
        model(x)
        bare = len(mode.shape_env.guards)
        with watch(model) as seen:
            model(x)
    assert len(mode.shape_env.guards) == bare
    assert whys(seen)["calls with symbolic sizes"] == "looking at a size would pin it down"
