"""Models that are functions of tensors: heard from the second step on, and as right or wrong as modules are."""

from __future__ import annotations

import pytest
from programs import slugs

NET = """
def made(*sizes):
    return (torch.randn(*sizes) * 0.3).requires_grad_()


first, shift, last = made(6, 8), torch.zeros(8, requires_grad=True), made(8, {outputs})


def net(x):
    return {out}


x = torch.randn(40, 6)
y = {y}
{optimizer}
for rows in torch.arange(40).split(8):
    loss = {loss}
    {step}
"""
BY_OPTIMIZER = {
    "optimizer": "optimizer = torch.optim.SGD([first, shift, last], 0.1)",
    "step": "optimizer.zero_grad(); loss.backward(); optimizer.step()",
}
BY_HAND = {
    "optimizer": "",
    "step": """loss.backward()
    with torch.no_grad():
        for part in (first, shift, last):
            part -= 0.1 * part.grad
            part.grad.zero_()
    """,
}
CLASSES = {"outputs": 3, "y": "torch.randint(0, 3, (40,))", "loss": "F.cross_entropy(net(x[rows]), y[rows])"}
NUMBERS = {"outputs": 1, "y": "torch.randn(40)", "loss": "(net(x[rows]) - y[rows]).pow(2).mean()"}
HIDDEN = "torch.tanh(x @ first + shift) @ last"


@pytest.mark.parametrize("steps", [BY_OPTIMIZER, BY_HAND])
@pytest.mark.parametrize(
    ("task", "out", "expected"),
    [
        (CLASSES, f"({HIDDEN}).softmax(-1)", ["activation_twice"]),
        (CLASSES, f"({HIDDEN}).softmax(0).log()", ["reduced_along_batch"]),
        (CLASSES, HIDDEN, []),
        (NUMBERS, HIDDEN, ["every_prediction_with_every_target"]),
        (NUMBERS, f"({HIDDEN}).squeeze(1)", []),
    ],
)
def test_what_is_wrong_is_told_and_what_is_right_is_not(steps, task, out, expected):
    assert slugs(NET.format(out=out, **task, **steps), "") == expected


def test_numbers_that_are_learned_for_themselves():
    program = """
points, scale = torch.linspace(0, 4, 12)[:, None], torch.zeros((), requires_grad=True)
values = points.sin().squeeze(1)
optimizer = torch.optim.Adam([scale], 0.1)
for _ in range(5):
    kernel = torch.exp(-torch.cdist(points, points).square() / scale.exp()) + 0.1 * torch.eye(12)
    root = torch.linalg.cholesky(kernel)
    loss = 0.5 * (values[None] @ torch.cholesky_solve(values[:, None], root)).squeeze() + root.diagonal().log().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    assert slugs(program, "") == []


def test_a_module_that_is_trained_behind_it_is_heard_as_well():
    program = """
start = torch.randn(7, requires_grad=True)
start.pow(2).sum().backward()
model = nn.Linear(6, 3)
batches = [(torch.randn(5, 6), torch.randint(0, 3, (5,))) for _ in range(4)]
"""
    wrong = "criterion = lambda scores, labels: F.cross_entropy(scores.softmax(-1), labels)\n"
    train = """
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x, y in batches:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
"""
    assert slugs(program, wrong + train) == ["activation_twice"]
    assert slugs(program, wrong.replace(".softmax(-1)", "") + train) == []
