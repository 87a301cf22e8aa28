"""Discounts that multiply up along the steps of a rollout, and along its samples, which stay apart all the same."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def seen(model, loss, batch):
    return [found.slug for found in audit(model, loss, batch).diagnoses]


def rolled_out(model, state, axis):
    states = []
    for _ in range(6):
        state = state + model.act(state).tanh()
        states.append(state)
    reward = -torch.stack(states).square().sum(-1)
    discount = torch.full_like(reward, 0.9).cumprod(axis)
    return (discount * reward).mean()


@pytest.mark.parametrize(("axis", "slugs"), [(1, ["reduced_along_batch"]), (0, [])])
def test_discounts_of_rollouts(axis, slugs):
    model = Forward(lambda model, state: rolled_out(model, state, axis), act=nn.Linear(4, 4))
    assert seen(model, lambda out, _: -out, (torch.randn(14, 4), torch.zeros(14))) == slugs


def returned(model, state, axis, put):
    """Returns are reckoned backwards, of all steps but the last one; the first of them is not discounted."""
    rewards = []
    for _ in range(6):
        state = state + model.act(state).tanh()
        rewards.append(-state.square().sum(-1))
    last, returns = rewards[-1], []
    for reward in rewards[-2::-1]:
        last = reward + 0.9 * last
        returns.append(last)
    returns = put(returns)
    weight = torch.cat([torch.ones_like(returns[:1]), 0.9 * torch.ones_like(returns[1:])]).cumprod(axis)
    return (weight * returns).mean()


@pytest.mark.parametrize(("axis", "slugs"), [(1, ["reduced_along_batch"]), (0, [])])
@pytest.mark.parametrize("put", [lambda each: torch.stack(each[::-1]), lambda each: torch.stack(each).flip(0)])
def test_discounts_of_returns_that_were_reckoned_backwards(put, axis, slugs):
    model = Forward(lambda model, state: returned(model, state, axis, put), act=nn.Linear(4, 4))
    assert seen(model, lambda out, _: -out, (torch.randn(14, 4), torch.zeros(14))) == slugs


@pytest.mark.parametrize("axis", [0, 1])
def test_heads_that_were_made_one_beside_the_other_are_no_steps(axis):
    def run(model, x):
        heads = torch.stack([layer(x).squeeze(-1) for layer in (model.a, model.b, model.c)][::-1])
        return (heads * torch.full_like(heads, 0.9).cumprod(axis)).mean()

    model = Forward(run, a=nn.Linear(4, 1), b=nn.Linear(4, 1), c=nn.Linear(4, 1))
    assert seen(model, lambda out, _: -out, (torch.randn(14, 4), torch.zeros(14))) == []


def test_discounts_of_one_episode_whose_steps_are_the_rows():
    def run(model, x):
        weight = torch.full((len(x), 3), 0.9).cumprod(0)
        return (weight * model.act(x)).mean()

    model = Forward(run, act=nn.Linear(4, 3))
    assert seen(model, lambda out, _: -out, (torch.randn(14, 4), torch.zeros(14))) == []
