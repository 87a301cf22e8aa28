"""Returns of several episodes whose rewards were put into one list, and are reckoned as those of one."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

START = """
import itertools
import random
import numpy as np

random.seed(0)
net = nn.Linear(4, 2)
optimizer = torch.optim.Adam(net.parameters())
table = torch.rand(3, 6)
lists = [[random.random() for _ in range(count)] for count in (4, 8, 6)]
named = dict(zip("abc", lists))
seen = torch.randn(3, 6, 4)
choices = torch.distributions.Categorical(logits=net(seen))
log_probs = choices.log_prob(choices.sample()).flatten()
returns, total = [], 0.0
"""
INSERTED = """
for reward in reversed({rewards}):
    total = reward + 0.9 * total
    returns.insert(0, total)
"""
WRITTEN = """
rewards = np.asarray({rewards})
returns = np.zeros(len(rewards))
for t in reversed(range(len(rewards))):
    returns[t] = total = rewards[t] + 0.9 * total
"""
BEHIND = WRITTEN.replace("returns[t] = total = rewards[t] + 0.9 * total", "total = rewards[t] + 0.9 * total")
BEHIND += "    returns[t] = total\n"
APART = """
for episode in {rewards}:
    back, total = [], 0.0
    for reward in reversed(list(episode)):
        total = reward + 0.9 * total
        back.insert(0, total)
    returns.extend(back)
"""
LOSS = """
loss = -(log_probs * torch.as_tensor(returns).float()).sum()
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""


@pytest.mark.parametrize(
    ("reckoned", "rewards"),
    [
        (INSERTED, "[*itertools.chain(*lists)]"),
        (INSERTED, "sum(named.values(), [])"),
        (INSERTED, "table.flatten().tolist()"),
        (WRITTEN, "[reward for each in lists for reward in each]"),
        (BEHIND, "table.double().numpy().reshape(-1)"),
    ],
)
def test_one_sum_runs_through_the_rewards_of_several_episodes(reckoned, rewards):
    assert slugs(START + reckoned.format(rewards=rewards) + LOSS, "") == ["returns_over_ends"]


@pytest.mark.parametrize(
    ("reckoned", "rewards"),
    [
        (APART, "lists"),
        (APART, "table.tolist()"),
        # One list of its own, beside a table of other numbers.
        (INSERTED, "[random.random() for _ in range(18)]"),
        # One long run, gathered by so many steps at a time.
        (INSERTED, "(parts := [[random.random() for _ in range(9)] for _ in range(2)]) and sum(parts, [])"),
        # A table of which no model has a row for each row.
        (INSERTED, "(other := torch.rand(9, 2)).flatten().tolist()"),
    ],
)  # fmt: skip
def test_sums_of_one_episode_each(reckoned, rewards):
    assert slugs(START + reckoned.format(rewards=rewards) + LOSS, "") == []


HELPER = """
def discounted(rewards):
    returns, total = [], 0.0
    for reward in reversed(rewards):
        total = reward + 0.9 * total
        returns.insert(0, total)
    return returns

def finished(lists):
    {lines}
    return (returns - returns.mean()) / returns.std()

given = finished(lists)
net(torch.zeros(1, 4))
loss = -(net(seen).log_softmax(2)[..., 0].flatten() * given).sum()
loss.backward()
"""


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "returns = torch.tensor(discounted(sum(lists, [])))",
            ["returns = torch.tensor(discounted(sum(lists, [])))"],
        ),
        ("returns = torch.tensor([r for one in lists for r in discounted(one)])", []),
    ],
)
def test_a_helper_is_given_the_rewards_of_all_and_the_returns_are_scaled_before_the_step(lines, told):
    assert lines_told(START + HELPER.format(lines=lines), "") == told


@pytest.mark.parametrize("beside", ["[[10**400, 1, 2], [3, 4, 5]] * 3", "[10**400] * 18", "[(10**400, 1)] * 18"])
def test_whole_numbers_that_no_float_holds_are_passed_over(beside):
    rewards = "[reward for each in lists for reward in each]"
    script = START + f"beside = {beside}\n" + INSERTED.format(rewards=rewards) + LOSS
    assert slugs(script, "") == ["returns_over_ends"]
