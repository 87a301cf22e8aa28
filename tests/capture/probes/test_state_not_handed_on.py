"""Loops in which a recurrent layer starts each round from the same state, beside those in which that is right."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import mse_loss

from shapecheck import audit
from shapecheck.auditor import Auditor

STEPS = 6


def layers():
    return {
        "enter": nn.Linear(3, 8),
        "encoder": nn.LSTM(3, 8, batch_first=True),
        "cell": nn.LSTMCell(8, 8),
        "gru": nn.GRUCell(8, 8),
        "whole": nn.GRU(8, 8, batch_first=True),
        "out": nn.Linear(8, 3),
    }


def start(model, x):
    _, (h, c) = model.encoder(x)
    return h[0], c[0]


def same_pair(model, x):
    state, found = start(model, x), []
    for step in model.enter(x).unbind(1):
        h, _ = model.cell(step, state)
        found.append(h)
    return found


def same_c(model, x):
    (h, c), found = start(model, x), []
    for step in range(STEPS):
        h, _ = model.cell(model.enter(x[:, step]), (h, c))
        found.append(h)
    return found


def zeros_each_time(model, x):
    entered, found = model.enter(x), []
    for step in range(STEPS):
        out, _ = model.whole(entered[:, step : step + 1])
        found.append(out[:, 0])
    return found


def same_h(model, x):
    h, found = start(model, x)[0], []
    for step in range(STEPS):
        out = model.gru(model.enter(x[:, step]), h)
        found.append(out)
    return found


def told_of_a_class(model, x):
    hidden, found = torch.tanh(model.enter(x[:, 0])), []
    for step in model.enter(x).unbind(1):
        new_hidden = model.gru(step, hidden)
        found.append(new_hidden)
    return found


def told_of_a_state(model, x):
    state, found = torch.tanh(model.enter(x[:, 0])), []
    for step in model.enter(x).unbind(1):
        next_state = model.gru(step, state)
        found.append(next_state)
    return found


def own_output(model, x):
    state, out, found = start(model, x), torch.zeros(len(x), 8), []
    for _ in range(STEPS):
        out, _ = model.cell(out, state)
        found.append(out)
    return found


def seen(run):
    torch.manual_seed(0)
    model = Forward(lambda model, x: model.out(torch.stack(run(model, x), 1)), **layers())
    batch = torch.randn(4, STEPS, 3), torch.randn(4, STEPS, 3)
    return [
        (found.slug, linecache.getline(found.place.file, found.place.line).strip())
        for found in audit(model, mse_loss, batch).diagnoses
    ]


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (same_pair, "h, _ = model.cell(step, state)"),
        (same_c, "h, _ = model.cell(model.enter(x[:, step]), (h, c))"),
        (zeros_each_time, "out, _ = model.whole(entered[:, step : step + 1])"),
        (same_h, "out = model.gru(model.enter(x[:, step]), h)"),
        (told_of_a_class, "new_hidden = model.gru(step, hidden)"),
        (told_of_a_state, "next_state = model.gru(step, state)"),
        (own_output, "out, _ = model.cell(out, state)"),
    ],
)
def test_a_state_that_is_returned_to_nobody(run, line):
    assert [item for item in seen(run) if item[0] == "state_not_handed_on"] == [("state_not_handed_on", line)]


def handed_on(model, x):
    (h, c), found = start(model, x), []
    for step in model.enter(x).unbind(1):
        h, c = model.cell(step, (h, c))
        found.append(h)
    return found


def each_step_told_the_whole(model, x):
    whole = model.enter(x).mean(1)
    return [model.gru(step, whole) for step in model.enter(x).unbind(1)]


def gated_by_a_summary(model, x):
    hidden, found = torch.tanh(model.enter(x[:, 0])), []
    for step in model.enter(x).unbind(1):
        weighed = model.gru(step, hidden)
        found.append(weighed)
    return found


def what_may_be_done(model, x):
    state, found = torch.tanh(model.enter(x[:, 0])), []
    for action in model.enter(x).unbind(1):
        next_state = model.gru(action, state)
        found.append(next_state)
    return found


def windows(model, x):
    entered, found = model.enter(x), []
    for first in range(STEPS):
        h = c = torch.zeros(len(x), 8)
        for step in range(first, min(first + 3, STEPS)):
            h, c = model.cell(entered[:, step], (h, c))
        found.append(h)
    return found


def guesses(model, x):
    state = start(model, x)
    return [model.cell(torch.randn(len(x), 8), state)[0] for _ in range(STEPS)]


def read_states(model, x):
    state = start(model, x)
    return [h + c for h, c in (model.cell(step, state) for step in model.enter(x).unbind(1))]


@pytest.mark.parametrize(
    "run", [handed_on, each_step_told_the_whole, gated_by_a_summary, what_may_be_done, windows, guesses, read_states]
)
def test_states_that_are_handed_on_and_calls_that_are_no_steps(run):
    assert seen(run) == []


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.LSTMCell(3, 8), nn.Linear(8, 3)

    def forward(self, x, state=None):
        state = self.cell(x, state)
        return self.out(state[0]), state


def test_a_state_that_the_caller_drops_is_told_in_its_loop():
    torch.manual_seed(0)
    auditor, agent, x = Auditor(), Agent(), torch.randn(4, STEPS, 3)
    auditor.start()
    try:
        for is_kept in (False, True):
            state, loss = None, 0.0
            for step in range(STEPS):
                if is_kept:
                    out, state = agent(x[:, step], state)
                else:
                    out, _ = agent(x[:, step], state)
                loss = loss + out.square().mean()
            loss.backward()
            agent.zero_grad()
    finally:
        auditor.stop()
    (found,) = auditor.diagnoses
    assert found.slug == "state_not_handed_on"
    assert linecache.getline(found.place.file, found.place.line).strip() == "out, _ = agent(x[:, step], state)"


class Stack(nn.Module):
    """Two cells, one above the other, whose new states come back in lists."""

    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.LSTMCell(3, 8), nn.LSTMCell(8, 8)])

    def forward(self, x, state):
        hs, cs = [], []
        for at, cell in enumerate(self.cells):
            h, c = cell(x, (state[0][at], state[1][at]))
            x = h
            hs.append(h)
            cs.append(c)
        return x, (torch.stack(hs), torch.stack(cs))


def dropped(model, x):
    _, state = model.encoder(x)
    found = []
    for step in x.unbind(1):
        out, _ = model.stack(step, state)
        found.append(out)
    return found


def dropped_but_for_the_last(model, x):
    _, state = model.encoder(x)
    found = []
    for step in x.unbind(1):
        out, new = model.stack(step, state)
        found.append(out)
    return [*found[:-1], found[-1] + new[1].mean(0)]


def kept(model, x):
    _, state = model.encoder(x)
    found = []
    for step in x.unbind(1):
        out, state = model.stack(step, state)
        found.append(out)
    return found


def told_in_each_step(model, x):
    _, state = model.encoder(x)
    found = []
    for step in x.unbind(1):
        out, new = model.stack(step, state)
        found.append(out + new[1].mean(0))
    return found


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (dropped, "out, _ = model.stack(step, state)"),
        (dropped_but_for_the_last, "out, new = model.stack(step, state)"),
        (kept, None),
        (told_in_each_step, None),
    ],
)
def test_states_of_several_layers_that_come_back_in_lists(run, line):
    torch.manual_seed(0)
    parts = {"encoder": nn.LSTM(3, 8, num_layers=2, batch_first=True), "stack": Stack(), "out": nn.Linear(8, 3)}
    model = Forward(lambda model, x: model.out(torch.stack(run(model, x), 1)), **parts)
    found = audit(model, mse_loss, (torch.randn(4, STEPS, 3), torch.randn(4, STEPS, 3))).diagnoses
    lines = [linecache.getline(item.place.file, item.place.line).strip() for item in found]
    assert [item.slug for item in found] == ["state_not_handed_on"] * (line is not None)
    assert lines == [line] * (line is not None)


def begun_in_the_loop(model, x):
    for step in range(STEPS):
        h = torch.zeros(len(x), 8)
        h = model.gru(model.enter(x[:, step]), h)
    return h


def begun_before_the_loop(model, x):
    h = torch.zeros(len(x), 8)
    for step in range(STEPS):
        h = model.gru(model.enter(x[:, step]), h)
    return h


def one_step_alone(model, x):
    return model.gru(model.enter(x[:, -1]), torch.zeros(len(x), 8))


@pytest.mark.parametrize(
    ("run", "is_wrong"), [(begun_in_the_loop, True), (begun_before_the_loop, False), (one_step_alone, False)]
)
def test_only_the_last_round_is_read(run, is_wrong):
    torch.manual_seed(0)
    model = Forward(lambda s, x: s.out(run(s, x)), **layers())
    found = audit(model, nn.MSELoss(), (torch.randn(4, STEPS, 3), torch.randn(4, 3))).diagnoses
    assert [item.slug for item in found] == ["state_not_handed_on"] * is_wrong
    for item in found:
        assert linecache.getline(item.place.file, item.place.line).strip() == "h = torch.zeros(len(x), 8)"
