"""Agents in a world that begins anew in some rows: those that keep their state there, and those that do not."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn

from shapecheck.auditor import Auditor

ROWS, STEPS = 6, 8


class World:
    """Rows of a number that is seen at the beginning; they end at different times."""

    def __init__(self, is_filled=False, ends=True):
        self.is_filled, self.is_ending = is_filled, ends
        self.code, self.age = torch.randn(ROWS), torch.arange(ROWS) % 4

    def observe(self):
        return torch.stack([self.code * (self.age == 0), torch.randn(ROWS)], dim=1)

    def step(self):
        self.age = self.age + 1
        done = self.age > 4 if self.is_ending else self.age > 1000
        if self.is_filled:
            self.code[done] = torch.randn(ROWS)[done]
        else:
            self.code = torch.where(done, torch.randn(ROWS), self.code)
        self.age = torch.where(done, 0, self.age)
        return self.observe(), done


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.act = nn.GRUCell(2, 5), nn.Linear(5, 1)

    def forward(self, seen, state):
        state = self.cell(seen, state)
        return self.act(state)[:, 0], state


def dropped(agent, world):
    seen, state, loss = world.observe(), torch.zeros(ROWS, 5), 0.0
    for _ in range(STEPS):
        action, state = agent(seen, state)
        loss = loss + (action - world.code).square().mean()
        seen, _ = world.step()
    return loss


def set_to_zero(agent, world):
    seen, state, loss = world.observe(), torch.zeros(ROWS, 5), 0.0
    for _ in range(STEPS):
        action, state = agent(seen, state)
        loss = loss + (action - world.code).square().mean()
        seen, done = world.step()
        state = state * (~done)[:, None]
    return loss


def without_memory(agent, world):
    seen, loss = world.observe(), 0.0
    for _ in range(STEPS):
        action, _ = agent(seen, torch.zeros(ROWS, 5))
        loss = loss + (action - world.code).square().mean()
        seen, _ = world.step()
    return loss


def told_to_the_loss(agent, world):
    seen, state, loss = world.observe(), torch.zeros(ROWS, 5), 0.0
    for _ in range(STEPS):
        action, state = agent(seen, state)
        target = world.code
        seen, done = world.step()
        loss = loss + ((action - target).square() * ~done).mean()
    return loss


def seen(rollout, world):
    torch.manual_seed(0)
    auditor, agent = Auditor(), Agent()
    auditor.start()
    try:
        for _ in range(3):
            rollout(agent, world).backward()
            agent.zero_grad()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    found = [item for item in auditor.diagnoses if item.slug == "state_across_episodes"]
    return [linecache.getline(item.place.file, item.place.line).strip() for item in found]


@pytest.mark.parametrize("is_filled", [True, False])
def test_an_end_that_nobody_reads(is_filled):
    assert seen(dropped, World(is_filled)) == ["seen, _ = world.step()"]


@pytest.mark.parametrize("rollout", [set_to_zero, without_memory, told_to_the_loss])
def test_ends_that_are_read_and_agents_that_remember_nothing(rollout):
    assert seen(rollout, World()) == []


def test_a_world_in_which_nothing_ends_is_left_alone():
    assert seen(dropped, World(ends=False)) == []
