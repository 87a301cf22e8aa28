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


def segments(turned=False):
    """Truncated backpropagation through each of the sequences that a loader draws."""
    data = DataLoader(TensorDataset(torch.randn(12, 18, 3)), batch_size=4, shuffle=True)
    model = Net(lambda *sizes, batch_first: nn.GRU(*sizes, batch_first=batch_first and not turned))
    optimizer = trained(model)
    for (x,) in data:
        state = None
        for part in x.transpose(0, 1).split(6) if turned else x.split(6, 1):
            out, state = model.run(part, state)
            state = state.detach()
            learn(optimizer, model.linear(out), part.sum(-1, keepdim=True))


def segments_of_picked_rows():
    data, order = torch.randn(12, 18, 3), torch.randperm(12)
    model = Net()
    optimizer = trained(model)
    for rows in order.split(4):
        x, state = data[rows], None
        for at in range(0, 18, 6):
            out, state = model.run(x[:, at : at + 6], state)
            state = state.detach()
            learn(optimizer, model.linear(out), x[:, at : at + 6].sum(-1, keepdim=True))


def segments_with_time_in_front():
    segments(turned=True)


def rows_of_what_was_shuffled_once():
    order = torch.randperm(24)
    x, y = torch.randn(24, 6, 3)[order], torch.randn(24, 1)[order]
    model, state = Net(), None
    optimizer = trained(model)
    for at in range(0, 24, 4):
        out, state = model(x[at : at + 4], state)
        state = state.detach()
        learn(optimizer, out, y[at : at + 4])


class Memory(Net):
    """Attends to what it has read before as well."""

    def __init__(self):
        super().__init__()
        self.attention, self.memory = nn.MultiheadAttention(3, 1, batch_first=True), None

    def forward(self, x, state=None):
        known = x if self.memory is None else torch.cat([self.memory, x], 1)
        out, _ = self.attention(x, known, known)
        self.memory = out.detach()
        return out


def remembered_within_a_text():
    model = Memory()
    optimizer = trained(model)
    for (x,) in DataLoader(TensorDataset(torch.randn(12, 18, 3)), batch_size=4, shuffle=True):
        model.memory = None
        for part in x.split(6, 1):
            learn(optimizer, model(part), part)


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
        (rows_of_what_was_shuffled_once, "out, state = model(x[at : at + 4], state)"),
        (kept_by_the_model, "out, state = self.rnn(x, self.state)"),
    ],
)
def test_the_line_is_where_the_state_is_handed_on(script, line):
    (found,) = told(script)
    assert found.slug == "state_of_another_batch"
    assert linecache.getline(found.place.file, found.place.line).strip() == line


@pytest.mark.parametrize(
    "script", [segments, segments_of_picked_rows, segments_with_time_in_front, remembered_within_a_text]
)
def test_segments_of_the_same_rows_go_on(script):
    assert all(found.slug != "state_of_another_batch" for found in told(script))


@pytest.mark.parametrize("script", [in_the_order_of_time, anew_for_each_batch])
def test_sequences_that_go_on_and_fresh_states_are_left_alone(script):
    assert told(script) == ()


class OfCells(nn.Module):
    """Reads a sequence step by step, and keeps its state."""

    def __init__(self):
        super().__init__()
        self.cell, self.linear, self.state = nn.GRUCell(3, 4), nn.Linear(4, 2), None

    def reset(self):
        self.state = None

    def cut(self):
        self.state = None if self.state is None else self.state.detach()

    def forward(self, x):
        outs = []
        for row in x.unbind(1):
            self.state = self.cell(row, self.state)
            outs.append(self.linear(self.state))
        return torch.stack(outs, 1)


def sentences():
    return [(torch.randn(1, 4 + at % 3, 3), torch.tensor([at % 2])) for at in range(6)]


def asked_one_by_one(model):
    right = 0
    for x, y in sentences():
        model.reset()
        right += int(model(x)[:, -1].argmax(1)) == int(y)
    return right


def asked_in_a_row(model):
    right = 0
    model.reset()
    for x, y in sentences():
        right += int(model(x)[:, -1].argmax(1)) == int(y)
    return right


def cells_of_shuffled_batches():
    model = OfCells()
    optimizer = trained(model)
    for x, y in batches():
        model.cut()
        learn(optimizer, model(x)[:, -1, :1], y)


def sentence_after_sentence():
    model = OfCells()
    optimizer = trained(model)
    for x, y in sentences():
        model.cut()
        loss = nn.functional.cross_entropy(model(x)[:, -1], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    asked_one_by_one(model)


def each_sentence_anew():
    model = OfCells()
    optimizer = trained(model)
    for x, y in sentences():
        model.reset()
        loss = nn.functional.cross_entropy(model(x)[:, -1], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    asked_one_by_one(model)


def anew_on_a_condition():
    model = OfCells()
    optimizer = trained(model)
    for x, y in sentences():
        model.cut()
        if x.shape[1] > 6:
            model.reset()
        loss = nn.functional.cross_entropy(model(x)[:, -1], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def an_answer_at_each_step():
    model = OfCells()
    optimizer = trained(model)
    for x, y in sentences():
        model.cut()
        loss = nn.functional.cross_entropy(model(x)[0], y.expand(x.shape[1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_states_of_cells():
    (found,) = told(cells_of_shuffled_batches)
    assert found.slug == "state_of_another_batch"


def test_another_loop_begins_each_sequence_anew():
    (found,) = told(sentence_after_sentence)
    assert found.slug == "state_of_another_batch"
    assert linecache.getline(found.place.file, found.place.line).strip() == "model.cut()"
    assert "each sequence has one answer" in found.explanation
    assert len(found.fixes) == 1


@pytest.mark.parametrize("script", [each_sentence_anew, anew_on_a_condition, an_answer_at_each_step])
def test_sequences_that_may_go_on(script):
    assert told(script) == ()
