"""Items of all samples that are taken by numbers within one, beside numbers that go on from sample to sample."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.each, self.out = nn.Linear(3, 8), nn.Linear(8, 2)

    def forward(self, x):
        b, n = x.shape[:2]
        {found}
        rows = {rows}
        near = {taken}
        return self.out(near.view(b, -1, 8).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 3), torch.randint(0, 2, (5,))) for _ in range(2)]
"""
SOUGHT = "found = torch.cdist(x, x).topk(3, largest=False).indices"
TAKEN = "self.each(x).reshape(b * n, -1)[rows]"
OFFSET = "(found + n * torch.arange(b).view(-1, *[1] * (found.ndim - 1))).flatten()"


def program(found: str, rows: str = "found.flatten()", taken: str = TAKEN) -> str:
    return PROGRAM.format(found=found, rows=rows, taken=taken)


@pytest.mark.parametrize(
    ("found", "taken"),
    [
        (SOUGHT, TAKEN),
        (SOUGHT.replace("indices", "indices[..., 1:]"), "self.each(x).flatten(0, 1).index_select(0, rows)"),
        ("found = torch.cdist(x, x[:, :4].repeat(1, 2, 1)[:, :7]).argmin(2)", TAKEN),
        ("found = x.norm(dim=2).argsort(1)[:, :2]", "F.embedding(rows, self.each(x).view(-1, 8))"),
        ("found = torch.randint(0, n, (b, 6))", TAKEN),
        (
            "found = x.norm(dim=2).max(1, keepdim=True)[1]",
            "self.each(x).view(-1, 8).gather(0, rows[:, None].expand(-1, 8))",
        ),
    ],
)
def test_numbers_that_never_reach_the_second_sample(found, taken):
    line = f"near = {taken}"
    assert line in lines_told(program(found, taken=taken))
    assert "edges_not_offset" not in slugs(program(found, OFFSET, taken))


def test_items_that_are_taken_in_front_of_the_model():
    text = """
    model, parts = nn.Linear(3, 2), []
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    for _ in range(2):
        x = torch.randn(5, 7, 3)
        found = torch.cdist(x, x).topk(3, largest=False)[1]
        near = x.view(35, 3)[{}].view(5, 7, 3, 3).mean(2)
        loss = model(near).mean(1).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    """
    assert slugs(text.format("found.flatten()"), "") == ["edges_not_offset"]
    assert slugs(text.format("(found + 7 * torch.arange(5)[:, None, None]).flatten()"), "") == []


@pytest.mark.parametrize(
    ("found", "rows", "taken"),
    [
        # One row of numbers for all samples.
        ("found = x[0].norm(dim=1).argsort()", "found", "self.each(x)[:, rows]"),
        # The items of one sample are meant.
        ("found = torch.cdist(x, x).topk(5, largest=False).indices[0]", "found.flatten()", TAKEN),
        # They count the items of another table.
        (
            "found = torch.cdist(x, torch.randn(b, 9, 3)).argmin(2)",
            "found.flatten()",
            "self.each(torch.randn(9, 3))[rows]",
        ),
        # Sought among all.
        ("found = torch.cdist(x.view(-1, 3), x.view(-1, 3)).topk(3, largest=False).indices", "found.flatten()", TAKEN),
    ],
)
def test_numbers_that_are_meant(found, rows, taken):
    assert "edges_not_offset" not in slugs(program(found, rows, taken))


@pytest.mark.parametrize(
    "added",
    [
        "torch.zeros(b * 4, 8).index_add(0, rows, self.each(x).view(-1, 8)).view(b, 4, 8)",
        "torch.zeros(b * 4, 8).scatter_add(0, rows[:, None].expand(-1, 8), self.each(x).view(-1, 8)).reshape(b, 4, 8)",
    ],
)
def test_cells_that_all_samples_fill_together(added):
    found = "found = (x[..., 0] > 0).long() * 2 + (x[..., 1] > 0).long()"
    offset = "(found + 4 * torch.arange(b)[:, None]).flatten()"
    assert slugs(program(found, taken=added)) == ["edges_not_offset"]
    assert slugs(program(found, offset, added)) == []
    # One histogram of the whole batch.
    assert slugs(program(found, taken=added.split(".view(b")[0].split(".reshape(b")[0] + ".sum(0).expand(b, 8)")) == []


def test_numbers_of_rows_are_no_positions():
    assert slugs(program(SOUGHT, OFFSET)) == []
