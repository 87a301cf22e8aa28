"""Steps that are not ``loss.backward(); optimizer.step()``: closures, gradients that are asked for, other threads."""

from __future__ import annotations

import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from programs import slugs
from torch import Tensor, nn

from shapecheck.auditor import Auditor
from shapecheck.capture.recording import session

# Softmax in front of a loss that has its own: found in whatever step it stands.
MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 7), nn.Linear(7, 3)
    def forward(self, x):
        return torch.softmax(self.b(torch.tanh(self.a(x))), 1)
net = Net()
x, y = torch.randn(12, 5), torch.randint(3, (12,))
"""
WAYS = {
    "closure": """
optimizer = torch.optim.{optimizer}(net.parameters(), lr=0.1)
def closure():
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    return loss
for _ in range(4):
    optimizer.step({given}closure)
""",
    "gradient": """
parameters = list(net.parameters())
for _ in range(4):
    loss = F.cross_entropy(net(x), y)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
            parameter -= 0.1 * gradient
""",
    "penalty": """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    given = x.clone().requires_grad_()
    scores = net(given)
    gradient, = torch.autograd.grad(scores.sum(), given, create_graph=True)
    loss = F.cross_entropy(scores, y) + ((gradient.norm(dim=1) - 1) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
    "clipped": """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    loss = F.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
""",
    "inner loop": """
from torch.func import functional_call
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    slow = dict(net.named_parameters())
    inner = F.cross_entropy(functional_call(net, slow, (x[:5],)), y[:5])
    gradients = torch.autograd.grad(inner, list(slow.values()), create_graph=True)
    fast = {{name: value - 0.1 * gradient for (name, value), gradient in zip(slow.items(), gradients)}}
    loss = F.cross_entropy(functional_call(net, fast, (x[5:],)), y[5:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
}


@pytest.mark.parametrize(
    ("way", "optimizer", "given"),
    [("closure", "LBFGS", ""), ("closure", "SGD", ""), ("closure", "Adam", "closure="), ("gradient", "", ""),
     ("penalty", "", ""), ("clipped", "", ""), ("inner loop", "", "")],
)  # fmt: skip
def test_a_mistake_is_found_in_a_step_of_each_kind(way: str, optimizer: str, given: str) -> None:
    assert slugs(MODEL, WAYS[way].format(optimizer=optimizer, given=given)) == ["activation_twice"]


def trained(optimizer_of: Callable[..., torch.optim.Optimizer]) -> list[Tensor]:
    """What comes out of a few steps with a closure, random numbers included."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.3), nn.Linear(8, 1))
    optimizer = optimizer_of(model.parameters())
    x, y = torch.randn(6, 3), torch.randn(6, 1)
    losses = []

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        losses.append(loss.detach())
        return loss

    for _ in range(5):
        optimizer.step(closure)
    return [*losses, *(parameter.detach() for parameter in model.parameters()), torch.get_rng_state()]


@pytest.mark.parametrize("optimizer_of", [torch.optim.LBFGS, torch.optim.AdamW])
def test_training_with_a_closure_is_the_same_bit_for_bit(optimizer_of: Callable[..., torch.optim.Optimizer]) -> None:
    plain = trained(optimizer_of)
    auditor = Auditor()
    auditor.start()
    heard = trained(optimizer_of)
    auditor.stop()
    assert auditor._session.seen == session.MAX_STEPS
    assert not auditor._session.failures
    assert len(plain) == len(heard)
    assert all(torch.equal(one, other) for one, other in zip(plain, heard, strict=True))


def test_a_crash_in_a_closure_has_the_traceback_of_python(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import torch\nlinear = torch.nn.Linear(5, 2)\noptimizer = torch.optim.LBFGS(linear.parameters())\n"
        "optimizer.step(lambda: linear(torch.zeros(3, 4)))\n"
    )
    plain, heard = (
        subprocess.run([sys.executable, *how, "train.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        for how in ((), ("-m", "shapecheck", "run", "--audit"))
    )
    assert "mat1 and mat2" in plain.stderr
    assert heard.stderr.startswith(plain.stderr)


def test_second_derivatives_are_computed_again() -> None:
    auditor = Auditor()
    auditor.start()
    model = nn.Sequential(nn.Linear(1, 9), nn.Tanh(), nn.Linear(9, 1))
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(4):
        t = torch.rand(13, 1, requires_grad=True)
        u = model(t)
        (u_t,) = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)
        (u_tt,) = torch.autograd.grad(u_t.sum(), t, create_graph=True)
        loss = ((u_tt + u) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    auditor.stop()
    assert auditor.diagnoses == ()
    assert auditor.not_checked == ()
    assert "each sample has its own terms of the loss" in auditor.checked


def test_samples_that_meet_in_a_gradient_are_apart_in_it_as_well() -> None:
    body = """
    model = nn.Sequential(nn.LSTM(3, 4), )
    head = nn.Linear(4, 1)
    optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], 0.1)
    for _ in range(4):
        x = torch.randn(6, 7, 3, requires_grad=True)
        scores = head(model(x)[0][:, -1])
        gradient, = torch.autograd.grad(scores.sum(), x, create_graph=True)
        loss = F.mse_loss(scores, torch.randn(6, 1)) + gradient.pow(2).mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
    """
    assert slugs(body, "") == ["recurrent_along_batch"]


def test_training_in_another_thread_is_said_not_to_be_audited() -> None:
    def train() -> None:
        model = nn.Linear(3, 1)
        model(torch.randn(4, 3)).mean().backward()

    auditor = Auditor()
    auditor.start()
    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    auditor.stop()
    assert [(item.what, item.why) for item in auditor.not_checked] == [
        (
            "the audit of the running script",
            "a model was called in another thread; only the thread that imports torch is listened to",
        )
    ]
    assert auditor.checked == ()


def test_an_error_of_a_closure_reaches_the_script_as_it_is() -> None:
    optimizer = torch.optim.SGD(nn.Linear(3, 1).parameters(), 0.1)

    def closure() -> Tensor:
        raise KeyError("mine")

    auditor = Auditor()
    auditor.start()
    with pytest.raises(KeyError) as caught:
        optimizer.step(closure)
    auditor.stop()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "closure"
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "look",
    [
        "size = score.weight.grad.abs().sum().item()",
        "size = sum(p.grad.norm().item() for p in score.parameters())",
        "size = (0.1 * score.weight.grad / score.weight).std().item()",
    ],
)
def test_gradients_that_are_looked_at_behind_an_update_are_no_part_of_the_next_step(look):
    program = f"""
    score, top = nn.Linear(6, 1), nn.Linear(6, 3)
    optimizer = torch.optim.SGD([*score.parameters(), *top.parameters()], 0.1)
    for _ in range(4):
        x, y = torch.randn(5, 7, 6), torch.randint(0, 3, (5,))
        loss = F.cross_entropy(top((score(x).softmax({{}}) * x).sum(1)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        {look}
    """
    assert slugs(program.format(2), "") == ["softmax_of_one"]
    assert slugs(program.format(1), "") == []
