"""Mixtures of the samples of a batch, and the labels that they are asked for, by several ways of writing both."""

from __future__ import annotations

import pytest
from programs import audited, slugs

MIX = """
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
x, labels = torch.randn(7, 6), torch.tensor([0, 2, 1, 1, 0, 2, 0])
y = F.one_hot(labels, 3).float()
for _ in range(3):
    share = {share}
    {orders}
    mixed = {mixed}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
ORDERS = "p, q = torch.randperm(len(x)), torch.randperm(len(x))"
SUM = "share * x + (1 - share) * x[p]"
SOFT = "F.cross_entropy(model(mixed), share * y + (1 - share) * y[{order}])"
EACH = "torch.rand(7, 1)"
ONE = "0.3"
TWICE = "(lambda out: 0.3 * F.cross_entropy(out, labels) + 0.7 * F.cross_entropy(out, labels[{order}]))(model(mixed))"


def program(loss, order, mixed=SUM, share=EACH, orders=ORDERS):
    return MIX.format(share=share, orders=orders, mixed=mixed, loss=loss.format(order=order))


@pytest.mark.parametrize(
    ("loss", "mixed", "share"),
    [
        (SOFT, SUM, EACH),
        (SOFT, SUM, ONE),
        (SOFT, "torch.lerp(x, x[p], 1 - share)", EACH),
        (SOFT, "share * x + (1 - share) * x.index_select(0, p)", "torch.rand(())"),
        (TWICE, SUM, ONE),
    ],
)
def test_labels_of_other_partners(loss, mixed, share):
    assert slugs(program(loss, "q", mixed, share), "") == ["mixed_with_others"]
    assert slugs(program(loss, "p", mixed, share), "") == []


def test_the_edit_picks_by_the_order_of_the_samples():
    ((_, edits),) = audited(program(SOFT, "q"), "")
    assert [edit.strip() for edit in edits] == ["loss = " + SOFT.format(order="p")]


def test_orders_that_have_no_name():
    drawn = "torch.randperm(len(x))"
    mixed = SUM.replace("[p]", f"[{drawn}]")
    assert slugs(program(SOFT, drawn, mixed, orders="pass"), "") == ["mixed_with_others"]


@pytest.mark.parametrize(
    ("loss", "order", "mixed"),
    [
        # The labels are smoothed by others' alone, and the samples are not mixed.
        (SOFT, "q", "x + 0 * share"),
        # Pairs that do not belong together are scored apart.
        ("(model(x[p]) * y[{order}]).mean() - (model(x) * y).mean() + 0 * share.sum()", "q", "x"),
        # What is added to a sample is noise out of another one, and its label is its own.
        ("F.cross_entropy(model(mixed), y) + 0 * y[{order}].sum()", "q", SUM),
    ],
)
def test_orders_of_their_own(loss, order, mixed):
    assert slugs(program(loss, order, mixed), "") == []


def test_shares_of_their_own():
    """Samples are drawn towards others, and labels smoothed, each by its own amount."""
    loss = SOFT.replace("share", "other")
    text = program(loss, "q", orders=ORDERS + "; other = torch.rand(7, 1)")
    assert slugs(text, "") == []
