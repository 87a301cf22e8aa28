"""Targets of probabilities, beside those that add up to one where the loss normalises, or nowhere."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from shapecheck import audit

SLUG = "soft_targets_along_other_axis"


def told(loss, target, kind=torch.float32):
    torch.manual_seed(0)
    model = Forward(lambda m, x: m.out(x), out=nn.Linear(3, target.shape[-1]))
    model.to(kind)
    found = audit(model, loss, (torch.randn(*target.shape[:-1], 3, dtype=kind), target.to(kind))).diagnoses
    return [item for item in found if item.slug == SLUG]


def last(scores, target):
    return cross_entropy(scores, target, reduction="mean")


def first(scores, target):
    return cross_entropy(scores.movedim(-1, 1), target.movedim(-1, 1))


def flat(scores, target):
    return cross_entropy(scores.flatten(0, 1), target.flatten(0, 1))


def smoothed(*shape, classes=5):
    torch.manual_seed(1)
    return 0.9 * one_hot(torch.randint(0, classes, shape), classes).float() + 0.1 / classes


def of_a_teacher(*shape):
    torch.manual_seed(2)
    return torch.randn(*shape).softmax(-1)


def without_padding():
    """The filler at the end is no class at all."""
    target = smoothed(4, 7)
    target[1, 5:] = target[3, 4:] = 0
    return target


@pytest.mark.parametrize("target", [smoothed(4, 7), of_a_teacher(4, 6, 5), of_a_teacher(3, 4, 6, 5), without_padding()])
def test_probabilities_of_the_last_axis_are_told(target):
    (found,) = told(last, target)
    assert linecache.getline(found.place.file, found.place.line).strip().startswith("return cross_entropy(scores, t")
    axis = target.ndim - 1
    assert [edit.replacement.strip() for fix in found.fixes for edit in fix.edits] == [
        f"return cross_entropy(scores.movedim({axis}, 1), target.movedim({axis}, 1), reduction='mean')"
    ]
    assert told(first, target) == []


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
def test_rounded_probabilities_are_told_as_well(kind):
    assert len(told(last, of_a_teacher(4, 7, 5), kind)) == 1
    assert told(first, of_a_teacher(4, 7, 5), kind) == []


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(torch.full((4, 5, 5), 0.2), id="both axes add up"),
        pytest.param(of_a_teacher(4, 7, 5) * torch.tensor([1.0, 2, 1, 1, 3]), id="weighed classes add up nowhere"),
        pytest.param(torch.rand(4, 7, 5), id="numbers of their own"),
        pytest.param(of_a_teacher(4, 7, 5) - 0.2, id="negative numbers are no probabilities"),
        pytest.param(smoothed(4, 7).round(), id="several of axis one may be right"),
        pytest.param(torch.rand(4, 7, 1).clamp(min=0.1), id="a class alone"),
        pytest.param(torch.eye(5)[torch.stack([torch.randperm(5) for _ in range(4)])], id="every class at one step"),
    ],
)
def test_what_adds_up_elsewhere_or_nowhere_is_left_alone(target):
    assert told(last, target) == []


def test_classes_that_are_each_at_one_step_are_left_alone():
    """Most steps belong to no class, and are zero as a whole: along time they add up as well."""
    target = torch.zeros(4, 5, 7)
    target[:, torch.arange(3), torch.tensor([5, 0, 2])] = 1
    assert told(last, target[:, :3]) == []
    assert told(flat, smoothed(4, 7)) == []
