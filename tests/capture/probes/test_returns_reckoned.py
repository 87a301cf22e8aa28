"""Returns that Python reckons backwards: in the order of the steps or not, up to the end of an episode or beyond."""

from __future__ import annotations

import pytest
from programs import audited, slugs

START = """
import random
from collections import deque

random.seed(0)

class World:
    def reset(self):
        return torch.randn(4)

    def step(self, action):
        return torch.randn(4), random.random(), random.random() < 0.2

net, world = nn.Linear(4, 2), World()
optimizer = torch.optim.Adam(net.parameters())
state = world.reset()
"""
ROLLOUT = """
log_probs, rewards, dones, memory = [], [], [], []
for _ in range(30):
    choice = torch.distributions.Categorical(logits=net(state))
    action = choice.sample()
    state, reward, over = world.step(action)
    log_probs.append(choice.log_prob(action))
    rewards.append({reward})
    dones.append(over)
    memory.append((reward, over))
    {reset}
{returns}
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""
APPENDED = """
G, total = [], 0.0
for reward in reversed(rewards):
    total = reward + 0.9 * total
    G.append(total)
"""
INSERTED = APPENDED.replace("G.append(total)", "G.insert(0, total)")
WEIGHED = "loss = -(torch.stack(log_probs) * torch.tensor(G)).sum()"
IN_TURN = "loss = sum(-one * weight for one, weight in zip(log_probs, torch.tensor(G)))"
RESET = "state = world.reset() if over else state"


def program(returns, *, reward="reward", reset="pass"):
    return START + ROLLOUT.format(returns=returns, reward=reward, reset=reset)


@pytest.mark.parametrize(
    "loss", [WEIGHED, IN_TURN, "G = torch.tensor(G)\nG = G - G.mean()\nloss = -(torch.stack(log_probs) * G).sum()"]
)
@pytest.mark.parametrize("reward", ["reward", "1.0"])
def test_returns_that_are_appended_on_the_way_back_lie_the_other_way_round(loss, reward):
    found = audited(program(APPENDED + loss, reward=reward), "")
    assert found == [("returns_reversed", ["    G.insert(0, total)\n"])]


@pytest.mark.parametrize(
    "returns",
    [
        INSERTED + WEIGHED,
        INSERTED.replace("[]", "deque()").replace("insert(0, total)", "appendleft(total)") + WEIGHED,
        APPENDED + WEIGHED.replace("torch.tensor(G)", "torch.tensor(G).flip(0)"),
        APPENDED + WEIGHED.replace("torch.tensor(G)", "torch.tensor(G[::-1])"),
        APPENDED + "G.reverse()\n" + WEIGHED,
        APPENDED + IN_TURN.replace("zip(log_probs", "zip(log_probs[::-1]"),
        APPENDED + WEIGHED.replace("(log_probs)", "([-one for one in reversed(log_probs)])"),
        APPENDED.replace("reversed(rewards)", "rewards") + WEIGHED,
    ],
)
@pytest.mark.parametrize("reward", ["reward", "1.0"])
def test_returns_in_the_order_of_what_they_weigh_are_left_alone(returns, reward):
    assert slugs(program(returns, reward=reward), "") == []


CARRIED = """
G, total = [], 0.0
for reward, done in zip(rewards[::-1], dones[::-1]):
    total = reward + 0.9 * total
    G.insert(0, total)
"""
OF_ENTRIES = CARRIED.replace("zip(rewards[::-1], dones[::-1])", "reversed(memory)")
CUT = " * (1 - done)"


@pytest.mark.parametrize(
    ("returns", "reset"), [(CARRIED, "pass"), (OF_ENTRIES, "pass"), (INSERTED, "if over: state = world.reset()")]
)
def test_returns_run_on_over_the_end_of_an_episode(returns, reset):
    assert slugs(program(returns + WEIGHED, reset=reset), "") == ["returns_over_ends"]


@pytest.mark.parametrize(
    ("returns", "reset"),
    [
        (CARRIED.replace("* total", "* total" + CUT), RESET),
        (CARRIED.replace("    total =", "    total = 0.0 if done else total\n    total ="), RESET),
        (OF_ENTRIES.replace("* total", "* total" + CUT), RESET),
        # Nothing says that these flags are ends of anything.
        (INSERTED, "pass"),
        # Where another sum is cut by them, this one is meant to run on.
        (INSERTED + CARRIED.replace("G", "E").replace("* total", "* total" + CUT), RESET),
    ],
)
def test_returns_that_stop_or_are_not_known_to_end_are_left_alone(returns, reset):
    assert slugs(program(returns + WEIGHED, reset=reset), "") == []


def test_times_that_add_up_in_the_order_of_the_steps_are_no_returns():
    returns = APPENDED.replace("reversed(rewards)", "rewards").replace("0.9 * ", "")
    loss = "loss = (torch.stack(log_probs) - torch.tensor(G)).pow(2).mean()"
    assert slugs(program(returns + loss, reward="0.5"), "") == []
