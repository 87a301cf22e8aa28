"""Losses of logarithms, fed with what adds up to one over the classes or over something else."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn import functional as F

from shapecheck import audit

SLUG = "normalised_beside_classes"


def told(forward, loss, labels=5):
    torch.manual_seed(0)
    model = Forward(forward, out=nn.Linear(3, 5))
    batch = torch.randn(6, 4, 3), torch.randint(1, labels, (6, 4))
    return [item for item in audit(model, loss, batch).diagnoses if item.slug == SLUG]


def flat(scores, labels):
    return F.nll_loss(scores.reshape(-1, 5), labels.view(-1))


def turned(scores, labels):
    return F.nll_loss(scores.transpose(1, 2), labels)


def summed(scores, labels):
    return sum(F.nll_loss(scores[:, t], labels[:, t]) for t in range(4))


def ctc(scores, labels):
    lengths = torch.full((6,), 4), torch.full((6,), 2)
    return F.ctc_loss(scores.transpose(0, 1), labels[:, :2], *lengths, zero_infinity=True)


def picked(scores, labels):
    return -scores.gather(2, labels.unsqueeze(2)).mean()


@pytest.mark.parametrize("loss", [flat, turned, ctc, picked])
@pytest.mark.parametrize(
    "forward",
    [
        lambda m, x: m.out(x).log_softmax(1),
        lambda m, x: F.log_softmax(m.out(x), dim=-2),
        lambda m, x: m.out(x).softmax(1).log(),
        lambda m, x: nn.LogSoftmax(dim=1)(m.out(x)).contiguous(),
    ],
)
def test_what_is_normalised_over_the_steps(forward, loss):
    (found,) = told(forward, loss)
    assert "takes axis 2 for the classes" in found.explanation


@pytest.mark.parametrize("loss", [flat, turned, ctc, summed, picked])
@pytest.mark.parametrize(
    "forward",
    [
        lambda m, x: m.out(x).log_softmax(-1),
        lambda m, x: F.log_softmax(m.out(x).mT, dim=1).mT,
        lambda m, x: m.out(x).log_softmax(1).log_softmax(2),
        # Both axes in turns, as for a matching.
        lambda m, x: m.out(x).log_softmax(2).log_softmax(1),
    ],
)
def test_what_is_normalised_over_the_classes(forward, loss):
    assert told(forward, loss) == []


def entropy(scores, labels):
    return F.cross_entropy(scores.reshape(-1, 5), labels.view(-1))


@pytest.mark.parametrize("forward", [lambda m, x: m.out(x).log_softmax(1), lambda m, x: F.log_softmax(m.out(x), dim=0)])
def test_a_cross_entropy_of_what_was_normalised_beside_its_classes(forward):
    (found,) = told(forward, entropy)
    assert "along which it normalises by itself" in found.explanation
    assert [each.title for each in found.fixes] == ["dim=2"]


@pytest.mark.parametrize(
    "forward",
    [
        lambda m, x: m.out(x),
        lambda m, x: m.out(x).log_softmax(-1),
        # Weights of the steps, with which the scores are pooled or scaled.
        lambda m, x: m.out(x) * m.out(x).softmax(1),
        lambda m, x: m.out(x.softmax(1)),
    ],
)
def test_a_cross_entropy_of_scores(forward):
    assert told(forward, entropy) == []


def test_a_share_of_each_step_that_is_picked_for_a_class():
    """When a class is said, by the weights of the steps: nothing is the logarithm of a distribution over classes."""
    assert told(lambda m, x: m.out(x).softmax(1), picked) == []


@pytest.mark.parametrize(
    ("forward", "loss"),
    [
        # What one of several heads says, and what is said of one of several steps.
        (lambda m, x: m.out(x).log_softmax(-1), lambda p, y: _of_head(p, y).exp().mul(y[:, :1]).mean()),
        (lambda m, x: m.out(x).log_softmax(-1), lambda p, y: F.nll_loss(_of_head(p, y), y[:, 1])),
        # When a given event happens.
        (lambda m, x: m.out(x).log_softmax(1), lambda p, y: F.nll_loss(_of_event(p, y), y[:, 1] % 4)),
    ],
)
def test_a_distribution_that_is_picked_as_a_whole(forward, loss):
    assert told(forward, loss) == []


def _of_head(scores, labels):
    return scores.gather(1, (labels[:, :1, None] % 4).expand(-1, 1, 5)).squeeze(1)


def _of_event(scores, labels):
    return scores.gather(2, labels[:, :1, None].expand(-1, 4, 1)).squeeze(2)


def overlap(axis):
    def loss(scores, labels):
        chances, ones = scores.softmax(axis), F.one_hot(labels, 5).float()
        return 1 - (2 * (chances * ones).sum(1) / (chances + ones).sum(1)).mean()

    return loss


def by_hand(axis):
    return lambda scores, labels: -(F.one_hot(labels, 5) * scores.log_softmax(axis)).sum(-1).mean()


def weighed(scores, labels):
    """Each class has its own share of attention to the steps, which weighs how likely it is there."""
    return -((scores.softmax(1) * F.one_hot(labels, 5)) * scores.log_softmax(-1)).sum((1, 2)).mean()


def along_the_steps(scores, labels):
    """At which step a class is: the ones stand along the steps as well."""
    return -(F.one_hot(labels % 4, 4)[:, 0, :, None] * scores.log_softmax(1)).sum(1).mean()


def several(scores, labels):
    """Labels of which several may be one at a position."""
    return -((F.one_hot(labels, 5) + F.one_hot(labels.flip(1), 5)).clamp(max=1) * scores.log_softmax(1)).mean()


@pytest.mark.parametrize("loss", [overlap, by_hand])
def test_labels_of_a_single_one_say_which_axis_holds_the_classes(loss):
    (found,) = told(lambda m, x: m.out(x), loss(1))
    assert "labels that have their one among the 5 of axis 2" in found.explanation
    assert not told(lambda m, x: m.out(x), loss(2))


def chosen_whole(scores, labels):
    """A distribution over the steps for the one class that was chosen for all steps, as of an action's returns."""
    ones = F.one_hot(labels[:, 0], 5).float()[:, None].expand(-1, 4, -1)
    return -((scores.log_softmax(1) * ones).sum(2)).mean()


def matched(scores, labels):
    """Each of four steps with a class of its own."""
    ones = torch.stack([torch.eye(5)[torch.randperm(5)[:4]] for _ in range(6)])
    return -(scores.log_softmax(1) * ones).sum((1, 2)).mean()


def mass(scores, labels):
    """How much of the weight of each class lies where its label is: no overlap, which its sum would divide."""
    return -(scores.softmax(1) * F.one_hot(labels, 5)).sum((1, 2)).log().mean()


@pytest.mark.parametrize("loss", [chosen_whole, matched, mass])
def test_ones_that_choose_or_match_are_no_labels(loss):
    assert not told(lambda m, x: m.out(x), loss)


@pytest.mark.parametrize("loss", [weighed, along_the_steps, several])
def test_ones_that_do_not_say_which_axis_holds_the_classes(loss):
    assert not told(lambda m, x: m.out(x), loss)
