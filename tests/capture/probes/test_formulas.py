"""Overlaps and cross entropies written by hand: fed with scores they are told, fed with probabilities not."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn
from torch.nn import functional

from shapecheck.auditor import audit

AXES = (1, 2, 3)


def dice(p, m):
    return 1 - (2 * (p * m).sum() + 1e-6) / (p.sum() + m.sum() + 1e-6)


def dice_of_each_image(p, m):
    p, m = p.view(4, -1), m.view(4, -1)
    return 1 - (2 * (p * m).sum(1) / (p.sum(1) + m.sum(1) + 1e-6)).mean()


def dice_of_squares(p, m):
    return 1 - ((2 * (p * m).sum(AXES) + 1) / (p.pow(2).sum(AXES) + m.pow(2).sum(AXES) + 1)).mean()


def dice_doubled_behind(p, m):
    return 1 - 2 * ((p * m).sum() / (p.sum() + m.sum() + 1e-6))


def dice_by_einsum(p, m):
    both = torch.einsum("bchw,bchw->b", p, m)
    return (1 - (2 * both + 1) / (p.sum(AXES) + m.sum(AXES) + 1)).mean()


def intersection_over_union(p, m):
    both = torch.sum(p * m)
    return 1 - both / (torch.sum(p) + torch.sum(m) - both)


def tversky(p, m):
    p, m = p.flatten(), m.flatten()
    both = (p * m).sum()
    return 1 - (both + 1) / (both + 0.3 * (p * (1 - m)).sum() + 0.7 * ((1 - p) * m).sum() + 1)


def dice_of_classes(p, m):
    total = 0
    for k in range(p.shape[1]):
        total = total + 1 - (2 * (p[:, k] * m[:, k]).sum() + 1) / (p[:, k].sum() + m[:, k].sum() + 1)
    return total


def cross_entropy(p, m):
    p = p.clamp(1e-6, 1 - 1e-6)
    return -(m * p.log() + (1 - m) * (1 - p).log()).mean()


def cross_entropy_of_parts(p, m):
    p = torch.clamp(p, min=1e-6, max=1 - 1e-6)
    return torch.mean(-m * torch.log(p) - (1 - m) * torch.log(1.0 - p))


def cross_entropy_cut_twice(p, m):
    return -(m * torch.log(p.clamp(min=1e-6)) + (1 - m) * torch.log((1 - p).clamp(min=1e-6))).mean()


def focal(p, m):
    p = p.clamp(1e-6, 1 - 1e-6)
    return -(m * (1 - p) ** 2 * p.log() + (1 - m) * p**2 * (1 - p).log()).mean()


FORMULAS = [
    dice,
    dice_of_each_image,
    dice_of_squares,
    dice_doubled_behind,
    dice_by_einsum,
    intersection_over_union,
    tversky,
    dice_of_classes,
    cross_entropy,
    cross_entropy_of_parts,
    cross_entropy_cut_twice,
    focal,
]


def line(found):
    return linecache.getline(found.place.file, found.place.line).strip()


def told(loss, *activation):
    torch.manual_seed(0)
    images = torch.randn(4, 2, 6, 5)
    model = nn.Sequential(nn.Conv2d(2, 1, 3, padding=1), *activation)
    return audit(model, loss, (images, (images[:, :1] > 0.5).float())).diagnoses


@pytest.mark.parametrize("formula", FORMULAS)
def test_scores_are_told(formula):
    assert [found.slug for found in told(formula)] == ["scores_in_a_formula"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_probabilities_are_not(formula):
    assert told(formula, nn.Sigmoid()) == ()


def test_the_first_operation_on_the_scores_is_the_place():
    (found,) = told(dice_of_each_image)
    assert line(found) == "p, m = p.view(4, -1), m.view(4, -1)"


def both_losses(p, m):
    return functional.binary_cross_entropy_with_logits(p, m) + dice(torch.sigmoid(p), m)


def mean_over_a_mask(p, m):
    return (p.pow(2) * m).sum() / m.sum()


def cosine(p, m):
    return 1 - (p * m).sum() / (p.norm() * m.norm() + 1e-8)


def correlation(p, m):
    p, m = p - p.mean(), m - m.mean()
    return 1 - (p * m).sum() / (p.norm() * m.norm() + 1e-8)


def stable_cross_entropy(p, m):
    return (p.clamp(min=0) - p * m + torch.log1p(torch.exp(-p.abs()))).mean()


def logarithms_inside_a_mask(p, m):
    return (torch.log(p.clamp(min=1e-5)) * m).pow(2).mean()


def weighted_by_scores(p, m):
    weights = p.abs()
    return (weights * m).sum() / weights.sum()


@pytest.mark.parametrize(
    "loss",
    [
        both_losses,
        mean_over_a_mask,
        cosine,
        correlation,
        stable_cross_entropy,
        logarithms_inside_a_mask,
        weighted_by_scores,
    ],
)
def test_what_takes_scores_is_left_alone(loss):
    assert told(loss) == ()


def test_an_activation_that_is_needed_beside_the_loss_stays():
    def focal_with_logits(scores, mask):
        p = torch.sigmoid(scores)
        terms = functional.binary_cross_entropy_with_logits(p, mask, reduction="none")
        return ((1 - p) ** 2 * terms).mean()

    (found,) = told(focal_with_logits)
    assert found.slug == "activation_twice"
    assert line(found).startswith("terms = functional.binary_cross_entropy_with_logits")


def test_an_activation_that_nobody_else_reads_is_the_place():
    def squashed(scores, mask):
        p = torch.sigmoid(scores)
        return functional.binary_cross_entropy_with_logits(p, mask)

    (found,) = told(squashed)
    assert line(found) == "p = torch.sigmoid(scores)"


def test_scores_for_a_divergence_are_told():
    torch.manual_seed(0)
    target = torch.softmax(torch.randn(4, 5), 1)
    for activation, expected in (((), ["scores_instead_of_logarithms"]), ((nn.LogSoftmax(1),), [])):
        model = nn.Sequential(nn.Linear(3, 5), *activation)
        found = audit(model, nn.KLDivLoss(reduction="batchmean"), (3 * torch.randn(4, 3), target)).diagnoses
        assert [one.slug for one in found] == expected
