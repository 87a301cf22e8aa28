"""Agents whose state runs on over the end of an episode, beside those that start anew and masks that end nothing."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn

from shapecheck.auditor import Auditor

SAMPLES, STEPS = 5, 6


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.value = nn.GRUCell(3, 4), nn.Linear(4, 1)

    def forward(self, seen, state, done):
        state = self.cell(seen, state)
        return self.value(state)[:, 0], state


class Pair(nn.Module):
    """A pair of states, and the ends in front."""

    def __init__(self):
        super().__init__()
        self.cell, self.value = nn.LSTMCell(3, 4), nn.Linear(4, 1)

    def forward(self, done, seen, state):
        h, c = self.cell(seen, state)
        return self.value(h)[:, 0], (h, c)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.value = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, seen, state, first):
        out, state = self.rnn(seen[:, None], state)
        return self.value(out[:, 0])[:, 0], state


class StartsAnew(Agent):
    def forward(self, seen, state, done):
        return super().forward(seen, state * (1 - done)[:, None], done)


def ends():
    return (torch.rand(SAMPLES) < 0.4).float()


def rollout(agent, state, order=(0, 1, 2), reset=False):
    done, values, dones = torch.zeros(SAMPLES), [], []
    for _ in range(STEPS):
        given = torch.randn(SAMPLES, 3), state, done
        value, state = agent(*(given[at] for at in order))
        done = ends()
        if reset:
            state = state * (1 - done)[:, None]
        values.append(value)
        dones.append(done)
    return values, dones


def returns(values, dones):
    reached, loss = torch.zeros(SAMPLES), 0
    for value, done in zip(values[::-1], dones[::-1], strict=True):
        reached = 1 + 0.9 * reached * (1 - done)
        loss = loss + (value - reached).pow(2).mean()
    return loss


def advantages(values, dones):
    values, dones, found = torch.stack(values), torch.stack(dones), torch.zeros(SAMPLES)
    aims = []
    for at in reversed(range(STEPS - 1)):
        keep = 1.0 - dones[at]
        delta = 1 + 0.9 * values[at + 1].detach() * keep - values[at].detach()
        found = delta + 0.9 * 0.95 * keep * found
        aims.insert(0, found + values[at].detach())
    return (values[:-1] - torch.stack(aims)).pow(2).mean()


def masked(values, dones):
    loss = torch.zeros(())
    for value, mask in zip(values, dones, strict=True):
        loss = loss + ((value - 1).pow(2) * mask).sum() / mask.sum().clamp(min=1)
    return loss


def told(agent, loss_of, state, **keywords):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        optimizer = torch.optim.SGD(agent.parameters(), 0.01)
        for _ in range(2):
            loss = loss_of(*rollout(agent, state, **keywords))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    return [found for found in auditor.diagnoses if found.slug == "state_across_episodes"]


def zeros(*front):
    return torch.zeros(*front, SAMPLES, 4)


@pytest.mark.parametrize(
    ("agent", "loss_of", "state", "order", "line"),
    [
        (Agent(), returns, zeros(), (0, 1, 2), "state = self.cell(seen, state)"),
        (Pair(), advantages, (zeros(), zeros()), (2, 0, 1), "h, c = self.cell(seen, state)"),
        (Layer(), returns, zeros(1), (0, 1, 2), "out, state = self.rnn(seen[:, None], state)"),
    ],
)
def test_a_state_that_runs_on_is_told(agent, loss_of, state, order, line):
    (found,) = told(agent, loss_of, state, order=order)
    assert linecache.getline(found.place.file, found.place.line).strip() == line


def test_a_state_that_starts_anew_is_left_alone():
    assert told(StartsAnew(), returns, zeros()) == []
    assert told(Agent(), returns, zeros(), reset=True) == []


def test_a_mask_of_the_loss_ends_nothing():
    assert told(Agent(), masked, zeros()) == []
