"""Layers that a model got behind its optimizer, beside those that another one holds, or that nobody is to train."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head, self.late = nn.Linear(3, 4), nn.Linear(4, 9), None
        {inside}

    def forward(self, x):
        h = self.body(x)
        if self.late is None and {is_lazy}:
            self.late = nn.Linear(4, 4)
        return self.head(h if self.late is None else self.late(h))


model = Model()
{before}
optimizer = torch.optim.SGD({held}, 0.1)
{after}
for count in range(6):
    loss = F.cross_entropy(model(torch.randn(5, 3)), torch.randint(0, 2, (5,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {then}
"""
PLAIN = {"inside": "pass", "is_lazy": False, "before": "", "held": "model.parameters()", "after": "", "then": ""}
SWAPPED = {"after": "model.head = nn.Linear(4, 2)"}
COPIED = "old = model.head\nmodel.head = nn.Linear(4, 2)\nmodel.head.weight.data.copy_(old.weight.data[:2])"


@pytest.mark.parametrize(
    "changes",
    [
        SWAPPED,
        {"after": COPIED},
        {"after": "model.head = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))"},
        {"after": "model.late = nn.Linear(4, 4)"},
        {"after": "model.head.weight = nn.Parameter(torch.ones(9, 4))"},
        {"is_lazy": True},
        # The phase before was another optimizer's, and is over.
        SWAPPED | {"before": "first = torch.optim.SGD(model.parameters(), 0.1)\nfirst.step()"},
    ],
)
def test_what_a_model_got_behind_its_optimizer_is_not_trained(changes):
    text = PROGRAM.format(**PLAIN | changes)
    assert slugs(text, "") == ["made_after_optimizer"]
    assert lines_told(text, "") == ["optimizer = torch.optim.SGD(model.parameters(), 0.1)"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"before": "model.head = nn.Linear(4, 2)"},
        {"inside": "self.head = nn.Linear(4, 2)"},
        {"after": 'model.head = nn.Linear(4, 2)\noptimizer.add_param_group({"params": model.head.parameters()})'},
        SWAPPED | {"then": 'if count == 4: optimizer.add_param_group({"params": model.head.parameters()})'},
        {"after": "model.head = nn.Linear(4, 2).requires_grad_(False)"},
        SWAPPED | {"then": "[p.data.sub_(0.1 * p.grad) for p in model.head.parameters()]"},
        {
            "after": "model.head = nn.Linear(4, 2)\nother = torch.optim.SGD(model.head.parameters(), 0.1)",
            "then": "other.step()",
        },
        {"after": "model.head = nn.Linear(4, 2)\noptimizer = torch.optim.SGD(model.parameters(), 0.1)"},
        # A layer that was there before is left out as well: that is a choice, of both or of one.
        SWAPPED | {"held": "nn.Linear(1, 1).parameters()", "then": "[p.data.sub_(p.grad) for p in model.parameters()]"},
    ],
)
def test_what_was_handed_over_or_is_none_of_the_optimizers_is_left_alone(changes):
    assert slugs(PROGRAM.format(**PLAIN | changes), "") == []


AROUND = """
head = nn.Linear(4, 2)
optimizer = torch.optim.SGD(head.parameters(), 0.1)
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), head)
for count in range(6):
    loss = F.cross_entropy(model(torch.randn(5, 3)), torch.randint(0, 2, (5,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_model_that_is_built_around_what_is_trained_was_not_left_out():
    assert "made_after_optimizer" not in slugs(AROUND, "")


def test_a_model_that_is_wrapped_behind_its_optimizer_is_the_same():
    wrapped = PROGRAM.format(**PLAIN | {"after": "model.head = nn.Linear(4, 2)\nmodel = nn.Sequential(model)"})
    assert slugs(wrapped, "") == ["made_after_optimizer"]


def test_what_an_optimizer_was_kept_from_is_a_choice():
    changes = SWAPPED | {
        "after": "model.head = nn.Linear(4, 2)\noptimizer = torch.optim.SGD(model.body.parameters(), 0.1)"
    }
    assert "made_after_optimizer" not in slugs(PROGRAM.format(**PLAIN | changes), "")
