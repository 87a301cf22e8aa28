"""The graph of the loss that grows, beside graphs that are shared or long on purpose."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn
from torch.nn import functional

from shapecheck.auditor import Auditor


def told(script):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        script()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    return [found.slug for found in auditor.diagnoses]


def trained(*modules):
    return torch.optim.SGD([parameter for module in modules for parameter in module.parameters()], 0.1)


def update(optimizer, loss, **keywords):
    optimizer.zero_grad()
    loss.backward(**keywords)
    optimizer.step()


class Kept(nn.Module):
    """Keeps its state, with its graph; what it begins anew from has the shape of that, and no graph."""

    def __init__(self):
        super().__init__()
        self.cell, self.state = nn.GRUCell(3, 4), torch.zeros(2, 4)

    def forward(self, x):
        self.state = self.cell(x, torch.zeros_like(self.state))
        return self.state


def shape_of_what_was_kept():
    model = Kept()
    optimizer = trained(model)
    for _ in range(4):
        update(optimizer, model(torch.randn(2, 3)).pow(2).mean())


def test_a_shape_brings_no_graph():
    assert told(shape_of_what_was_kept) == []


@pytest.mark.parametrize("like", ["type_as", "expand_as", "view_as", "to"])
def test_nor_does_what_a_tensor_is_made_like(like):
    def script():
        layer, x = nn.Linear(3, 2), torch.randn(4, 3)
        optimizer, goal = trained(layer), torch.rand(4, 2)
        for _ in range(5):
            out = layer(x)
            # The dtype and the shape are those already: the tensor itself comes back.
            goal = getattr(goal, like)(out)
            update(optimizer, functional.mse_loss(out, goal))

    assert told(script) == []


def loss_that_is_added_up():
    model = nn.Linear(3, 1)
    optimizer, total = trained(model), 0
    for _ in range(4):
        x = torch.randn(5, 3)
        total = total + functional.mse_loss(model(x), x[:, :1])
        update(optimizer, total, retain_graph=True)


def center_that_is_kept(detached):
    def script():
        model = nn.Linear(3, 2)
        optimizer, center = trained(model), torch.zeros(2)
        for _ in range(4):
            z = model(torch.randn(6, 3))
            center = 0.9 * center + 0.1 * z.mean(0)
            update(optimizer, (z - center).pow(2).mean(), retain_graph=True)
            center = center.detach() if detached else center

    return script


def updated_by_hand():
    weight, state = nn.Parameter(torch.randn(3, 4)), torch.zeros(5, 4)
    model = nn.Linear(3, 4)
    for _ in range(3):
        state = 0.5 * state + model(torch.randn(5, 3)) + torch.randn(5, 3) @ weight
        (state - 1).pow(2).mean().backward(retain_graph=True)
        with torch.no_grad():
            for parameter in (weight, *model.parameters()):
                parameter -= 0.1 * parameter.grad
                parameter.grad = None


@pytest.mark.parametrize("script", [loss_that_is_added_up, center_that_is_kept(False), updated_by_hand])
def test_a_growing_graph_is_told(script):
    assert told(script) == ["graph_grows"]


def test_the_growth_is_shown():
    auditor = Auditor()
    auditor.start()
    loss_that_is_added_up()
    auditor.stop()
    found = auditor.diagnoses[0]
    assert (
        "reaches back through 3 operations, of the next through 6, of the one after that through 9" in found.explanation
    )
    assert linecache.getline(found.place.file, found.place.line).strip() == "loss.backward(**keywords)"


def test_the_name_that_brings_the_graph_along_is_detached():
    auditor = Auditor()
    auditor.start()
    loss_that_is_added_up()
    auditor.stop()
    (fix,) = auditor.diagnoses[0].fixes
    assert fix.title == "total.detach()"
    assert fix.edits[0].replacement == "        total = total.detach() + functional.mse_loss(model(x), x[:, :1])\n"


def state_that_is_detached():
    model = nn.LSTM(3, 4, batch_first=True)
    optimizer, state = trained(model), None
    for _ in range(4):
        out, state = model(torch.randn(2, 5, 3), state)
        state = tuple(part.detach() for part in state)
        update(optimizer, out.pow(2).mean())


def critic_that_sees_one_fake_three_times():
    generator, critic = nn.Linear(2, 3), nn.Linear(3, 1)
    one, other = trained(generator), trained(critic)
    for _ in range(2):
        fake = generator(torch.randn(6, 2))
        for _ in range(3):
            update(other, critic(fake).mean() - critic(torch.randn(6, 3)).mean(), retain_graph=True)
        update(one, -critic(fake).mean())


def three_losses_on_one_graph():
    body, heads = nn.Linear(3, 4), nn.ModuleList([nn.Linear(4, 1) for _ in range(3)])
    optimizer = trained(body, heads)
    for _ in range(2):
        features = body(torch.randn(5, 3))
        optimizer.zero_grad()
        for head in heads:
            head(features).pow(2).mean().backward(retain_graph=True)
        optimizer.step()


def chunks_of_one_sequence_before_one_update():
    cell = nn.GRUCell(3, 4)
    optimizer = trained(cell)
    for _ in range(2):
        state = torch.zeros(2, 4)
        optimizer.zero_grad()
        for _ in range(4):
            state = cell(torch.randn(2, 3), state)
            state.pow(2).mean().backward(retain_graph=True)
        optimizer.step()


def inner_steps_of_a_meta_learner():
    model = nn.Linear(3, 1)
    optimizer = trained(model)
    for _ in range(4):
        x = torch.randn(6, 3)
        weight, bias = model.weight, model.bias
        model(x)
        for _ in range(2):
            loss = functional.mse_loss(functional.linear(x, weight, bias), x[:, :1])
            slopes = torch.autograd.grad(loss, (weight, bias), create_graph=True)
            weight, bias = weight - 0.1 * slopes[0], bias - 0.1 * slopes[1]
        update(optimizer, functional.mse_loss(functional.linear(x, weight, bias), x[:, :1]))


@pytest.mark.parametrize(
    "script",
    [
        center_that_is_kept(True),
        state_that_is_detached,
        critic_that_sees_one_fake_three_times,
        three_losses_on_one_graph,
        chunks_of_one_sequence_before_one_update,
        inner_steps_of_a_meta_learner,
    ],
)
def test_graphs_that_are_meant_are_left_alone(script):
    assert told(script) == []
