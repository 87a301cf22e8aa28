"""Averages along an axis behind a sum: of one number, and of one for each sample."""

from __future__ import annotations

import pytest
from programs import VAE, audited, slugs


@pytest.mark.parametrize(
    ("kl", "edited"),
    [
        ("(-0.5 * parts.sum()).mean(dim=0)", "(-0.5 * parts.sum(dim=1)).mean(dim=0)"),
        ("torch.mean(-0.5 * torch.sum(parts), 0)", "torch.mean(-0.5 * torch.sum(parts, dim=1), 0)"),
        ("parts.sum().neg().mean(axis=0) / 2", "parts.sum(dim=1).neg().mean(axis=0) / 2"),
        ("(-0.5 * parts.unsqueeze(1).sum()).mean(-1)", "(-0.5 * parts.unsqueeze(1).sum(dim=(1, 2))).mean(-1)"),
    ],
)
def test_an_average_of_one_number_is_told_and_the_sum_is_edited(kl, edited):
    ((slug, edits),) = audited(VAE.format(term=kl))
    assert slug == "averages_one_number"
    assert [edit.strip() for edit in edits] == [f"return F.mse_loss(decoded, target) + 0.01 * {edited}"]


@pytest.mark.parametrize(
    "kl",
    [
        "(-0.5 * parts.sum(dim=1)).mean(dim=0)",
        "(-0.5 * parts.sum()).mean()",  # no axis is named: what gathers the losses of several devices does this
        "(-0.5 * parts.sum() / len(parts)).mean()",
        "(-parts.sum() / len(parts)).mean(dim=0)",
        "(-(parts.sum() * (1 / 15))).mean(0)",
        "model.decoder.weight.pow(2).sum().mean(0)",  # of parameters, which are no samples
        "(-0.5 * parts.mean()).mean(dim=0)",  # an average of an average is the same number
        "(-0.5 * parts.sum(dim=0)).sum().sum(dim=0)",
    ],
)
def test_what_says_what_it_does_is_not(kl):
    assert audited(VAE.format(term=kl)) == []


@pytest.mark.parametrize(
    ("term", "is_wrong"),
    [
        ("kl.sum()", True),
        ("(-0.5 * torch.sum(parts))", True),
        ("kl.sum(1)", False),
        ("kl.sum() / len(kl)", False),
    ],
)
def test_a_sum_of_all_samples_beside_a_number_of_each(term, is_wrong):
    program = VAE.format(term=term).replace(
        "F.mse_loss(decoded, target) + 0.01 * " + term, f"((decoded - target).pow(2).sum(1) + 0.01 * {term}).mean()"
    )
    assert slugs(program) == (["averages_one_number"] if is_wrong else [])
