"""What keeps a loss from the parameters: named at its place, and left out."""

import pytest
import torch
from mended import mended

DATA = """
    model = nn.Linear(3, 2)
    x, y, labels = torch.randn(6, 3), torch.randn(6, 2), torch.randint(2, (6,))
"""


def found(program: str):
    return mended(DATA + program)


@pytest.mark.parametrize(
    ("lines", "name", "fixed"),
    [
        ("loss = F.mse_loss(model(x).argmax(1).float(), y[:, 0])", "model(x).argmax(1)", None),
        ("p = torch.argmax(model(x), dim=1)\n    loss = F.l1_loss(p.float(), y[:, 0])", "torch.argmax(", None),
        ("_, p = torch.max(model(x), 1)\n    loss = F.l1_loss(p.float(), y[:, 0])", "p", None),
        ("p = model(x).max(1)[1]\n    loss = F.l1_loss(p.float(), y[:, 0])", "model(x).max(1)[1]", None),
        ("p = model(x).max(1).indices\n    loss = F.l1_loss(p.float(), y[:, 0])", "model(x).max(1).indices", None),
        (
            "loss = F.mse_loss((model(x) > 0).float(), y)",
            "model(x) > 0",
            "loss = F.mse_loss(model(x).float(), y)",
        ),
        ("p = model(x).sigmoid().gt(0.5)\n    loss = F.mse_loss(p.float(), y)", ".gt(0.5)", "p = model(x).sigmoid()"),
        ("loss = F.mse_loss(model(x).long().float(), y)", "model(x).long()", "loss = F.mse_loss(model(x).float(), y)"),
        ("loss = F.mse_loss(model(x).to(torch.int64).float(), y)", "to(torch.int64)", None),
        ("p = model(x).detach()\n    loss = F.mse_loss(p, y)", "model(x).detach()", "p = model(x)"),
        ("p = model(x)\n    loss = F.mse_loss(p.data, y)", "p.data", "loss = F.mse_loss(p, y)"),
        ("loss = torch.tensor(F.mse_loss(model(x), y).item())", ".item()", "loss = F.mse_loss(model(x), y)"),
        ("p = torch.FloatTensor(model(x).tolist())\n    loss = F.mse_loss(p, y)", "tolist", "p = model(x)"),
        (
            "losses = []\n    for row, want in zip(x, y):\n"
            "        losses.append(F.mse_loss(model(row).detach(), want))\n    loss = torch.stack(losses).mean()",
            "model(row).detach()",
            "losses.append(F.mse_loss(model(row), want))",
        ),
        (
            "with torch.no_grad():\n        p = model(x)\n    loss = F.mse_loss(p, y)",
            "torch.no_grad()",
            "p = model(x)",
        ),
        (
            "with torch.inference_mode(): p = model(x)\n    loss = F.mse_loss(p, y)",
            "torch.inference_mode()",
            "p = model(x)",
        ),
        (
            "@torch.no_grad()\n    def run(rows):\n        return model(rows)\n    loss = F.mse_loss(run(x), y)",
            "@torch.no_grad()",
            "",
        ),
        (
            "torch.set_grad_enabled(False)\n    loss = F.mse_loss(model(x), y)",
            "torch.set_grad_enabled(False)",
            # The line goes; what it switched off stays so in this process.
            None,
        ),
    ],
)
def test_the_cut_is_named_and_left_out(lines, name, fixed):
    try:
        after = found(f"    {lines}\n    loss.backward()\n    print(model.weight.grad.shape)\n")
    finally:
        torch.set_grad_enabled(True)
    diagnosis = after.diagnoses[0]
    assert diagnosis.code == "SC535"
    assert name in diagnosis.explanation
    if fixed is not None:
        assert after.changed[0].splitlines()[0:1] == fixed.splitlines()[0:1]
        assert after.output == "torch.Size([2, 3])\n"


NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4, batch_first=True)
            self.head = nn.Linear(4, 2)

        def forward(self, x):
            {body}

    model = Net()
    def step(rows, want):
        loss = F.cross_entropy({scores}, want)
        loss.backward()
        return loss
    step(torch.randn(6, 5, 3), torch.randint(2, (6,)))
    print("learned")
"""


def test_a_cut_in_the_model_is_found_from_the_loss():
    body = "out, _ = self.rnn(x)\n            return self.head(out[:, -1]).detach()"
    after = mended(NET.format(body=body, scores="model(rows)"))
    assert after.changed == ["return self.head(out[:, -1])"]
    assert after.output == "learned\n"


def test_of_several_outputs_the_one_is_followed_that_the_loss_takes():
    body = (
        "out, _ = self.rnn(x)\n            scores = self.head(out[:, -1])\n            return scores, scores.argmax(1)"
    )
    after = mended(NET.format(body=body, scores="model(rows)[0].detach()"))
    assert after.changed == ["loss = F.cross_entropy(model(rows)[0], want)"]


def test_two_cuts_are_left_out_together():
    after = found(
        "    p = torch.sigmoid(model(x)).detach()\n    loss = F.mse_loss((p > 0.5).float(), y)\n"
        "    loss.backward()\n    print('learned')\n"
    )
    assert after.output == "learned\n"


def test_the_target_of_another_network_is_cut_on_purpose():
    after = found(
        "    other = nn.Linear(3, 2)\n    with torch.no_grad():\n        target = other(x).max(1).values\n"
        "    value = model(x).argmax(1).float()\n    loss = F.mse_loss(target, value)\n    loss.backward()\n"
    )
    assert "model(x).argmax(1)" in after.diagnoses[0].explanation
    assert "no_grad" not in after.diagnoses[0].explanation


def test_a_frozen_model_is_named_and_its_line():
    after = found(
        "    for parameter in model.parameters():\n        parameter.requires_grad = False\n"
        "    loss = F.mse_loss(model(x), y)\n    loss.backward()\n"
    )
    (diagnosis,) = after.diagnoses
    assert "no parameter of model asks for a gradient" in diagnosis.explanation
    assert diagnosis.place.source.strip() == "parameter.requires_grad = False"
    assert not diagnosis.fixes


def test_a_loss_of_data_alone_names_no_cut():
    (diagnosis,) = found("    loss = F.mse_loss(x, x + 1)\n    loss.backward()\n").diagnoses
    assert diagnosis.code == "SC535"
    assert diagnosis.certainty == "likely"
    assert not diagnosis.fixes
