"""The flight recorder: what it keeps of the last calls, and that nobody notices it."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import nn
from torch.nn.modules import module as home
from torch.nn.utils.rnn import pack_sequence

from shapecheck.capture.crashes.flight import KEPT, Flight
from shapecheck.capture.crashes.flight_story import earlier_calls
from shapecheck.capture.hookless import as_without_hook
from shapecheck.records import Packing, Trace
from shapecheck.scripts.crash_report import report_of


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(9, 3)
        self.cell = nn.LSTMCell(3, 4)
        self.lstm = nn.LSTM(4, 5, batch_first=True)
        self.out = nn.Linear(6, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        state, steps = None, []
        for step in self.embed(ids).unbind(1):
            state = self.cell(step, state)
            steps.append(state[0])
        hidden, _ = self.lstm(torch.stack(steps, 1))
        return self.out(hidden)  # type: ignore[no-any-return]


def crash_of_net(net: nn.Module, ids: torch.Tensor) -> Trace:
    flight = Flight()
    flight.start()
    try:
        net(ids)
    except RuntimeError as error:
        flight.stop()
        trace = report_of(error, entries=flight.entries).report.trace
        assert trace is not None
        return trace
    raise AssertionError("it did not crash")


def test_the_trace_has_the_calls_of_the_last_forward_in_the_order_in_which_they_began() -> None:
    torch.manual_seed(0)
    trace = crash_of_net(Net(), torch.zeros(2, 7, dtype=torch.long))
    told = [(entry.call.module, entry.count, entry.call.status) for entry in trace]
    assert told == [
        ("", 1, "raised"),
        ("embed", 1, "returned"),
        ("cell", 1, "returned"),
        ("cell", 6, "returned"),
        ("lstm", 1, "returned"),
        ("out", 1, "raised"),
    ]
    lstm = trace.of("lstm")[0].call
    assert [(record.role, record.shape) for record in lstm.outputs] == [
        ("output", (2, 7, 5)),
        ("h_n", (1, 2, 5)),
        ("c_n", (1, 2, 5)),
    ]
    # What was stacked step by step came from nowhere that is known, so the name is the contract's.
    assert lstm.inputs[0].dims == ("batch_size", "seq_length", "num_features")
    assert lstm.outputs[0].device == "cpu"


def test_only_the_last_forward_counts() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    flight = Flight()
    flight.start()
    net(torch.zeros(8, 3))
    try:
        net(torch.zeros(5, 3)).view(7)
    except RuntimeError as error:
        flight.stop()
        trace = report_of(error, entries=flight.entries).report.trace
    assert trace is not None
    assert [entry.call.module for entry in trace] == ["", "0", "1"]
    assert trace.of("0")[0].call.inputs[0].shape == (5, 3)


def test_the_calls_of_one_module_that_went_well_are_told_once_each_the_last_ones_first() -> None:
    lstm, other = nn.LSTM(3, 4), nn.LSTM(3, 4)
    flight = Flight(counted=True)
    flight.start()
    state = (torch.zeros(1, 2, 4), torch.zeros(1, 2, 4))
    for steps in (5, 5, 6):
        lstm(torch.zeros(steps, 2, 3), state)
    lstm(torch.zeros(7, 2, 3))
    other(torch.zeros(9, 2, 3))
    flight.stop()
    told = earlier_calls(flight.entries, lstm)
    shapes = [{record.role: record.shape for record in call.inputs} for call in told]
    held = {"h_0": (1, 2, 4), "c_0": (1, 2, 4)}
    assert shapes == [{"input": (7, 2, 3)}, {"input": (6, 2, 3), **held}, {"input": (5, 2, 3), **held}]
    assert {call.status for call in told} == {"returned"}
    assert flight.calls == 5


def test_packed_sequences_are_kept_with_their_packing() -> None:
    gru = nn.GRU(3, 4)
    net = nn.Sequential(gru)
    packed = pack_sequence([torch.zeros(3, 3), torch.zeros(2, 3)])
    flight = Flight()
    flight.start()
    try:
        net(packed)[0].view(7)
    except AttributeError as error:
        flight.stop()
        trace = report_of(error, entries=flight.entries).report.trace
    assert trace is not None
    assert trace.of("0")[0].call.outputs[0].packing == Packing(sequences=2, longest=3, steps=5)


def test_no_tensor_and_no_module_is_kept_alive() -> None:
    flight = Flight()
    flight.start()
    layer = nn.Linear(3, 4)
    out = layer(torch.zeros(2, 3))
    flight.stop()
    gone = weakref.ref(layer), weakref.ref(out)
    del layer, out
    gc.collect()
    assert [ref() for ref in gone] == [None, None]


def test_the_ring_is_bounded() -> None:
    layer, flight = nn.Identity(), Flight()
    flight.start()
    for _ in range(KEPT + 5):
        layer(torch.zeros(1))
    flight.stop()
    assert len(flight.entries) == KEPT


def test_numbers_and_random_state_are_those_without_it() -> None:
    def train() -> list[torch.Tensor]:
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1))
        for _ in range(3):
            net(torch.randn(5, 3)).sum().backward()
        gradients = [parameter.grad for parameter in net.parameters() if parameter.grad is not None]
        return [*gradients, torch.get_rng_state()]

    without = train()
    flight = Flight()
    flight.start()
    within = train()
    flight.stop()
    assert all(map(torch.equal, without, within))


def test_it_goes_away_before_a_compiled_module_asks_for_hooks() -> None:
    ask = home._has_any_global_hook  # type: ignore[attr-defined]
    flight = Flight()
    flight.start()
    assert not home._has_any_global_hook()  # type: ignore[attr-defined]
    assert home._has_any_global_hook is ask  # type: ignore[attr-defined]
    flight.stop()


def lines(error: BaseException) -> list[tuple[str, int, int]]:
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append((trace.tb_frame.f_code.co_name, trace.tb_lineno, trace.tb_lasti))
        trace = trace.tb_next
    return found


@pytest.mark.parametrize("hooked", [False, True])
def test_a_traceback_is_the_one_without_the_hook(hooked: bool) -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))
    if hooked:
        net[1].register_forward_hook(lambda *call: None)

    def call() -> RuntimeError:
        try:
            net(torch.zeros(2, 3))
        except RuntimeError as error:
            return error
        raise AssertionError("it did not crash")

    without = lines(call())
    flight = Flight()
    flight.start()
    error = call()
    flight.stop()
    assert lines(error) != without
    error.__traceback__ = as_without_hook(error.__traceback__)
    assert lines(error) == without


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_tensors_that_an_encoder_makes_of_padding_go_through_it() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model, x = nn.TransformerEncoder(layer, 2).eval(), torch.randn(3, 5, 8)
    hidden = torch.arange(5)[None] >= torch.tensor([[3], [5], [2]])
    with torch.no_grad():
        plain = model(x, src_key_padding_mask=hidden)
        flight = Flight()
        flight.start()
        try:
            seen = model(x, src_key_padding_mask=hidden)
        finally:
            flight.stop()
    assert plain.equal(seen)
