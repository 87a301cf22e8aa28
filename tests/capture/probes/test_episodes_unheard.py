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


class Told(nn.Module):
    """Keeps its state for itself, and cuts it by what it is told."""

    def __init__(self):
        super().__init__()
        self.rnn, self.act, self.state = nn.GRU(2, 5, batch_first=True), nn.Linear(5, 1), None

    def forward(self, seen, done=None):
        if done is not None and self.state is not None:
            self.state = self.state * (~done).float()[None, :, None]
        out, self.state = self.rnn(seen[:, None], self.state)
        return self.act(out[:, 0])[:, 0]


class Pair(nn.Module):
    """Hands its pair of states on, and cuts it in place."""

    def __init__(self):
        super().__init__()
        self.cell, self.act = nn.LSTMCell(2, 5), nn.Linear(5, 1)

    def forward(self, seen, state, starts=None):
        h, c = state
        if starts is not None:
            h = torch.where(starts[:, None], 0.0, h)
            c = torch.where(starts[:, None], 0.0, c)
        h, c = self.cell(seen, (h, c))
        return self.act(h)[:, 0], (h, c)


class Scaled(Told):
    """What it may be told has nothing to do with its state."""

    def forward(self, seen, scale=None):
        if scale is not None:
            seen = seen * scale[:, None]
        return super().forward(seen)


def kept_for_itself(agent, world):
    agent.state, loss, ended = None, 0.0, 0
    done = torch.zeros(ROWS, dtype=torch.bool)
    for _ in range(STEPS):
        action = agent(world.observe())
        loss = loss + (action - world.code).square().mean()
        _, done = world.step()
        ended += int(done.sum())
    return loss


def told_at_each_step(agent, world):
    agent.state, loss, done = None, 0.0, None
    for _ in range(STEPS):
        action = agent(world.observe(), done)
        loss = loss + (action - world.code).square().mean()
        _, done = world.step()
    return loss


def pair_handed_on(agent, world):
    seen, state, loss = world.observe(), (torch.zeros(ROWS, 5), torch.zeros(ROWS, 5)), 0.0
    for _ in range(STEPS):
        action, state = agent(seen, state)
        target = world.code
        seen, done = world.step()
        loss = loss + ((action - target).square() * ~done).mean()
    return loss


class Valued(nn.Module):
    """Says what its state is worth, too; its layer is called for one step at a time, or it has a pair of states."""

    def __init__(self, kind="cell", reads_ends=False):
        super().__init__()
        self.kind, self.reads_ends = kind, reads_ends
        self.rnn = {"cell": nn.GRUCell, "pair": nn.LSTMCell, "layer": nn.GRU}[kind](2 + reads_ends, 5)
        self.act, self.worth = nn.Linear(5, 1), nn.Linear(5, 1)

    def begin(self):
        zero = torch.zeros(ROWS, 5)
        return {"cell": zero, "pair": (zero, zero), "layer": zero[None]}[self.kind]

    def forward(self, seen, state, done=None):
        if self.reads_ends:
            seen = torch.cat([seen, done.float()[:, None]], 1)
        if self.kind == "layer":
            out, state = self.rnn(seen[None], state)
            out = out[0]
        else:
            state = self.rnn(seen, state)
            out = state[0] if self.kind == "pair" else state
        return self.act(out)[:, 0], self.worth(out)[:, 0], state


def cut_off(state, done, how):
    if how == "not":
        return state
    if isinstance(state, tuple):
        return tuple(cut_off(part, done, how) for part in state)
    if how == "filled":
        state = state.clone()
        state[done] = 0.0
        return state
    return torch.where(done[:, None], 0.0, state) if how == "where" else state * (~done).float().unsqueeze(-1)


def bootstrapped(agent, world, how="not"):
    """The worth of what comes next, cut off where an episode ends."""
    seen, state, loss, done = world.observe(), agent.begin(), 0.0, torch.zeros(ROWS, dtype=torch.bool)
    for _ in range(STEPS):
        action, worth, state = agent(seen, state, done)
        reward = -(action - world.code).square().detach()
        seen, done = world.step()
        state = cut_off(state, done, how)
        with torch.no_grad():
            aim = reward + 0.9 * (~done).float() * agent(seen, state, done)[1]
        loss = loss + (worth - aim).square().mean() + (action - world.code).square().mean()
    return loss


def returned(agent, world, how="not"):
    """Returns, from lists."""
    seen, state, found, done = world.observe(), agent.begin(), [], torch.zeros(ROWS, dtype=torch.bool)
    for _ in range(STEPS):
        action, worth, state = agent(seen, state, done)
        reward = -(action - world.code).square()
        seen, done = world.step()
        state = cut_off(state, done, how)
        found.append((worth, reward.detach(), done, reward))
    reached, loss = torch.zeros(ROWS), 0.0
    for worth, reward, done, learned in reversed(found):
        reached = reward + 0.9 * reached * (1 - done.float())
        loss = loss + (worth - reached).square().mean() - learned.mean()
    return loss


def advantaged(agent, world, how="not"):
    """Advantages, from tensors that were filled step by step."""
    worths, rewards = [], torch.zeros(STEPS, ROWS)
    dones = torch.zeros(STEPS, ROWS)
    seen, state, done = world.observe(), agent.begin(), torch.zeros(ROWS, dtype=torch.bool)
    for at in range(STEPS):
        action, worth, state = agent(seen, state, done)
        rewards[at] = -(action - world.code).square().detach()
        seen, done = world.step()
        state = cut_off(state, done, how)
        dones[at] = done.float()
        worths.append(worth)
    worths, gain, gains = torch.stack(worths), torch.zeros(ROWS), []
    for at in reversed(range(STEPS - 1)):
        keep = 1 - dones[at]
        gain = rewards[at] + 0.9 * worths[at + 1].detach() * keep - worths[at].detach() + 0.8 * keep * gain
        gains.insert(0, gain)
    return (worths[:-1] - (torch.stack(gains) + worths[:-1].detach())).square().mean()


class Frozen(World):
    """Rows that are done stay as they are until all are."""

    def __init__(self):
        super().__init__()
        self.ended = torch.zeros(ROWS, dtype=torch.bool)

    def step(self):
        done = self.ended | (torch.rand(ROWS) < 0.2)
        self.code = torch.where(done, self.code, self.code + torch.randn(ROWS))
        self.age, self.ended = torch.where(done, self.age, self.age + 1), done
        return self.observe(), done


class Numbered(World):
    """The numbers of the rows that begin anew are counted out."""

    def step(self):
        self.age = self.age + 1
        done = self.age > 4
        rows = done.nonzero().flatten()
        self.code[rows] = torch.randn(len(rows))
        self.age[rows] = 0
        return self.observe(), done


def seen(rollout, world, agent=None):
    torch.manual_seed(0)
    auditor, agent = Auditor(), agent or Agent()
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


@pytest.mark.parametrize(
    ("rollout", "agent", "line"),
    [
        (kept_for_itself, Told(), "action = agent(world.observe())"),
        (pair_handed_on, Pair(), "action, state = agent(seen, state)"),
    ],
)
def test_an_agent_that_asks_for_the_ends_and_is_not_told(rollout, agent, line):
    assert seen(rollout, World(), agent) == [line]


@pytest.mark.parametrize(("rollout", "agent"), [(told_at_each_step, Told()), (kept_for_itself, Scaled())])
def test_an_agent_that_is_told_or_asks_for_something_else(rollout, agent):
    assert seen(rollout, World(), agent) == []


@pytest.mark.parametrize("rollout", [set_to_zero, without_memory, told_to_the_loss])
def test_ends_that_are_read_and_agents_that_remember_nothing(rollout):
    assert seen(rollout, World()) == []


def test_a_world_in_which_nothing_ends_is_left_alone():
    assert seen(dropped, World(ends=False)) == []


LINE = "seen, done = world.step()"


@pytest.mark.parametrize("rollout", [bootstrapped, returned, advantaged])
@pytest.mark.parametrize(("kind", "world"), [("cell", World), ("pair", World), ("layer", Numbered)])
def test_ends_that_are_read_for_the_rewards_alone(rollout, kind, world):
    assert seen(rollout, world(), Valued(kind)) == [LINE]


@pytest.mark.parametrize("rollout", [bootstrapped, returned, advantaged])
@pytest.mark.parametrize(
    ("kind", "how"), [("cell", "where"), ("pair", "times"), ("layer", "times"), ("cell", "filled")]
)
def test_a_state_that_is_cut_off_with_the_rewards(rollout, kind, how):
    assert seen(lambda agent, world: rollout(agent, world, how), World(), Valued(kind)) == []


@pytest.mark.parametrize("rollout", [bootstrapped, returned, advantaged])
def test_an_agent_that_sees_the_ends_and_is_to_remember_what_was_before_them(rollout):
    assert seen(rollout, World(), Valued(reads_ends=True)) == []


@pytest.mark.parametrize("rollout", [bootstrapped, returned])
def test_rows_that_end_and_do_not_begin_anew(rollout):
    assert seen(rollout, Frozen(), Valued()) == []


def test_the_state_is_cut_off_behind_the_call_that_tells_the_ends():
    torch.manual_seed(0)
    auditor, agent = Auditor(), Valued()
    auditor.start()
    try:
        for _ in range(2):
            bootstrapped(agent, World()).backward()
    finally:
        auditor.stop()
    (found,) = [item for item in auditor.diagnoses if item.slug == "state_across_episodes"]
    (edit,) = found.fixes[0].edits
    assert edit.replacement == f"        {LINE}\n        state = state * (~done)[:, None]\n"
