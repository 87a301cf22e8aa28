"""State that goes from one batch into the next: where the script hands it on, beside sequences that do go on."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from shapecheck.auditor import Auditor


class Net(nn.Module):
    def __init__(self, kind=nn.GRU):
        super().__init__()
        self.rnn, self.linear, self.state = kind(3, 4, batch_first=True), nn.Linear(4, 1), None

    def forward(self, x, state=None):
        out, state = self.run(x, state)
        return self.linear(out[:, -1]), state

    def run(self, x, state):
        return self.rnn(x, state)


class Keeping(Net):
    def forward(self, x):
        out, state = self.rnn(x, self.state)
        self.state = state.detach()
        return self.linear(out[:, -1])


def batches(shuffle=True):
    return DataLoader(TensorDataset(torch.randn(24, 6, 3), torch.randn(24, 1)), batch_size=4, shuffle=shuffle)


def learn(optimizer, out, y):
    optimizer.zero_grad()
    (out - y).pow(2).mean().backward()
    optimizer.step()


def trained(model):
    return torch.optim.SGD(model.parameters(), 0.01)


def cut_in_front(shuffle=True):
    model, state = Net(), torch.zeros(1, 4, 4)
    optimizer = trained(model)
    for x, y in batches(shuffle):
        state = state.detach()
        out, state = model(x, state)
        learn(optimizer, out, y)


def cut_of_a_pair():
    model, state = Net(nn.LSTM), None
    optimizer = trained(model)
    for x, y in batches():
        out, state = model(x, state)
        learn(optimizer, out, y)
        state = tuple(part.detach() for part in state)


def cut_where_it_was_made():
    model, state = Net(), torch.zeros(1, 4, 4)
    optimizer = trained(model)
    for x, y in batches():
        out, last = model(x, state)
        state = last.data
        learn(optimizer, out, y)


def cut_where_it_is_handed_on():
    model, state = Net(), torch.zeros(1, 4, 4)
    optimizer = trained(model)
    for x, y in batches():
        out, state = model(x, state.detach())
        learn(optimizer, out, y)


def kept_by_the_model():
    model = Keeping()
    optimizer = trained(model)
    for x, y in batches():
        learn(optimizer, model(x), y)


def in_the_order_of_time():
    cut_in_front(shuffle=False)


def anew_for_each_batch():
    model = Net()
    optimizer = trained(model)
    for x, y in batches():
        state = torch.zeros(1, len(x), 4)
        out, state = model(x, state)
        learn(optimizer, out, y)


def told(script):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        script()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    return auditor.diagnoses


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (cut_in_front, "state = state.detach()"),
        (cut_of_a_pair, "state = tuple(part.detach() for part in state)"),
        (cut_where_it_was_made, "out, last = model(x, state)"),
        (cut_where_it_is_handed_on, "out, state = model(x, state.detach())"),
        (kept_by_the_model, "out, state = self.rnn(x, self.state)"),
    ],
)
def test_the_line_is_where_the_state_is_handed_on(script, line):
    (found,) = told(script)
    assert found.slug == "state_of_another_batch"
    assert linecache.getline(found.place.file, found.place.line).strip() == line


@pytest.mark.parametrize("script", [in_the_order_of_time, anew_for_each_batch])
def test_sequences_that_go_on_and_fresh_states_are_left_alone(script):
    assert told(script) == ()
