"""Losses of a loop of which only the last is kept, beside loops whose last loss holds everything."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn
from torch.nn import functional

from shapecheck.auditor import Auditor


def told(loss_of):
    torch.manual_seed(0)
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    auditor = Auditor()
    auditor.start()
    try:
        for _ in range(3):
            loss = loss_of(model)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    return auditor.diagnoses


def rows_of_the_output(model):
    x, y = torch.randn(5, 4), torch.randint(3, (5,))
    out = model(x)
    for k in range(5):
        loss = functional.cross_entropy(out[k : k + 1], y[k : k + 1])
    return loss


def rows_of_the_input(model):
    loss = torch.zeros(())
    for row in torch.randn(5, 4):
        loss = functional.mse_loss(model(row), row[:3])
    return loss


def samples_made_one_by_one(model):
    for _ in range(5):
        x = torch.randn(4)
        loss = (model(x) - x[:3]).abs().mean()
    return loss


def last_of_a_list(model):
    return [functional.mse_loss(model(row), row[:3]) for row in torch.randn(5, 4)][-1]


@pytest.mark.parametrize("loss_of", [rows_of_the_output, rows_of_the_input, samples_made_one_by_one, last_of_a_list])
def test_samples_without_a_loss_are_told(loss_of):
    assert [found.slug for found in told(loss_of)] == ["loss_of_one_sample_only"]


def test_the_assignment_in_the_loop_is_to_be_changed():
    (found,) = told(rows_of_the_input)
    (edit,) = found.fixes[0].edits
    assert edit.replacement == "        loss = loss + functional.mse_loss(model(row), row[:3])\n"
    assert linecache.getline(edit.file, edit.line) == "        loss = functional.mse_loss(model(row), row[:3])\n"
    assert "computed 5 times" in found.explanation


def added_up(model):
    loss = 0
    for row in torch.randn(5, 4):
        loss = loss + functional.mse_loss(model(row), row[:3])
    return loss


def stacked(model):
    return torch.stack([functional.mse_loss(model(row), row[:3]) for row in torch.randn(5, 4)]).mean()


def hardest_by_its_number(model):
    losses = [functional.mse_loss(model(row), row[:3]) for row in torch.randn(5, 4)]
    return max(losses, key=lambda loss: loss.item())


def hardest_by_comparison(model):
    worst = None
    for row in torch.randn(5, 4):
        loss = functional.mse_loss(model(row), row[:3])
        if worst is None or loss > worst:
            worst = loss
    return worst


def last_of_a_refinement(model):
    x = torch.randn(5, 4)
    z = x
    for _ in range(3):
        z = torch.cat([model(z), x[:, :1]], 1)
        loss = functional.mse_loss(z, x)
    return loss


def last_step_of_a_recurrence(model):
    cell, y = nn.RNNCell(3, 3), torch.randn(2, 3)
    state = torch.zeros(2, 3)
    for row in torch.randn(5, 2, 4):
        state = cell(model(row), state)
        loss = functional.mse_loss(state, y)
    return loss


def attacked(model):
    x, y = torch.randn(5, 4), torch.randint(3, (5,))
    shift = torch.zeros_like(x, requires_grad=True)
    for turn in range(3):
        loss = functional.cross_entropy(model(x + shift), y)
        if turn < 2:
            (slope,) = torch.autograd.grad(loss, shift)
            shift = (shift + 0.1 * slope.sign()).detach().requires_grad_()
    return loss


@pytest.mark.parametrize(
    "loss_of",
    [
        added_up,
        stacked,
        hardest_by_its_number,
        hardest_by_comparison,
        last_of_a_refinement,
        last_step_of_a_recurrence,
        attacked,
    ],
)
def test_losses_that_hold_everything_are_left_alone(loss_of):
    assert told(loss_of) == ()
