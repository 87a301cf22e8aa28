"""Views of samples and copies of their labels that were picked together, under one another or side by side."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
x, y = torch.randn(42, 5), torch.randint(0, 3, (42,))


def one(rows):
    return rows * (1 + 0.1 * torch.randn(len(rows), 1))


def other(rows):
    return rows + 0.05 * torch.randn_like(rows)


model = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 3))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for {loop}:
    views = {views}
    labels = {labels}
    loss = F.cross_entropy({scores}, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PICKS = "pick in torch.randperm(42).split(7)"
UNDER, BESIDE = (
    "torch.cat([one(x[pick]), other(x[pick])])",
    "torch.stack([one(x[pick]), other(x[pick])], 1).flatten(0, 1)",
)
COPIES = "copies_in_another_order"


def program(views, labels, loop=PICKS, scores="model(views)"):
    return PROGRAM.format(views=views, labels=labels, loop=loop, scores=scores)


@pytest.mark.parametrize(
    ("views", "labels", "fixed"),
    [
        (UNDER, "y[pick].repeat_interleave(2)", "y[pick].repeat(2)"),
        ("torch.cat([x[pick], one(x[pick]), other(x[pick])])", "y[pick].repeat_interleave(3)", "y[pick].repeat(3)"),
        (BESIDE, "y[pick].repeat(2)", "y[pick].repeat_interleave(2, dim=0)"),
        (UNDER, "torch.stack([y[pick], y[pick]], 1).reshape(-1)", None),
        ("one(x[pick].repeat_interleave(2, dim=0))", "torch.cat([y[pick], y[pick]])", None),
    ],
)
def test_views_and_labels_in_two_orders(views, labels, fixed):
    told = audited(program(views, labels), "")
    assert [slug for slug, _ in told] == [COPIES]
    if fixed is not None:
        assert [line.strip() for line in told[0][1]] == [f"labels = {fixed}"]
        assert slugs(program(views, fixed), "") == []


@pytest.mark.parametrize(
    ("loop", "rows"),
    [
        ("i in range(0, 42, 7)", "{}[i:i + 7]"),
        ("a, b in zip(x.split(7), y.split(7))", None),
        ("a, b in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 7, shuffle=True)", None),
    ],
)
@pytest.mark.parametrize(("copies", "found"), [("repeat_interleave(2)", [COPIES]), ("repeat(2)", [])])
def test_however_they_were_picked(loop, rows, copies, found):
    a, b = (rows.format("x"), rows.format("y")) if rows else ("a", "b")
    assert slugs(program(f"torch.cat([one({a}), other({a})])", f"{b}.{copies}", loop), "") == found


@pytest.mark.parametrize(
    ("views", "labels", "scores"),
    [
        (UNDER, "torch.cat([y[pick], y[pick]])", "model(views)"),
        (BESIDE, "y[pick].repeat_interleave(2)", "model(views)"),
        # The scores are laid side by side behind the model.
        (UNDER, "y[pick].repeat_interleave(2)", "model(views).unflatten(0, (2, 7)).transpose(0, 1).flatten(0, 1)"),
        # One view, and others of the same number.
        ("torch.cat([x[pick], x[pick.flip(0)]])", "torch.cat([y[pick], y[pick.flip(0)]])", "model(views)"),
        # Labels of something else.
        (UNDER, "(torch.randperm(42)[:7] % 3).repeat_interleave(2)", "model(views)"),
        ("x[pick]", "y[pick]", "model(views)"),
    ],
)
def test_rows_that_meet_their_own(views, labels, scores):
    assert slugs(program(views, labels, scores=scores), "") == []
