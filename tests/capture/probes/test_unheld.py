"""Layers that no module knows of and no optimizer holds, beside those that are kept apart on purpose."""

from __future__ import annotations

import pytest
from programs import audited, slugs

KEPT = """
class Model(nn.Module):
    def __init__(self, extra=()):
        super().__init__()
        self.branches = {kept}
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        parts = self.branches.values() if hasattr(self.branches, "values") else self.branches
        return self.out(torch.cat([branch(x) for branch in parts], dim=1))


model = Model()
batches = [(torch.randn(6, 3), torch.randn(6, 2)) for _ in range(4)]
criterion = nn.MSELoss()
"""
TRAIN = """
optimizer = torch.optim.SGD({given}, 0.01)
for x, y in batches:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    {before}
    optimizer.step()
"""
TWO = "[nn.Linear(3, 4), nn.Linear(3, 4)]"


def train(given: str = "model.parameters()", before: str = "pass") -> str:
    return TRAIN.format(given=given, before=before)


@pytest.mark.parametrize(
    ("kept", "right"),
    [
        (TWO, f"nn.ModuleList({TWO})"),
        (f"list({TWO})", f"nn.ModuleList({TWO})"),
        (f"tuple({TWO})", f"nn.ModuleList({TWO})"),
        ("dict(a=nn.Linear(3, 4), b=nn.Linear(3, 4))", "nn.ModuleDict(dict(a=nn.Linear(3, 4), b=nn.Linear(3, 4)))"),
    ],
)
def test_layers_in_a_plain_container_are_told_at_its_line(kept, right):
    ((slug, lines),) = audited(KEPT.format(kept=kept), train())
    assert slug == "hidden_in_plain_list"
    assert [line.strip() for line in lines] == [f"self.branches = {right}"]
    assert slugs(KEPT.format(kept=right), train()) == []


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("self.branches: list = {kept}", "self.branches: list = nn.ModuleList({kept})"),
        ("self.size, self.branches = 4, {kept}", "self.size, self.branches = 4, nn.ModuleList({kept})"),
    ],
)
def test_a_plain_list_is_told_however_it_is_assigned(written, right):
    program = KEPT.replace("self.branches = {kept}", written).format(kept=TWO)
    ((slug, lines),) = audited(program, train())
    assert slug == "hidden_in_plain_list"
    assert [line.strip() for line in lines] == [right.format(kept=TWO)]


def test_a_plain_list_is_told_whatever_the_module_calls_itself():
    program = KEPT.replace("self", "this").format(kept=TWO)
    assert slugs(program, train()) == ["hidden_in_plain_list"]


@pytest.mark.parametrize(
    "after",
    [
        train("[*model.parameters(), *(p for b in model.branches for p in b.parameters())]"),
        # What is changed by hand is trained.
        train(before="[p.data.sub_(p.grad) for b in model.branches for p in b.parameters()]"),
        # What comes into an optimizer later as well.
        train() + "late = torch.optim.SGD([p for b in model.branches for p in b.parameters()], 0.1)\nlate.step()\n",
    ],
)
def test_what_somebody_else_changes_is_left_alone(after):
    assert slugs(KEPT.format(kept=TWO), after) == []


def test_a_frozen_part_may_be_hidden():
    frozen = f"[part.requires_grad_(False) for part in {TWO}]"
    assert slugs(KEPT.format(kept=frozen), train()) == []


def test_a_part_from_outside_that_is_put_into_a_list_alone():
    text = KEPT.format(kept="[extra]").replace("nn.Linear(8, 2)", "nn.Linear(4, 2)")
    assert slugs(text.replace("Model()", "Model(nn.Linear(3, 4))"), train()) == []
