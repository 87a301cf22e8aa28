"""The likelihood of choices that stand in a column: of each under each row's distribution, or under its own."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.distributions import *
model, scale = nn.Linear(4, {out}), nn.Parameter(torch.ones(1))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    states, actions, gains, old = torch.randn(9, 4), {actions}, torch.randn(9), torch.randn(9)
    scores = model(states)
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
HELD = "every_prediction_with_every_target"
KINDS, KINDS_IN_COLUMN = "torch.randint(0, 3, (9,))", "torch.randint(0, 3, (9, 1))"
NUMBERS, NUMBERS_IN_COLUMN = "torch.rand(9)", "torch.rand(9, 1)"
FLAGS_IN_COLUMN = "torch.randint(0, 2, (9, 1)).float()"
RATIO = "loss = -torch.min(ratio * gains, ratio.clamp(0.8, 1.2) * gains).mean() - 0.01 * d.entropy().mean()"


def program(out, actions, loss):
    return PROGRAM.format(out=out, actions=actions, loss=loss)


@pytest.mark.parametrize(
    ("out", "actions", "loss", "asked"),
    [
        (3, KINDS_IN_COLUMN, "loss = -(Categorical(logits=scores).log_prob({}) * gains).mean()", "actions.squeeze(-1)"),
        (3, KINDS_IN_COLUMN, "d = Categorical(scores.softmax(-1))\n    each = d.log_prob({})\n"
         "    loss = -(each * gains + 0.01 * d.entropy()).sum()", "actions.squeeze(-1)"),
        (3, KINDS_IN_COLUMN, "d = Categorical(logits=scores)\n    ratio = (d.log_prob({}) - old).exp()\n    " + RATIO,
         "actions.squeeze(-1)"),
        (1, FLAGS_IN_COLUMN, "loss = -(Bernoulli(logits=scores[:, 0]).log_prob({}) * gains).mean()",
         "actions.squeeze(-1)"),
        (1, FLAGS_IN_COLUMN, "loss = -Poisson(scores.squeeze(1).exp()).log_prob({}).mean()", "actions.squeeze(-1)"),
        (2, NUMBERS_IN_COLUMN, "a, b = scores.exp().unbind(1)\n    loss = -Gamma(a, b).log_prob({}).mean()",
         "actions.squeeze(-1)"),
        (1, NUMBERS, "loss = -Normal(scores, scale).log_prob({}).sum(-1).mean()", "actions.unsqueeze(-1)"),
        # What is summed over one number of each action has each row's own gain behind it.
        (1, NUMBERS, "loss = -(Normal(scores, scale).log_prob({}).sum(-1) * gains).mean()", "actions.unsqueeze(-1)"),
        (1, NUMBERS, "d = Normal(scores, scale)\n    ratio = (d.log_prob({}).sum(-1) - old).exp()\n    " + RATIO,
         "actions.unsqueeze(-1)"),
    ],
)  # fmt: skip
def test_each_choice_under_each_distribution(out, actions, loss, asked):
    ((slug, edits),) = audited(program(out, actions, loss.format("actions")), "")
    assert slug == HELD
    ((edit),) = edits
    assert edit.strip() in loss.format(asked)
    assert slugs(program(out, actions, loss.format(asked)), "") == []


def test_no_half_of_a_change_is_offered():
    loss = "loss = -(Normal(scores, scale).log_prob(actions) * gains).mean()"
    assert audited(program(1, NUMBERS, loss), "") == [(HELD, [])]


def test_the_numbers_of_a_distribution_that_spread_already():
    loss = "loss = -Normal(scores, scores[:, 0].exp()).log_prob(actions).mean()"
    assert slugs(program(1, NUMBERS_IN_COLUMN, loss), "") == [HELD]


@pytest.mark.parametrize(
    ("out", "actions", "loss"),
    [
        (3, KINDS, "loss = -(Categorical(logits=scores).log_prob(actions) * gains).mean()"),
        (3, KINDS_IN_COLUMN, "loss = -(Categorical(logits=scores[:, None]).log_prob(actions)[:, 0] * gains).mean()"),
        (1, NUMBERS_IN_COLUMN, "loss = -(Normal(scores, scale).log_prob(actions).sum(-1) * gains).mean()"),
        # All choices there are, of as many rows.
        (9, KINDS, "d, every = Categorical(logits=scores), torch.arange(9).view(-1, 1)\n"
         "    loss = -d.log_prob(every).mean()"),
        (9, KINDS, "d = Categorical(logits=scores)\n    loss = -d.log_prob(d.enumerate_support(False)).mean()"),
        (3, KINDS, "d = Categorical(logits=scores)\n    loss = -d.log_prob(d.sample((7,))).mean()"),
        # The density of all rows together.
        (1, NUMBERS, "loss = -Normal(scores, 0.3).log_prob(actions).logsumexp(0).mean()"),
        # What two things have in common: all pairs are held against those that belong together.
        (1, NUMBERS, "each = Normal(scores, 1.0).log_prob(actions)\n    loss = each.mean() - each.diag().mean()"),
        (3, KINDS_IN_COLUMN, "d = Categorical(logits=scores)\n"
         "    loss = d.log_prob(actions).mean() - d.log_prob(actions[:, 0]).mean()"),
        (3, KINDS_IN_COLUMN, "each = Categorical(logits=scores).log_prob(actions)\n"
         "    loss = F.cross_entropy(each, torch.arange(9))"),
        (3, KINDS_IN_COLUMN, "each = Categorical(logits=scores).log_prob(actions)\n"
         "    loss = -(each * torch.rand(9, 9)).mean()"),
        # Who spreads by himself knows what he does.
        (1, NUMBERS_IN_COLUMN, "one, two = torch.broadcast_tensors(scores[:, 0], actions)\n"
         "    loss = (one.sigmoid() * two).mean()"),
    ],
)  # fmt: skip
def test_likelihoods_that_are_meant(out, actions, loss):
    assert slugs(program(out, actions, loss), "") == []
