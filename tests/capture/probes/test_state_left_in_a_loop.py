"""Loops in which a script steps its recurrent model once more, after the pattern of its training or not."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn

from shapecheck.auditor import Auditor


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(3, 5), nn.Linear(5, 2)

    def forward(self, seen, state=None):
        state = self.cell(seen, state)
        return self.out(state), state


def trained(train, act):
    torch.manual_seed(0)
    auditor, agent = Auditor(), Agent()
    auditor.start()
    try:
        for _ in range(2):
            train(agent, torch.randn(4, 6, 3)).backward()
        act(agent, torch.randn(4, 6, 3))
    finally:
        auditor.stop()
    assert not auditor._session.failures
    found = [item for item in auditor.diagnoses if item.slug == "state_not_handed_on"]
    return [linecache.getline(item.place.file, item.place.line).strip() for item in found]


def test_a_loop_that_drops_what_training_hands_on():
    def train(policy, steps):
        state, found = None, 0.0
        for seen in steps:
            out, state = policy(seen, state)
            found = found + out.square().mean()
        return found

    def act(policy, steps):
        state, found = None, []
        for seen in steps:
            out, _ = policy(seen, state)
            found.append(out)
        return found

    assert "out, _ = policy(seen, state)" in trained(train, act)


def handed_on(walker, steps):
    state, found = None, []
    for seen in steps:
        out, state = walker(seen, state)
        found.append(out)
    return found


def by_another_name(walker, steps):
    state, found = None, []
    for seen in steps:
        out, after = walker(seen, state)
        state = after
        found.append(out)
    return found


def first_step_alone(walker, steps):
    state = None
    out, _ = walker(steps[0], state)
    return out


def many_guesses_from_one_place(walker, steps):
    state = None
    for _ in range(3):
        out, _ = walker(steps[0], state)
        out.sum()


@pytest.mark.parametrize("act", [handed_on, by_another_name, first_step_alone, many_guesses_from_one_place])
def test_loops_that_hand_it_on_and_calls_that_are_no_steps(act):
    def train(walker, steps):
        state, found = None, 0.0
        for seen in steps:
            out, state = walker(seen, state)
            found = found + out.square().mean()
        return found

    assert trained(train, act) == []
