"""What a watch lives through: crashes, interrupts, endless new shapes, and its own bugs."""

import warnings

import pytest
import torch
from forwards import Forward, Net
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from shapecheck import Protocol, ShapeError, Stage, Violation, watch
from shapecheck.watching import listening
from shapecheck.watching.listening import MAX_DISTINCT


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

    model = Forward(fail)
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

    model = Forward(recover, bad=nn.Linear(3, 1), good=nn.Linear(2, 1))
    with watch(model) as seen:
        for _ in range(2):
            model(torch.zeros(4, 2))
    assert rows(seen.trace) == [("", 2, "returned"), ("bad", 2, "raised"), ("good", 2, "returned")]


def test_forward_that_returns_none_is_no_crash():
    model = Forward(lambda self, x: None)
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

    model = Forward(handle, inner=Forward(lambda self, x: None))
    with watch(model) as seen:
        model(torch.zeros(1))
    assert rows(seen.trace) == [("", 1, "returned"), ("inner", 1, "returned")]


def test_after_an_interrupt_the_next_forward_starts_fresh():
    def interrupt(self, x):
        x = self.lstm(x)[0]
        if self.stop:
            raise KeyboardInterrupt
        return self.linear(x.reshape(-1, 5))

    model = Forward(interrupt, lstm=nn.LSTM(1, 5, batch_first=True), linear=nn.Linear(5, 1))
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


# torch asks the hook once more, as it does where a forward raises.
@pytest.mark.filterwarnings("ignore:module forward hook with")
@pytest.mark.parametrize("asked", ["1", "yes"])
def test_a_bug_of_ours_is_let_through_where_that_is_asked_for(monkeypatch, asked):
    def bug(*args, **kwargs):
        raise ZeroDivisionError("oops")

    monkeypatch.setenv("SHAPECHECK_DEBUG", asked)
    model = Net()
    with watch(model):
        model(torch.randn(4, 7, 1))
        monkeypatch.setattr(listening, "signature", bug)
        with pytest.raises(ZeroDivisionError, match="oops"):
            model(torch.randn(3, 7, 1))


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
    model = Forward(lambda self, x: x)
    with watch(model) as seen:
        model(torch.zeros(1))
    assert whys(seen)["Forward"] == "no contract is known of these; their tensors were recorded"


def test_a_contract_that_fails_is_named_and_the_rest_goes_on(monkeypatch):
    monkeypatch.setattr("shapecheck.watching.first_look.check_call", None)
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
    assert "it failed: TypeError" in whys(seen)["the contract of LSTM at lstm"]
    assert len(seen.trace) == 3
