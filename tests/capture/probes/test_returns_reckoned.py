"""Returns that are reckoned backwards: in the order of the steps or not, up to the end of an episode or beyond."""

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
    ],
)
@pytest.mark.parametrize("reward", ["reward", "1.0"])
def test_returns_in_the_order_of_what_they_weigh_are_left_alone(returns, reward):
    assert slugs(program(returns, reward=reward), "") == []


TURNED = INSERTED.replace("reversed(rewards)", "rewards[::-1]")
SCALED = "G = torch.tensor(G)\nG = (G - G.mean()) / G.std()\n" + WEIGHED.replace("torch.tensor(G)", "G")
ONWARDS = APPENDED.replace("reversed(rewards)", "rewards")


@pytest.mark.parametrize(
    ("returns", "reward", "found"),
    [
        (ONWARDS + WEIGHED, "reward", True),
        (ONWARDS + SCALED, "reward", True),
        (ONWARDS + IN_TURN, "reward - 0.5", True),
        (INSERTED + WEIGHED, "reward - 0.5", False),
        # The same numbers, in whatever order they are added up.
        (ONWARDS + WEIGHED, "1.0", False),
        # All that there was so far counts in full, or what fades is to be told, or weighs no choices.
        (ONWARDS.replace("0.9 * ", "") + WEIGHED, "reward", False),
        (ONWARDS + "loss = (torch.stack(log_probs) - torch.tensor(G)).pow(2).mean()", "reward", False),
        (ONWARDS + WEIGHED.replace("log_probs", "[net(torch.randn(4)).sum() for _ in G]"), "reward", False),
        (TURNED + WEIGHED, "reward", False),
    ],
)
def test_returns_of_what_was_before_weigh_no_choice(returns, reward, found):
    assert slugs(program(returns, reward=reward), "") == ["returns_reversed"] * found


LEVELS = """
G, inflows, level, log_probs = [], [], 0.0, []
for _ in range(8):
    choice = torch.distributions.Categorical(logits=net(torch.tensor([level, 0.0, 1.0, 2.0])))
    action = choice.sample()
    log_probs.append(choice.log_prob(action))
    inflow = action.item() + random.random()
    inflows.append(inflow)
    level = inflow + 0.7 * level
    G.append(level)
"""


def test_what_a_world_pays_may_fade_by_itself():
    assert slugs(program(LEVELS + WEIGHED), "") == []
    after = "    inflows.append(inflow)\nfor inflow in inflows:\n"
    assert slugs(program(LEVELS.replace("    inflows.append(inflow)\n", after) + WEIGHED), "") == ["returns_reversed"]


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


GAE = """
import random

random.seed(0)
T, W = 12, 5
body, value_head = nn.Linear(4, 2), nn.Linear(4, 1)
optimizer = torch.optim.Adam([*body.parameters(), *value_head.parameters()])

def world(actions):
    reward, done, cut = ([random.random() for _ in range(W)] for _ in range(3))
    reward, done = torch.tensor(reward), torch.tensor([float(one < 0.25) for one in done])
    return torch.randn(W, 4), reward, done, torch.tensor([float(one < 0.25) for one in cut])

seen = torch.randn(W, 4)
states, actions, values, rewards, dones, cuts = [], [], [], [], [], []
for _ in range(T):
    with torch.no_grad():
        action = torch.distributions.Categorical(logits=body(seen)).sample()
        value = value_head(seen)[:, 0]
    states.append(seen)
    seen, reward, done, cut = world(action)
    {lasting}
    for kept, one in zip((actions, values, rewards, dones, cuts), (action, value, reward, done, cut)):
        kept.append(one)
with torch.no_grad():
    after = value_head(seen)[:, 0]
    {advantages}
returns = advantages + torch.stack(values)
found = value_head(torch.stack(states))[..., 0]
log_probs = torch.distributions.Categorical(logits=body(torch.stack(states))).log_prob(torch.stack(actions))
loss = (found - returns).pow(2).mean() - (log_probs * advantages).mean()
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""
IN_LIST = """
    total, found = torch.zeros(W), []
    for reward, value, done, cut in zip(rewards[::-1], values[::-1], dones[::-1], cuts[::-1]):
        delta = reward + 0.9 * after * (1 - done) - value
        total = delta + 0.9 * 0.95 * total{kept}
        found.insert(0, total)
        after = value
    advantages = torch.stack(found)
"""
IN_PLACE = """
    advantages, last = torch.zeros(T, W), 0.0
    all_rewards, all_values, all_dones = torch.stack(rewards), torch.stack(values), torch.stack(dones)
    for t in reversed(range(T)):
        going = 1.0 - all_dones[t]
        following = after if t == T - 1 else all_values[t + 1]
        delta = all_rewards[t] + 0.9 * following * going - all_values[t]
        advantages[t] = last = delta + 0.855 * last{kept}
"""


def rollout(advantages, kept, lasting="pass"):
    return GAE.format(advantages=advantages.strip().format(kept=kept), lasting=lasting)


@pytest.mark.parametrize("advantages", [IN_LIST, IN_PLACE])
def test_advantages_run_on_where_the_next_value_is_cut(advantages):
    assert slugs(rollout(advantages, ""), "") == ["returns_over_ends"]


@pytest.mark.parametrize(
    ("advantages", "kept"),
    [
        (IN_LIST, " * (1 - done)"),
        (IN_PLACE, " * going"),
        # The time was up: the next value counts, and the sum begins anew.
        (IN_LIST, " * (1 - cut)"),
        # Neither is cut: returns that are meant to go on over the end of an episode.
        (IN_LIST.replace(" * (1 - done)", ""), ""),
    ],
)
def test_advantages_that_are_cut_with_the_next_value_are_left_alone(advantages, kept):
    assert slugs(rollout(advantages, kept), "") == []


LATER = IN_PLACE.replace("all_dones[t]", "(done if t == T - 1 else all_dones[t + 1])")
AT_ONCE = """
    all_values, found = torch.cat([torch.stack(values), after[None]]), torch.zeros(T, W)
    all_dones = torch.cat([torch.stack(dones), done[None]])
    deltas = torch.stack(rewards) + 0.9 * all_values[1:] * (1 - all_dones[{at}]) - all_values[:-1]
    advantages = deltas
"""
INTO_BLANKS = """
    kept_dones, kept_values, advantages, last = torch.zeros(T, W), torch.zeros(T, W), torch.zeros(T, W), 0.0
    for t in range(T):
        kept_dones[t], kept_values[t] = dones[t], values[t]
    for t in range(T - 2, -1, -1):
        going = (1.0 - kept_dones[{at}]) * 0.9
        advantages[t] = last = rewards[t] + going * kept_values[t + 1] - values[t] + 0.95 * going * last
"""
DRAWN = "done = (torch.rand(W) < 0.25).float()"
BEFORE = DRAWN + "; done, ended = ended, done"


@pytest.mark.parametrize("advantages", [LATER, AT_ONCE.replace("{at}", "1:"), INTO_BLANKS.replace("{at}", "t + 1")])
def test_the_flag_of_the_next_step_cuts_off_the_value(advantages):
    assert slugs(rollout(advantages, " * going", DRAWN), "") == ["returns_over_ends"]


@pytest.mark.parametrize(
    ("advantages", "lasting"),
    [
        (AT_ONCE.replace("{at}", ":-1"), DRAWN),
        (INTO_BLANKS.replace("{at}", "t"), DRAWN),
        # What the step before has said is laid up before a step.
        (LATER, BEFORE),
        (AT_ONCE.replace("{at}", "1:"), BEFORE),
        (INTO_BLANKS.replace("{at}", "t + 1"), BEFORE),
        (LATER, BEFORE + "; done = torch.where(done > 0, 1.0, 0.0)"),
        # When a world of plain numbers has said so is not known.
        (LATER, "pass"),
        # Whether the state that the value is of is an end already.
        (LATER, "done = (states[-1][:, 0] > 1).float()"),
    ],
)
def test_flags_that_were_laid_up_as_they_are_read(advantages, lasting):
    program = rollout(advantages, " * going", lasting)
    assert slugs(program.replace("states, actions", "ended = torch.zeros(W)\nstates, actions", 1), "") == []


OWN_END = """
policy, worth = nn.Linear(3, 2), nn.Linear(3, 1)
optimizer = torch.optim.Adam([*policy.parameters(), *worth.parameters()])
where, log_probs, rewards, values, following, ends = torch.randn(5, 3), [], [], [], [], []
for _ in range(9):
    choice = torch.distributions.Categorical(logits=policy(where))
    deed = choice.sample()
    log_probs.append(choice.log_prob(deed))
    values.append(worth(where)[:, 0])
    led = where * 0.9 + torch.randn(5, 3)
    rewards.append(deed - led.abs().sum(1))
    following.append(worth(led)[:, 0].detach())
    ends.append({end}.float())
    where = torch.where(ends[-1][:, None] > 0, torch.randn(5, 3), led)
targets = torch.stack(rewards) + 0.9 * torch.stack(following) * (1 - torch.stack(ends))
lacks = targets - torch.stack(values)
loss = lacks.pow(2).mean() - (torch.stack(log_probs) * lacks.detach()).mean()
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""


@pytest.mark.parametrize("end", ["(torch.rand(5) < 0.2)", "torch.bernoulli(torch.sigmoid(led[:, 0] - 1))"])
def test_an_end_that_is_drawn_behind_the_value_of_where_its_step_has_led(end):
    assert slugs(OWN_END.format(end=end), "") == []


BALANCED = """
turning, worth = nn.Linear(2, 1), nn.Linear(2, 1)
optimizer = torch.optim.Adam([*turning.parameters(), *worth.parameters()])
where, seen, deeds, values, rewards, ends = torch.randn(5, 2), [], [], [], [], []
with torch.no_grad():
    for _ in range(9):
        seen.append(where)
        values.append(worth(where)[:, 0])
        deeds.append(torch.distributions.Normal(turning(where)[:, 0], 0.5).sample())
        where = where * 0.9 + deeds[-1][:, None]
        ended = where[:, 0].abs() > 1
        ends.append(ended.float())
        rewards.append(torch.where(ended, -1.0, 1.0))
        where = torch.where(ended[:, None], torch.randn(5, 2), where)
rewards, all_values, ends = torch.stack(rewards), torch.stack(values), torch.stack(ends)
targets = rewards[:-1] + 0.9 * all_values[1:] * (1 - ends[{at}])
found, said = worth(torch.stack(seen))[:-1, :, 0], turning(torch.stack(seen))[:-1, :, 0]
log_probs = torch.distributions.Normal(said, 0.5).log_prob(torch.stack(deeds)[:-1])
loss = (found - targets).pow(2).mean() - (log_probs * (targets - all_values[:-1])).mean()
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""


@pytest.mark.parametrize(("at", "told"), [("1:", ["returns_over_ends"]), (":-1", [])])
def test_an_end_that_what_was_done_next_has_brought_about(at, told):
    assert slugs(BALANCED.format(at=at), "") == told


def test_rows_that_have_ended_for_good_carry_nothing_over_their_end():
    lasting = """before = dones[-1] if dones else torch.zeros(W)
    done = torch.tensor((done + before > 0).float().tolist())
    reward, value = reward * (1 - before), value * (1 - before)
"""
    assert slugs(rollout(IN_LIST, "", lasting), "") == []


PATHS = """
emit, tags, lengths = nn.Linear(3, 4), torch.randint(0, 4, (7, 5)), torch.tensor([7, 3, 5, 4, 2])
turns = nn.Parameter(torch.randn(4, 4))
mask = (torch.arange(7)[:, None] < lengths).float()
optimizer = torch.optim.SGD([*emit.parameters(), turns], 0.1)
scores, rows = emit(torch.randn(7, 5, 3)), torch.arange(5)
score, alpha = scores[0, rows, tags[0]], scores[0]
for t in range(1, 7):
    score = score + (turns[tags[t - 1], tags[t]] + scores[t, rows, tags[t]]) * mask[t]
    alpha = torch.where(mask[t, :, None] > 0, torch.logsumexp(alpha[:, :, None] + turns, 1) + scores[t], alpha)
loss = (torch.logsumexp(alpha, 1) - score).mean()
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""


def test_the_score_of_a_path_adds_up_what_a_mask_leaves():
    assert slugs(PATHS, "") == []
