"""What an audit must not change in the script that it listens to: numbers, warnings, tracebacks."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest
import torch
from torch import nn

from shapecheck.auditor import Auditor
from shapecheck.capture.recording import fast_path, listener, session, stack
from shapecheck.capture.recording.trained import Trained


@pytest.fixture
def auditor():
    found = Auditor()
    found.start()
    yield found
    found.stop()


def evaluated_between_steps():
    """A Transformer that is evaluated after each step of training, where torch takes its path for inference."""
    torch.manual_seed(0)
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, enable_nested_tensor=False
    )
    attention, head = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 3)
    optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], 0.1)
    x, y = torch.randn(5, 7, 8), torch.randint(3, (5,))
    seen = []
    for _ in range(5):
        encoder.train()
        attention.train()
        loss = nn.functional.cross_entropy(head(encoder(x).mean(1)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        encoder.eval()
        attention.eval()
        with torch.no_grad():
            seen += [loss.detach(), encoder(x), attention(x, x, x)[0]]
    return seen


def test_the_path_for_inference_is_taken_as_without(monkeypatch):
    plain = evaluated_between_steps()
    auditor = Auditor()
    auditor.start()
    heard = evaluated_between_steps()
    auditor.stop()
    assert all(torch.equal(one, other) for one, other in zip(plain, heard, strict=True))
    assert auditor._session.seen == session.MAX_STEPS
    assert not auditor._session.failures
    # The test can fail: without its special care the numbers differ.
    monkeypatch.setattr(fast_path, "_FUSED", ())
    auditor = Auditor()
    auditor.start()
    heard = evaluated_between_steps()
    auditor.stop()
    assert not all(torch.equal(one, other) for one, other in zip(plain, heard, strict=True))


def test_a_model_that_raises_inside_the_path_for_inference_leaves_the_recorder_where_it_was(auditor):
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    with torch.no_grad(), pytest.raises(RuntimeError):
        layer(torch.randn(5, 7, 9))
    assert stack.is_on_stack(auditor._session.recorder)


def test_warnings_point_where_they_point_without_and_as_often(tmp_path):
    lines = [
        "import sys, warnings, torch",
        "from torch import nn",
        "from shapecheck.auditor import Auditor",
        "auditor = Auditor()",
        "if len(sys.argv) > 1: auditor.start()",
        "model = nn.Linear(3, 1)",
        "optimizer = torch.optim.SGD(model.parameters(), 0.1)",
        "x, y = torch.randn(4, 3), torch.randn(4)",
        "for _ in range(5):",
        "    loss = nn.functional.mse_loss(model(x), y)",
        "    optimizer.zero_grad()",
        "    loss.backward()",
        "    optimizer.step()",
        "nn.L1Loss()(model(x), y)",
        "nn.functional.l1_loss(model(x), y)",
        "auditor.stop()",
        "print(warnings.showwarning.__module__)",
    ]
    script = tmp_path / "train.py"
    script.write_text("\n".join(lines) + "\n")

    def said(*arguments):
        ended = subprocess.run(
            [sys.executable, str(script), *arguments], capture_output=True, text=True, check=True, timeout=120
        )
        return ended.stdout, ended.stderr

    plain, heard = said(), said("audit")
    assert f"{script}:10: UserWarning" in plain[1]
    assert heard == plain


def test_a_warning_that_is_made_an_error_stays_one(auditor):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="target size"):
            nn.functional.mse_loss(torch.zeros(4, 1), torch.zeros(4))


def test_a_mistake_of_the_listener_ends_the_audit_and_not_the_training(monkeypatch):
    def broken(self):
        raise ValueError("a mistake")

    monkeypatch.setattr(listener.Listener, "hears", property(broken))
    auditor = Auditor()
    auditor.start()
    nn.Linear(3, 1)(torch.randn(4, 3)).sum().backward()
    auditor.stop()
    assert "it failed itself: ValueError: a mistake" in {item.why for item in auditor.not_checked}


def test_the_traceback_of_a_crash_is_that_of_python(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "import torch\nfrom torch import nn\nmodel = nn.Linear(3, 1)\n"
        "loss = nn.CrossEntropyLoss()(model(torch.randn(4, 3)), torch.zeros(3))\n"
    )
    plain, audited = (
        subprocess.run([sys.executable, *how, str(script)], capture_output=True, text=True, timeout=120).stderr
        for how in ((), ("-m", "shapecheck", "run", "--audit"))
    )
    assert "ValueError" in plain
    assert audited.startswith(plain)


def test_a_generator_of_the_scripts_own_stands_where_it_stood():
    def train():
        torch.manual_seed(0)
        model, generator = nn.Linear(3, 4), torch.Generator().manual_seed(3)
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        losses = []
        for _ in range(5):
            scores = model(torch.randn(5, 3))
            loss = (scores + torch.randn(scores.shape, generator=generator)).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return losses

    plain = train()
    auditor = Auditor()
    auditor.start()
    heard = train()
    auditor.stop()
    assert torch.equal(torch.stack(plain), torch.stack(heard))
    assert auditor._session.seen == session.MAX_STEPS


def test_a_complex_parameter_is_followed_without_a_word():
    trained, weight = Trained(), nn.Parameter(torch.ones(5, dtype=torch.complex64))
    assert trained.is_still(weight)
    with torch.no_grad():
        weight.mul_(-1j)
    assert not trained.is_still(weight)
