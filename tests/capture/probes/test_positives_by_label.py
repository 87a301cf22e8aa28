"""Labels that say which rows are positives of each other, in the order of the rows or in another one."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.utils.data import DataLoader, Dataset


class Views(Dataset):
    def __init__(self):
        self.x, self.y = torch.randn(24, 6), torch.arange(24) % 3

    def __len__(self):
        return len(self.x)

    def __getitem__(self, row):
        return self.x[row] + 0.1 * torch.randn(6), self.x[row] * (1 + 0.1 * torch.rand(6)), self.y[row]


def loss_of(z, labels, kinds):
    z = F.normalize(z, dim=1)
    itself = torch.eye(len(z), dtype=torch.bool)
    scores = z @ z.t() / 0.2
    scores = scores - scores.masked_fill(itself, float("-inf")).logsumexp(1, keepdim=True)
    positive = ({equal}) & ~itself
    return -((scores * positive).sum(1) / positive.sum(1).clamp(min=1)).mean()


model = nn.Linear(6, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for one, other, labels in DataLoader(Views(), 8, shuffle=True):
    {join}
    loss = loss_of(z, {labels}, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BEHIND = "z = model(torch.cat([one, other]))"
TWO = "z = torch.cat([model(one), model(other)], dim=0)"
BESIDE = "z = model(torch.stack([one, other], dim=1).flatten(0, 1))"
EQUAL = "labels[:, None] == labels[None, :]"
UNDER, NEXT = "labels.repeat(2)", "labels.repeat_interleave(2)"
CASES = [
    (BEHIND, NEXT, EQUAL, True),
    (TWO, NEXT, "labels.view(-1, 1).eq(labels.view(-1, 1).T)", True),
    (TWO, "labels.repeat_interleave(2, dim=0)", "labels.unsqueeze(0) == labels.unsqueeze(1)", True),
    (BESIDE, UNDER, EQUAL, True),
    (BEHIND, UNDER, EQUAL, False),
    (TWO, "torch.cat([labels, labels])", EQUAL, False),
    (BESIDE, NEXT, EQUAL, False),
    (BESIDE, "torch.stack([labels, labels], 1).flatten()", EQUAL, False),
    # The rows alone decide where all of one batch belong together.
    (BEHIND, "torch.zeros(16)", EQUAL, False),
    # Each row is held against those of another list.
    (BEHIND, NEXT, "labels[:, None] == kinds.repeat(2)[None, :]", False),
    ("z = model(one)", "labels", EQUAL, False),
]


@pytest.mark.parametrize(("join", "labels", "equal", "found"), CASES)
def test_each_row_has_the_label_of_its_sample(join, labels, equal, found):
    program = PROGRAM.format(join=join, labels=labels, equal=equal)
    assert slugs(program, "") == (["copies_in_another_order"] if found else [])


def test_labels_that_are_no_copies_are_put_into_the_order_of_the_rows():
    program = PROGRAM.format(join=TWO, labels="torch.stack([labels, labels], 1).flatten()", equal=EQUAL)
    assert slugs(program, "") == ["positives_of_others"]


def test_the_copies_are_made_the_other_way():
    edit = "    loss = loss_of(z, labels.repeat(2), labels)\n"
    program = PROGRAM.format(join=TWO, labels=NEXT, equal=EQUAL)
    assert audited(program, "") == [("copies_in_another_order", [edit])]


# Patches whose colour is that of their label, in two views side by side.
TINTED = """
def views(n):
    labels = torch.randint(0, 3, (n,))
    x = torch.rand(n, 6) + 0.5 * torch.eye(3)[labels].repeat(1, 2)
    return torch.stack([x + 0.1 * torch.randn(n, 6), x * (1 + 0.1 * torch.rand(n, 1))], dim=1), labels


def criterion(z, labels):
    z = F.normalize({joined}, dim=1)
    labels = {labels}
    itself = torch.eye(len(z), dtype=torch.bool)
    scores = z @ z.t() / 0.2
    scores = scores - scores.masked_fill(itself, float("-inf")).logsumexp(1, keepdim=True)
    positive = (labels[:, None] == labels[None, :]) & ~itself
    return -((scores * positive).sum(1) / positive.sum(1).clamp(min=1)).mean()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 5)

    def forward(self, x):
        return self.layer(x.flatten(0, 1)).view(len(x), 2, -1)


model, batches = Model(), [views(8) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("joined", "labels", "found"),
    [
        ("torch.cat(torch.unbind(z, dim=0))", UNDER, True),
        ("torch.cat(z.unbind(1))", NEXT, True),
        ("z.flatten(0, 1)", UNDER, True),
        ("torch.cat(z.unbind(1), dim=0)", UNDER, False),
        ("torch.cat(z.unbind(0), dim=0)", NEXT, False),
        ("z.flatten(0, 1)", NEXT, False),
    ],
)
def test_views_side_by_side_that_are_taken_apart(joined, labels, found):
    assert slugs(TINTED.format(joined=joined, labels=labels)) == (["copies_in_another_order"] if found else [])
