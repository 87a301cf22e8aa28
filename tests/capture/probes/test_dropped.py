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


def steps_of_a_decoder(model):
    y, cell = torch.randint(3, (4, 5)), nn.GRUCell(4, 3)
    x, state = torch.randn(5, 4), torch.zeros(5, 3)
    for t in range(4):
        state = model(x) + cell(x, state)
        x = torch.cat([state.detach(), x[:, :1]], 1)
        loss = functional.cross_entropy(state, y[t])
    return loss


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.criterion = nn.RNNCell(3, 3), nn.MSELoss()

    def forward(self, state, targets):
        token = torch.zeros(5, 3)
        for step in range(targets.shape[1]):
            state = self.cell(token, state)
            token = targets[:, step]
            loss = self.criterion(state, token)
        return loss


def inside_of_a_forward(model):
    return Decoder()(model(torch.randn(5, 4)), torch.randn(5, 6, 3))


def horizons_of_a_forecast(model):
    series, state = torch.randn(6, 4, 5).unbind(1), torch.zeros(6, 3)
    step = 0
    while step < 3:
        state = torch.tanh(model(torch.cat([state, series[0][:, :1]], 1)))
        loss = functional.smooth_l1_loss(state, series[step + 1][:, :3])
        step += 1
    return loss


def steps_until_the_end(model):
    y, state = torch.randint(3, (4, 5)), torch.zeros(5, 3)
    for t in range(4):
        state = model(torch.cat([state, torch.ones(5, 1)], 1))
        loss = functional.cross_entropy(state, y[t])
        if (y[t] == 7).all():
            break
    return loss


@pytest.mark.parametrize(
    ("loss_of", "line"),
    [
        (steps_until_the_end, "loss = functional.cross_entropy(state, y[t])"),
        (steps_of_a_decoder, "loss = functional.cross_entropy(state, y[t])"),
        (inside_of_a_forward, "loss = self.criterion(state, token)"),
        (horizons_of_a_forecast, "loss = functional.smooth_l1_loss(state, series[step + 1][:, :3])"),
    ],
)
def test_steps_without_a_loss_are_told(loss_of, line):
    (found,) = told(loss_of)
    assert found.slug == "loss_of_one_sample_only"
    assert "each time against other targets" in found.explanation
    assert linecache.getline(found.place.file, found.place.line).strip() == line


def batches_of_which_every_third_counts(model):
    for turn in range(6):
        x, y = torch.randn(5, 4), torch.randint(3, (5,))
        loss = functional.cross_entropy(model(x), y)
        if turn % 3 != 2:
            continue
        loss.backward()
    return functional.cross_entropy(model(x), y)


def batches_until_one_is_the_last(model):
    for turn in range(3):
        x, y = torch.randn(3, 5, 4), torch.randint(3, (3, 5))
        loss = functional.cross_entropy(model(x[turn]), y[turn])
        if len(x) > 5:
            break
    return loss


@pytest.mark.parametrize(
    "loss_of",
    [
        rows_of_the_output,
        rows_of_the_input,
        samples_made_one_by_one,
        last_of_a_list,
        batches_of_which_every_third_counts,
        batches_until_one_is_the_last,
    ],
)
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


def steps_that_are_added_up(model):
    y, state, loss = torch.randint(3, (4, 5)), torch.zeros(5, 3), 0.0
    for t in range(4):
        state = model(torch.cat([state, torch.ones(5, 1)], 1))
        loss = loss + functional.cross_entropy(state, y[t])
    return loss


def inner_steps_of_a_task(model):
    weight = model.weight
    x, y = torch.randn(3, 5, 4), torch.randn(3, 5, 3)
    for k in range(2):
        loss = functional.mse_loss(x[k] @ weight.t(), y[k])
        (slope,) = torch.autograd.grad(loss, weight, create_graph=True)
        weight = weight - 0.1 * slope
    return functional.mse_loss(x[2] @ weight.t(), y[2]) + 0 * model.bias.sum()


def backward_in_each_turn(model):
    y, state = torch.randn(4, 5, 3), torch.zeros(5, 3)
    for step in range(4):
        state = model(torch.cat([state, torch.ones(5, 1)], 1))
        loss = functional.mse_loss(state, y[step])
        if step < 3:
            torch.autograd.backward([loss], retain_graph=True)
    return loss


def measured_in_passing(model):
    y, state, worst = torch.randn(4, 5, 3), torch.zeros(5, 3), []
    for step in range(4):
        state = model(torch.cat([state, torch.ones(5, 1)], 1))
        loss = functional.mse_loss(state, y[step])
        worst.append(loss)
    return loss


# fmt: off
def drawn_again_until_it_fits(model):
    for _ in range(4):
        x, y = torch.randn(5, 4), torch.randint(3, (5,)); loss = functional.cross_entropy(model(x), y)  # noqa: E702
        if y.float().std() > 5: break  # noqa: E701
    return loss


# fmt: on
def asked_for_again_until_it_fits(model):
    loader = [(torch.randn(5, 4), torch.randn(5, 3)) for _ in range(6)]
    batches, tries = iter(loader), 0
    while True:
        try:
            x, y = next(batches)
        except StopIteration:
            batches = iter(loader)
            x, y = next(batches)
        loss = functional.mse_loss(model(x), y)
        tries += 1
        if tries > 2 or y.std() > 5:
            break
    return loss


def passed_over_by_what_it_holds(model):
    for _ in range(4):
        x, y = torch.randn(5, 4), torch.randn(5, 3)
        loss = functional.mse_loss(model(x), y)
        if y.max() < 1.5:
            continue
        model.zero_grad()
        loss.backward()
    return functional.mse_loss(model(x), y)


@pytest.mark.parametrize(
    "loss_of",
    [
        drawn_again_until_it_fits,
        asked_for_again_until_it_fits,
        passed_over_by_what_it_holds,
        steps_that_are_added_up,
        inner_steps_of_a_task,
        backward_in_each_turn,
        measured_in_passing,
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
