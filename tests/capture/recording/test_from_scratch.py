"""Scripts from scratch: what they learn are plain tensors, and no model is called."""

from __future__ import annotations

import pytest
import torch
from programs import audited, slugs

MLP = """
def drawn(*shape):
    return (torch.randn(*shape) * 0.3).requires_grad_()


weights = {{"first": drawn(8, 16), "bias": torch.zeros(16, requires_grad=True), "last": drawn(16, 4)}}


def net(x):
    hidden = torch.relu(x @ weights["first"] + weights["bias"])
    return {out}


inputs, labels = torch.randn(60, 8), torch.randint(0, 4, (60,))
optimizer = torch.optim.SGD(weights.values(), 0.1)
for rows in torch.randperm(60).split(12):
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("loss", ["F.cross_entropy(net(inputs[rows]), labels[rows])",
                                  "nn.CrossEntropyLoss()(net(inputs[rows]), labels[rows])"])  # fmt: skip
@pytest.mark.parametrize(
    ("out", "told"),
    [
        ('hidden @ weights["last"]', []),
        ('(hidden @ weights["last"]).softmax(1)', ["activation_twice"]),
        ('hidden.softmax(0) @ weights["last"]', ["reduced_along_batch"]),
    ],
)
def test_a_net_of_plain_tensors(out, told, loss):
    assert slugs(MLP.format(out=out, loss=loss), "") == told


LINE = """
weight, bias = {weight}
inputs = torch.randn(60, 5)
targets = inputs.sum(1)
for start in range(0, 60, 12):
    prediction = inputs[start : start + 12] @ weight + bias
    loss = ((prediction{squeezed} - targets[start : start + 12]) ** 2).mean()
    {update}
"""
BY_HAND = """loss.backward()
    with torch.no_grad():
        for each in (weight, bias):
            each -= 0.01 * each.grad
            each.grad.zero_()
"""
DATA = """loss.backward()
    for each in (weight, bias):
        each.data = each.data - 0.01 * each.grad
        each.grad = None
"""
ASKED = """grads = torch.autograd.grad(loss, (weight, bias))
    weight, bias = (
        (each - 0.01 * grad).detach().requires_grad_() for each, grad in zip((weight, bias), grads, strict=True)
    )
"""
PLAIN = "torch.randn(5, 1, requires_grad=True), torch.zeros(1, requires_grad=True)"
BARE = "nn.Parameter(torch.randn(5, 1)), nn.Parameter(torch.zeros(1))"


@pytest.mark.parametrize("weight", [PLAIN, BARE])
@pytest.mark.parametrize("update", [BY_HAND, DATA, ASKED])
def test_a_line_that_is_fitted_by_hand(weight, update):
    assert slugs(LINE.format(weight=weight, squeezed=".squeeze(1)", update=update), "") == []
    [(slug, edits)] = audited(LINE.format(weight=weight, squeezed="", update=update), "")
    assert slug == "every_prediction_with_every_target"
    assert "squeeze(-1)" in edits[0]


RECURRENT = """
table, enter, pass_on, leave = (
    nn.Parameter(torch.randn(*shape) * 0.1) for shape in ((20, 8), (8, 12), (12, 12), (12, 20))
)
text = torch.randint(0, 20, (6, 31))
x, y = text[:, :-1], text[:, 1:]
optimizer = torch.optim.Adam([table, enter, pass_on, leave], 0.01)
for epoch in range(3):
    state, outs = torch.zeros(6, 12), []
    for step in range(30):
        state = torch.tanh(table[x[:, step]] @ enter + state @ pass_on)
        outs.append(state @ leave)
    loss = F.cross_entropy({logits}.reshape(-1, 20), {targets}.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("logits", "targets", "told"),
    [
        ("torch.stack(outs, 1)", "y", []),
        ("torch.cat(outs)", "y.T", []),
        ("torch.stack(outs)", "y", ["rows_in_another_order"]),
        ("torch.stack(outs, 1)", "y.T", ["rows_in_another_order"]),
    ],
)
def test_a_recurrent_net_by_hand_and_the_order_of_its_rows(logits, targets, told):
    assert slugs(RECURRENT.format(logits=logits, targets=targets), "") == told


BESIDE = """
model = nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 4))
shift = torch.zeros(6, requires_grad=True)
optimizer = torch.optim.SGD([*model.parameters(), shift], 0.1)
for _ in range(4):
    x, y = torch.randn(7, 6), torch.randint(0, 4, (7,))
    loss = F.cross_entropy(model(x + shift), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_plain_tensor_beside_a_model_changes_nothing():
    assert slugs(BESIDE, "") == []
    assert slugs(BESIDE.replace("model(x + shift)", "model(x + shift).softmax(1)"), "") == ["activation_twice"]


def kept_by(run):
    """What a program puts into ``kept``."""
    kept: list[tuple[object, ...]] = []
    __builtins__["kept"] = kept  # type: ignore[index]
    try:
        run()
    finally:
        del __builtins__["kept"]  # type: ignore[attr-defined]
    return kept


@pytest.mark.parametrize("update", [BY_HAND, DATA, ASKED])
def test_numbers_are_the_same_with_and_without(update):
    text = LINE.format(weight=PLAIN, squeezed=".squeeze(1)", update=update) + "\nkept.append((weight.detach(), loss))\n"
    run = "import torch\nfrom torch import nn\ntorch.manual_seed(0)\n" + text
    kept = [*kept_by(lambda: audited(text, "")), *kept_by(lambda: exec(run, {"__name__": "__main__"}))]
    (one, first), (two, second) = kept
    assert torch.equal(one, two)
    assert first.item() == second.item()


@pytest.mark.parametrize("update", [BY_HAND, DATA, ASKED])
def test_who_listens_steps_aside_behind_the_steps_that_are_looked_at(update):
    before = torch.Tensor.backward, torch.autograd.grad
    look = """
    from torch.overrides import _get_current_function_mode_stack
    kept.append((len(_get_current_function_mode_stack()), torch.Tensor.backward, torch.autograd.grad))
"""
    kept = kept_by(lambda: audited(LINE.format(weight=PLAIN, squeezed=".squeeze(1)", update=update + look), ""))
    assert [count for count, *_ in kept] == [1, 1, 1, 0, 0]
    assert kept[-1][1:] == (torch.Tensor.backward, torch.autograd.grad) == before


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
STEPPED = {
    "optimizer": "optimizer = torch.optim.SGD([first, shift, last], 0.1)",
    "step": "optimizer.zero_grad(); loss.backward(); optimizer.step()",
}
STEPPED_BY_HAND = {
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


@pytest.mark.parametrize("steps", [STEPPED, STEPPED_BY_HAND])
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
