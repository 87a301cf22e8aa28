"""Second derivatives in the terms of an equation, by several ways of taking them and of reading their columns."""

from __future__ import annotations

import pytest
from programs import audited, slugs

EQUATION = """
class Field(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = {net}

    def forward(self, points):
        return self.net(points)


def residual(field, points):
    x = points.clone().requires_grad_(True)
    u = field(x)
    first = torch.autograd.grad(u, x, torch.ones_like(u), create_graph=True)[0]
    {second}
    return {told}


model = Field()
optimizer = torch.optim.Adam(model.parameters())
points = torch.rand(11, {size})
for _ in range(3):
    loss = residual(model, points).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
NET = "nn.Sequential(nn.Linear({size}, 6), nn.Tanh(), nn.Linear(6, 1))"
ONES = "second = torch.autograd.grad(first, x, torch.ones_like(first), create_graph=True)[0]"
SUM = "(second,) = torch.autograd.grad(first.sum(), x, create_graph=True)"
READ = "second[:, [0]] + second[:, [1]]"


def program(second=ONES, told=READ, size=2, net=NET):
    return EQUATION.format(net=net.format(size=size), second=second, told=told, size=size)


@pytest.mark.parametrize("second", [ONES, SUM])
@pytest.mark.parametrize(
    "told",
    [
        READ,
        "second[:, 0] - 0.5 * first[:, 1]",
        "second[:, 1:2] * u",
        "sum(second.unbind(1)[1:])",
        "second.select(1, 0) + second.select(1, -1)",
    ],
)
def test_columns_of_the_gradient_of_all(second, told):
    assert slugs(program(second, told), "") == ["second_derivatives_mixed"]


def test_three_numbers():
    assert slugs(program(told="second[:, 0] + second[:, 2]", size=3), "") == ["second_derivatives_mixed"]


def test_the_edit_takes_the_gradient_of_the_column():
    ((slug, edits),) = audited(program(), "")
    own = "torch.autograd.grad(first[:, {0}].sum(), x, create_graph=True)[0][:, [{0}]]"
    right = f"{own.format(0)} + {own.format(1)}"
    assert (slug, [edit.strip() for edit in edits]) == ("second_derivatives_mixed", [f"return {right}"])
    assert slugs(program(told=right), "") == []


@pytest.mark.parametrize(
    ("second", "told", "size", "net"),
    [
        # Of one number there is one derivative.
        (ONES, "second[:, [0]] + u", 1, NET),
        # Each first derivative is a function of its own number alone: none is mixed.
        (ONES, READ, 2, "nn.Conv1d(1, 1, 1)"),
        # All columns are read alike: the length of a gradient, or a product with one.
        (ONES, "second.norm(dim=1)", 2, NET),
        (ONES, "(second * first).sum(1)", 2, NET),
        # Weights that are not all the same name one direction.
        (ONES.replace("torch.ones_like(first)", "torch.tensor([1.0, 0.0]).expand_as(first)"), READ, 2, NET),
        (ONES.replace("grad(first, x, torch.ones_like(first)", "grad(first[:, 0].sum(), x"), READ, 2, NET),
    ],
)
def test_derivatives_that_are_meant(second, told, size, net):
    text = program(second, told, size, net)
    if "Conv" in net:
        text = text.replace("self.net(points)", "self.net(points.tanh()[:, None]).tanh().sum((1, 2))[:, None]")
    assert slugs(text, "") == []
