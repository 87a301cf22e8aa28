"""Measures that ask whether scores are the numbers of classes, and those that ask guesses."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

CLASSES = """
model = nn.Linear(6, 4)
criterion = nn.CrossEntropyLoss()
batches = [(torch.randn(5, 6), torch.tensor([3, 0, 1, 2, 3])) for _ in range(4)]
"""
YES_OR_NO = """
model = nn.Sequential(nn.Linear(6, 1), nn.Sigmoid(), nn.Flatten(0))
criterion = nn.BCELoss()
batches = [(torch.randn(5, 6), torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0])) for _ in range(4)]
"""
MEASURE = """
model.eval()
hits = 0
with torch.no_grad():
    for x, y in batches:
        out = model(x)
        {guess}
        hits += {hits}
print(hits)
"""
COUNT = "(guess == y).sum().item()"


def measured(guess, program=CLASSES, hits=COUNT):
    return [one for one in slugs(program, TRAIN + MEASURE.format(guess=guess, hits=hits)) if "scores_held" in one]


@pytest.mark.parametrize(
    ("guess", "edit"),
    [
        ("guess, _ = out.max(1)", "_, guess = out.max(1)"),
        ("guess, place = torch.max(out, dim=1)", "place, guess = torch.max(out, dim=1)"),
        ("guess = out.softmax(-1).max(1)[0]", "guess = out.softmax(-1).max(1)[1]"),
        ("guess = torch.topk(out, 1, dim=1).values.squeeze(1)", "guess = torch.topk(out, 1, dim=1).indices.squeeze(1)"),
    ],
)
def test_the_largest_score_for_its_place(guess, edit):
    found = audited(CLASSES, TRAIN + MEASURE.format(guess=guess, hits=COUNT))
    assert found == [("scores_held_against_labels", [f"        {edit}\n"])]


@pytest.mark.parametrize(
    ("guess", "hits", "program"),
    [
        ("guess = out.amax(1)", "(y == guess).float().mean().item()", CLASSES),
        ("guess = out", COUNT, YES_OR_NO),
        ("guess = out * 2 - 0.3", "torch.eq(guess, y).float().mean().item()", YES_OR_NO),
    ],
)
def test_scores_of_other_kinds(guess, hits, program):
    assert measured(guess, program, hits) == ["scores_held_against_labels"]


@pytest.mark.parametrize(
    ("guess", "hits", "program"),
    [
        ("_, guess = out.max(1)", COUNT, CLASSES),
        ("guess = out.max(1)[1]", COUNT, CLASSES),
        ("guess = out.round()", COUNT, YES_OR_NO),
        ("guess = (out > 0.5).float()", COUNT, YES_OR_NO),
        # Where the largest of all stands, and how far scores are from labels.
        ("guess = out", "(out == out.max(1, keepdim=True)[0]).sum().item()", CLASSES),
        ("guess = out", "((guess - y).abs() < 0.5).sum().item()", YES_OR_NO),
    ],
)
def test_guesses(guess, hits, program):
    assert measured(guess, program, hits) == []
