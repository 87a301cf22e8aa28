"""Covariances of what was centred along another axis than the products are added up along."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(3, 6)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(2):
    x = torch.randn(9, 3)
    a, b = model(x), model(x + 1)
    {body}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
ONE = "z = {centre}; c = {product}; loss = (c - torch.eye(6)).pow(2).sum()"


@pytest.mark.parametrize("centre", ["a - a.mean({0}, keepdim=True)", "torch.mean(a, {0}, keepdim=True) - a"])
@pytest.mark.parametrize("product", ["z.T @ z / (len(z) - 1)", "torch.einsum('ni,nj->ij', z, z) / len(z)"])
def test_the_mean_is_taken_along_what_is_added_up(centre, product):
    wrong, right = (PROGRAM.format(body=ONE.format(centre=centre.format(axis), product=product)) for axis in (1, 0))
    assert slugs(wrong, "") == ["centred_beside_product"]
    assert slugs(right, "") == []


def test_a_correlation_of_two_views():
    body = (
        "a = (a - a.mean({0}, keepdim=True)) / a.std({0}, keepdim=True)\n"
        "    b = (b - b.mean({0}, keepdim=True)) / b.std({0}, keepdim=True)\n"
        "    loss = (a.T @ b / len(a) - torch.eye(6)).pow(2).sum()"
    )
    assert slugs(PROGRAM.format(body=body.format(1)), "") == ["centred_beside_product"]
    assert slugs(PROGRAM.format(body=body.format(0)), "") == []


@pytest.mark.parametrize(
    ("product", "wrong"),
    [("a @ b.T / len(a)", True), ("(b @ a.t()) / (len(x) - 1)", True), ("a @ a.T / len(a)", False), ("a @ b.T", False)],
)
def test_two_views_whose_samples_are_multiplied(product, wrong):
    body = (
        "a, b = ((z - z.mean(0)) / (z.std(0) + 1e-6) for z in (a, b))\n"
        f"    c = {product}; loss = (c.diagonal() - 1).pow(2).sum() + c.pow(2).mean()"
    )
    assert slugs(PROGRAM.format(body=body), "") == ["centred_beside_product"] * wrong


def test_the_mean_is_edited():
    body = ONE.format(centre="a - a.mean(1, keepdim=True)", product="z.T @ z / len(z)")
    ((_, lines),) = audited(PROGRAM.format(body=body), "")
    assert "a.mean(0, keepdim=True)" in lines[0]


@pytest.mark.parametrize(
    "body",
    [
        # Samples held against each other, by features of which each is centred.
        ONE.format(centre="a - a.mean(0)", product="z @ z.T").replace("eye(6)", "eye(9)"),
        # How much samples are alike, in the mean of their features.
        ONE.format(centre="(a - a.mean(0)) / a.std(0)", product="z @ z.T / z.size(1)").replace("eye(6)", "eye(9)"),
        # A loss that is added up and divided by the number of samples.
        "a, b = ((z - z.mean(0)) / z.std(0) for z in (a, b)); loss = -(a @ b.T).log_softmax(1).diagonal().sum() / 9",
        # Products that are divided by nothing.
        ONE.format(centre="a - a.mean(1, keepdim=True)", product="z.T @ z"),
    ],
)
def test_what_is_no_covariance(body):
    assert slugs(PROGRAM.format(body=body), "") == []
