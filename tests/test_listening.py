"""What a watch lives through: crashes, interrupts, threads, odd modules, endless new shapes, and its own bugs."""

import re
import threading
import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence
from torch.utils.checkpoint import checkpoint

from shapecheck import Protocol, ShapeError, Stage, Violation, listening, watch
from shapecheck.listening import MAX_DISTINCT


class Net(nn.Module):
    def __init__(self, in_features=5):
        super().__init__()
        self.lstm = nn.LSTM(1, 5, num_layers=2, batch_first=True)
        self.linear = nn.Linear(in_features, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out.reshape(-1, 5))


class Call(nn.Module):
    """Runs a function as its forward, with a layer at hand."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *args):
        return self.function(self, *args)


def rows(trace):
    return [(entry.call.module, entry.count, entry.call.status) for entry in trace]


def whys(watcher):
    return {item.what: item.why for item in watcher.report.not_checked}


# Crashes


def test_crash_shows_what_ran_and_where_it_failed():
    model = Net(in_features=6)
    with watch(model) as seen, pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied") as caught:
        model(torch.randn(4, 7, 1))
    assert type(caught.value) is RuntimeError
    assert rows(seen.trace) == [("", 1, "raised"), ("lstm", 1, "returned"), ("linear", 1, "raised")]
    (entry,) = seen.trace.of("linear")
    assert entry.call.inputs[0].dims == ("batch_size*seq_length", "hidden_size")


def test_crash_gets_one_note_with_the_diagnosis():
    model = Net(in_features=6)
    with watch(model), watch(model), pytest.raises(RuntimeError) as caught:
        nn.Sequential(model)(torch.randn(4, 7, 1))
    (note,) = caught.value.__notes__
    assert note.strip().splitlines()[0] == "SC301: the layer in front gives another width than the Linear was made for"


def test_crash_that_no_contract_explains_gets_no_note():
    def fail(self, x):
        raise KeyError("x")

    model = Call(fail)
    with watch(model) as seen, pytest.raises(KeyError) as caught:
        model(torch.zeros(1))
    assert not hasattr(caught.value, "__notes__")
    assert rows(seen.trace) == [("", 1, "raised")]


def test_every_crash_gets_its_note():
    model = Net(in_features=6)
    with watch(model) as seen:
        for _ in range(3):
            with pytest.raises(RuntimeError) as caught:
                model(torch.randn(4, 7, 1))
            assert len(caught.value.__notes__) == 1
    assert rows(seen.trace)[2] == ("linear", 3, "raised")


def test_crash_that_the_model_survives():
    def recover(self, x):
        try:
            return self.bad(x)
        except RuntimeError:
            return self.good(x)

    model = Call(recover, bad=nn.Linear(3, 1), good=nn.Linear(2, 1))
    with watch(model) as seen:
        for _ in range(2):
            model(torch.zeros(4, 2))
    assert rows(seen.trace) == [("", 2, "returned"), ("bad", 2, "raised"), ("good", 2, "returned")]


def test_forward_that_returns_none_is_no_crash():
    model = Call(lambda self, x: None)
    with watch(model) as seen:
        model(torch.zeros(1))
        try:
            raise KeyError
        except KeyError:
            model(torch.zeros(1))
    assert rows(seen.trace) == [("", 2, "returned")]


def test_forward_that_returns_none_below_a_forward_that_handles_an_error():
    def handle(self, x):
        try:
            raise KeyError
        except KeyError:
            self.inner(x)

    model = Call(handle, inner=Call(lambda self, x: None))
    with watch(model) as seen:
        model(torch.zeros(1))
    assert rows(seen.trace) == [("", 1, "returned"), ("inner", 1, "returned")]


def test_after_an_interrupt_the_next_forward_starts_fresh():
    def interrupt(self, x):
        x = self.lstm(x)[0]
        if self.stop:
            raise KeyboardInterrupt
        return self.linear(x.reshape(-1, 5))

    model = Call(interrupt, lstm=nn.LSTM(1, 5, batch_first=True), linear=nn.Linear(5, 1))
    with watch(model, protocol=Protocol.documented()) as seen:
        model.stop = True
        with pytest.raises(KeyboardInterrupt):
            model(torch.randn(4, 7, 1))
        assert rows(seen.trace) == [("lstm", 1, "returned")]
        model.stop = False
        model(torch.randn(3, 2, 1))
    assert seen.violations == ()
    assert rows(seen.trace)[1:] == [("", 1, "returned"), ("lstm", 1, "returned"), ("linear", 1, "returned")]


def test_contract_that_is_stricter_than_torch_is_not_believed(monkeypatch):
    check = listening.FirstLook._ask

    def refuse(self, contract, module, args, kwargs, call):
        outcome = check(self, contract, module, args, kwargs, call)
        if outcome is None:
            return None
        return type(outcome)(False, outcome.form, violations=(Violation("size", f"{call.module}.input", call),))

    monkeypatch.setattr(listening.FirstLook, "_ask", refuse)
    model = nn.Sequential(nn.Linear(2, 3))
    with watch(model) as seen:
        model(torch.zeros(1, 2))
    assert seen.violations == ()
    assert whys(seen)["the contract of Linear at 0"] == "it refuses a call that torch took: 0.input"


def test_call_that_torch_takes_and_reads_out_of_bounds_is_a_violation():
    model = nn.Sequential(nn.LSTM(10, 8))
    packed = pack_sequence([torch.zeros(3, 11), torch.zeros(3, 11)])
    with watch(model), pytest.raises(ShapeError) as caught:
        model(packed)
    assert "torch itself accepts this without an error" in str(caught.value)


# Other ways to run


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

    model = Call(recurse, linear=nn.Linear(2, 2))
    with watch(model) as seen:
        for _ in range(2):
            model(torch.zeros(3, 2))
    assert sum(entry.count for entry in seen.trace.of("")) == 6
    assert rows(seen.trace)[-1] == ("linear", 2, "returned")


def test_module_called_many_times_in_a_forward():
    def steps(self, x):
        state = None
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return state[0]

    model = Call(steps, cell=nn.LSTMCell(1, 4))
    with watch(model) as seen:
        model(torch.zeros(3, 6, 1))
    assert sum(entry.count for entry in seen.trace.of("cell")) == 6
    assert len(seen.trace.of("cell")) == 2  # without a state, and with one


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_checkpointing_runs_a_module_twice_and_fails_nowhere(use_reentrant):
    def run(self, x):
        return checkpoint(self.inner, x, use_reentrant=use_reentrant)

    inner = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2), nn.Tanh())
    model = Call(run, inner=inner)
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
    model = Call(lambda self, x: self.used(x), used=nn.Linear(2, 2), idle=nn.Sequential(nn.Linear(2, 2)))
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


def test_fused_encoder_layer_keeps_its_numbers_and_is_not_checked():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    model = nn.Sequential(nn.Linear(8, 8), layer)
    x = torch.randn(3, 5, 8)
    with torch.no_grad():
        bare = model(x)
        with watch(model) as seen:
            assert torch.equal(model(x), bare)
    assert "one fused step" in whys(seen)["1"]
    assert [entry.call.module for entry in seen.trace] == ["", "0"]


def test_encoder_layer_without_a_fused_path_is_watched():
    model = nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, batch_first=False).eval())
    with watch(model) as seen, torch.no_grad():
        model(torch.randn(5, 3, 8))
    assert "0.linear1" in [entry.call.module for entry in seen.trace]


# Endless new shapes


def test_distinct_calls_of_a_module_are_bounded():
    model = nn.Sequential(nn.Linear(2, 2))
    with watch(model) as seen:
        for size in range(MAX_DISTINCT + 20):
            model(torch.zeros(size, 2))
    assert len(seen.trace.of("0")) == MAX_DISTINCT
    assert seen.trace.dropped == 40
    assert "were counted" in whys(seen)["calls of 0 with ever new shapes"]


def test_stages_are_checked_beyond_the_bound():
    protocol = Protocol("p", (Stage("in", "0.input", "batch_size 2"), Stage("out", "0.output", "batch_size 2")))
    model = nn.Sequential(nn.Linear(2, 2))
    with watch(model, protocol=protocol) as seen:
        for size in range(MAX_DISTINCT + 5):
            model(torch.zeros(size, 2))
        with pytest.raises(ShapeError):
            model(torch.zeros(1000, 3, 2))
    assert len(seen.violations) == 1


def test_packed_sequences_do_not_fill_the_memory():
    model = nn.Sequential(nn.LSTM(1, 2))
    with watch(model) as seen:
        for longest in range(2, 200):
            model(pack_sequence([torch.zeros(longest, 1), torch.zeros(1, 1)]))
    assert len(seen.trace) == 2 * MAX_DISTINCT
    assert seen.report.ok


def test_violations_are_bounded():
    protocol = Protocol("p", (Stage("in", "input", "7"),))
    model = nn.Identity()
    with watch(model, protocol=protocol, on_violation="record") as seen:
        for size in range(10, 300):
            model(torch.zeros(size))
    assert len(seen.violations) == 100
    assert "further violations" in whys(seen)


# Its own bugs


@pytest.mark.filterwarnings("always")
def test_a_bug_of_ours_stops_nothing(monkeypatch, recwarn):
    def bug(*args, **kwargs):
        raise ZeroDivisionError("oops")

    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
        monkeypatch.setattr(listening, "signature", bug)
        for _ in range(3):
            assert model(torch.randn(3, 7, 1)).shape == (21, 1)
    assert [warning.category for warning in recwarn] == [RuntimeWarning]
    assert "stepped aside: ZeroDivisionError('oops'); the model is not affected" in str(recwarn[0].message)
    assert "stepped aside" in whys(seen)["every call from then on"]
    assert not model._forward_hooks


def test_a_bug_of_ours_stops_nothing_where_warnings_are_errors(monkeypatch):
    model = Net()
    with warnings.catch_warnings(), watch(model) as seen:
        warnings.simplefilter("error")
        monkeypatch.setattr(listening, "signature", None)
        model(torch.randn(4, 7, 1))
    assert "every call from then on" in whys(seen)


def test_an_extra_repr_that_fails_is_left_out():
    class Loud(nn.Linear):
        def extra_repr(self):
            raise KeyError

    model = Loud(2, 2)
    with watch(model) as seen:
        model(torch.zeros(1, 2))
    assert seen.trace.entries[0].call.config == ""


def test_what_has_no_contract_is_named():
    model = Call(lambda self, x: x)
    with watch(model) as seen:
        model(torch.zeros(1))
    assert whys(seen)["Call"] == "no contract is known of these; their tensors were recorded"
