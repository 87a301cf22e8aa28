"""Penalties on the length of a gradient, by several ways of taking it and of measuring it."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PENALTY = """
{net}


def penalty(critic, real, fake):
    share = torch.rand(len(real), *[1] * (real.dim() - 1))
    mix = (share * real + (1 - share) * fake).requires_grad_(True)
    score = critic(mix)
    (grad,) = torch.autograd.grad({taken}, create_graph=True)
    length = {length}
    return {told}


model = critic
optimizer = torch.optim.Adam(critic.parameters())
for _ in range(3):
    real, fake = torch.randn({shape}), torch.randn({shape})
    loss = critic(fake).mean() - critic(real).mean() + penalty(critic, real, fake)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SUM = "score.sum(), mix"
ONES = "score, mix, grad_outputs=torch.ones_like(score)"
NEAR_ONE = "10 * ((length - 1) ** 2).mean()"
MAPS = "critic = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 3 * 4, 1))"
ROWS = "critic = nn.Sequential(nn.Linear(7, 6), nn.Tanh(), nn.Linear(6, 1))"
FLAT = "critic = nn.Sequential(nn.Flatten(), nn.Linear(21, 6), nn.Tanh(), nn.Linear(6, 1))"


def program(length, net=MAPS, shape="5, 2, 5, 6", taken=ONES, told=NEAR_ONE):
    return PENALTY.format(net=net, shape=shape, taken=taken, length=length, told=told)


@pytest.mark.parametrize("taken", [SUM, ONES])
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("grad.norm(2, dim=1)", "grad.flatten(1).norm(2, dim=1)"),
        ("grad.norm(2)", "grad.flatten(1).norm(2, dim=1)"),
        ("grad.view(grad.size(0), -1).norm()", "grad.view(grad.size(0), -1).flatten(1).norm(dim=1)"),
        ("torch.sqrt((grad ** 2).sum(dim=1) + 1e-9)", "torch.sqrt((grad ** 2).flatten(1).sum(dim=1) + 1e-9)"),
        ("torch.norm(grad, 2, 1)", "torch.norm(grad.flatten(1), 2, dim=1)"),
        ("torch.linalg.vector_norm(grad, dim=(2, 3))", "torch.linalg.vector_norm(grad.flatten(1), dim=1)"),
    ],
)
def test_a_length_of_parts(taken, wrong, right):
    found = audited(program(wrong, taken=taken), "")
    assert [(slug, [edit.strip() for edit in edits]) for slug, edits in found] == [
        ("gradient_norm_of_parts", [f"length = {right}"])
    ]
    assert slugs(program(right, taken=taken), "") == []


@pytest.mark.parametrize(
    ("length", "net", "shape"),
    [
        ("grad.norm(2, dim=0)", ROWS, "5, 7"),
        ("grad.norm(2, dim=1)", FLAT, "5, 7, 3"),
        ("grad.norm(2)", ROWS, "5, 7"),
    ],
)
def test_a_length_of_parts_of_other_samples(length, net, shape):
    assert slugs(program(length, net, shape), "") == ["gradient_norm_of_parts"]
    assert slugs(program(length, net, shape, told="torch.relu(length - 1).pow(2).mean()"), "") == [
        "gradient_norm_of_parts"
    ]


@pytest.mark.parametrize(
    ("length", "net", "shape"),
    [
        ("grad.norm(2, dim=(1, 2, 3))", MAPS, "5, 2, 5, 6"),
        ("(grad ** 2).sum((1, 2, 3)).sqrt()", MAPS, "5, 2, 5, 6"),
        ("grad.norm(2, dim=1)", ROWS, "5, 7"),
        # Each position has a score of its own: a field, and its slope at each place.
        ("grad.norm(2, dim=-1)", "critic = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))", "5, 7, 3"),
        ("grad.norm(2, dim=1)", "critic = nn.Sequential(nn.Conv1d(3, 6, 1), nn.Tanh(), nn.Conv1d(6, 1, 1))", "5, 3, 7"),
        # The force on each of several atoms.
        ("grad.norm(2, dim=-1)", FLAT, "5, 7, 3"),
        # There is one sample only.
        ("grad.norm(2)", FLAT, "1, 7, 3"),
    ],
)
def test_what_is_meant_to_be_measured(length, net, shape):
    assert slugs(program(length, net, shape), "") == []


def test_a_part_that_is_only_to_be_small():
    assert slugs(program("(grad ** 2).sum(1)", told="length.mean()"), "") == []


@pytest.mark.parametrize(
    ("length", "found"),
    [
        ("grad.norm(2, dim=1)", True),
        ("grad.pow(2).sum(1).sqrt()", True),
        ("grad.norm(2, dim=2)", False),
        ("grad.norm(2, dim=-1)", False),
        ("grad.flatten(0, 1).norm(2, dim=1)", False),
        # Rows that belong together, such as the steps of a sequence, may have one length.
        ("grad.flatten(1).norm(2, dim=1)", False),
    ],
)
def test_batches_that_lie_one_upon_the_other(length, found):
    told = slugs(program(length, net=ROWS, shape="3, 5, 7"), "")
    assert told == ["gradient_norm_of_parts"] * found
