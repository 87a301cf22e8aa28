"""Contrastive losses by labels, in several ways of writing them, with and without the pair of a sample with itself."""

from __future__ import annotations

import pytest
from programs import audited, slugs

CONTRAST = """
def criterion(z, labels):
    z = F.normalize(z, dim=1)
    own = torch.eye(len(z))
    {body}


model = nn.Linear(4, 5)
labels = torch.tensor([0, 1, 2, 0, 1, 2, 0])
batches = [(torch.randn(7, 4), labels[torch.randperm(7)]) for _ in range(3)]
"""
LOGS = "logs = alike - (alike.exp() * (1 - own)).sum(1, keepdim=True).log()"
SAME = "same = (labels[:, None] == labels[None]).float()"
MEAN = "return -((same * logs).sum(1) / same.sum(1).clamp(min=1)).mean()"
ALIKE = "alike = z @ z.t() / 0.2"


def program(*lines):
    return CONTRAST.format(body="\n    ".join(lines))


@pytest.mark.parametrize(
    "lines",
    [
        (ALIKE, SAME, LOGS, MEAN),
        # The largest of each row is taken off first.
        (ALIKE, SAME, "alike = alike - alike.max(1, keepdim=True).values.detach()", LOGS, MEAN),
        (ALIKE, SAME, "alike = alike - alike.amax(1, keepdim=True)", LOGS, MEAN),
        (
            ALIKE,
            SAME,
            "logs = alike - alike.masked_fill(own.bool(), -torch.inf).logsumexp(1, keepdim=True)",
            "return -((logs * same).sum(1) / same.sum(1)).mean()",
        ),
        (
            ALIKE,
            "same = torch.eq(labels.view(-1, 1), labels.view(1, -1))",
            LOGS,
            "return -logs[same].mean()",
        ),
        (
            "alike = torch.mm(z, z.T).div(0.5)",
            SAME,
            "alls = (torch.exp(alike) * (1 - own)).sum(1)",
            "logs = torch.log(torch.exp(alike) / alls[:, None])",
            MEAN,
        ),
    ],
)
def test_a_sample_as_its_own_positive(lines):
    assert slugs(program(*lines)) == ["own_positive"]


SHARES = "shares = alike.exp() * (1 - own)"


@pytest.mark.parametrize(
    "lines",
    [
        (SHARES, "logs = -torch.log(shares / (shares.sum(1, keepdim=True) + 1e-8) + 1e-8)"),
        (SHARES, "logs = -(shares / shares.sum(1, keepdim=True)).clamp(min=1e-9).log()"),
        (
            "shares = alike.exp().masked_fill(own.bool(), 0)",
            "logs = -torch.log(shares / shares.sum(1)[:, None] + 1e-6)",
        ),
    ],
)
def test_a_share_of_nothing_as_a_positive(lines):
    mean = "return (same * logs).sum() / same.sum()"
    assert slugs(program(ALIKE, SAME, *lines, mean)) == ["own_positive"]
    assert slugs(program(ALIKE, f"{SAME} * (1 - own)", *lines, mean)) == []


def test_a_share_of_nothing_that_counts_nothing():
    # The logarithm of what is left is 0 on the diagonal.
    lines = SHARES, "logs = -torch.log(shares / shares.sum(1, keepdim=True) + own)"
    assert slugs(program(ALIKE, SAME, *lines, "return (same * logs).sum(1).mean()")) == []


def test_the_diagonal_is_cleared():
    ((_, edits),) = audited(program(ALIKE, SAME, LOGS, MEAN))
    assert [edit.strip() for edit in edits] == [f"{SAME}.clone().fill_diagonal_(0)"]
    assert slugs(program(ALIKE, edits[0].strip(), LOGS, MEAN)) == []


@pytest.mark.parametrize(
    "lines",
    [
        (ALIKE, f"{SAME} * (1 - own)", LOGS, MEAN),
        (ALIKE, f"{SAME} - own", LOGS, MEAN),
        (ALIKE, SAME, "same.fill_diagonal_(0)", LOGS, MEAN),
        # The sum of all pairs holds those as well.
        (ALIKE, SAME, "logs = alike.log_softmax(1)", MEAN),
        (ALIKE, SAME, "logs = alike - alike.exp().sum(1, keepdim=True).log()", MEAN),
        # Pairs of two tensors, of which one sample has both.
        ("w = z.roll(1, 1)", "alike = z @ w.t()", SAME, LOGS, MEAN),
        # All pairs are held against what they should be.
        (ALIKE, SAME, "return (alike * 0.2 - same).pow(2).mean()"),
        # Which of them is left out is asked of negatives only.
        (ALIKE, SAME, "return ((1 - same) * alike.exp()).sum(1).log().mean() - (same * alike).sum(1).mean()"),
    ],
)
def test_a_sample_that_is_left_out(lines):
    assert slugs(program(*lines)) == []
