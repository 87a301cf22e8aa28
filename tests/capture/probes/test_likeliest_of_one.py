"""The place of the largest, where there is one number: the class itself, or the only score of a model."""

from __future__ import annotations

import pytest
from programs import TRAIN, slugs

CLASSES = """
model = nn.Linear(6, 4)
criterion = nn.CrossEntropyLoss()
batches = [(torch.randn(5, 6), torch.tensor([3, 0, 1, 2, 3])) for _ in range(4)]
"""
ONE_SCORE = """
model = nn.Sequential(nn.Linear(6, 1){activation})
criterion = nn.{loss}()
batches = [(torch.randn(5, 6), torch.tensor([[{first}], [0.0], [0.0], [{first}], [0.0]])) for _ in range(4)]
"""
MEASURE = """
model.eval()
guesses, labels, hits = [], [], 0
with torch.no_grad():
    for x, y in batches:
        {guess}
{after}
"""
COLLECTS = "guesses.extend(model(x).argmax(1)); labels.extend(y)"
COUNTS = "print(sum(int(p == t) for p, t in zip(guesses, labels)))"


def measured(guess, after="", program=CLASSES):
    return slugs(program, TRAIN + MEASURE.format(guess=guess, after=after))


@pytest.mark.parametrize(
    ("guess", "after"),
    [
        (COLLECTS, "guesses = [p.argmax().item() for p in guesses]\n" + COUNTS),
        ("guesses.extend(torch.topk(model(x), 1).indices.squeeze(1)); labels.extend(y)",
         "guesses = [int(p.argmax()) for p in guesses]\n" + COUNTS),
        ("hits += sum(int(p.argmax() == t) for p, t in zip(model(x).max(1)[1], y))", ""),
        ("hits += (model(x).max(1, keepdim=True)[1].argmax(1) == y).sum().item()", ""),
    ],
)  # fmt: skip
def test_the_likeliest_of_a_class_that_was_found(guess, after):
    assert measured(guess, after) == ["likeliest_of_one"]


@pytest.mark.parametrize(
    ("guess", "after"),
    [
        (COLLECTS, "guesses = [p.item() for p in guesses]\n" + COUNTS),
        ("guesses.extend(model(x)); labels.extend(y)", "guesses = [p.argmax().item() for p in guesses]\n" + COUNTS),
        ("hits += sum(int(p[p.argmax()] > 0) for p in model(x))", ""),
        ("hits += sum(int(torch.eye(4)[p.argmax()].argmax() == t) for p, t in zip(model(x), y))", ""),
        ("hits += (F.one_hot(model(x).argmax(1), 4).argmax(1) == y).sum().item()", ""),
        ("hits += int(model(x).argmax(1).bincount(minlength=4).argmax() == y[0])", ""),
        ("hits += int(model(x).max(1)[1].max().item())", ""),
    ],
)
def test_the_likeliest_among_several(guess, after):
    assert measured(guess, after) == []


@pytest.mark.parametrize(
    ("guess", "activation", "loss"),
    [
        ("hits += (model(x).argmax(1) == y.squeeze(1)).sum().item()", "", "BCEWithLogitsLoss"),
        ("hits += (model(x).max(1)[1] == y[:, 0].long()).sum().item()", ", nn.Sigmoid()", "BCELoss"),
        ("hits += (model(x).argmax(-1, keepdim=True) == y).sum().item()", ", nn.Sigmoid()", "BCELoss"),
    ],
)
def test_the_likeliest_of_the_only_score(guess, activation, loss):
    program = ONE_SCORE.format(activation=activation, loss=loss, first=1.0)
    assert measured(guess, program=program) == ["likeliest_of_one"]


@pytest.mark.parametrize(
    ("guess", "first"),
    [
        ("hits += ((model(x) > 0).float() == y).sum().item()", 1.0),
        # One class alone, as of a detector: its number is 0.
        ("hits += (model(x).argmax(1) == y.squeeze(1)).sum().item()", 0.0),
        # Which sample of the batch has most of it.
        ("hits += int(model(x).argmax(0) == y.argmax())", 1.0),
        # As many options as there are today.
        ("hits += ((model(x) * torch.ones(1, 7)[:, :1]).max(1).values.sign() == y.squeeze(1)).sum().item()", 1.0),
    ],
)
def test_single_scores_that_are_read_otherwise(guess, first):
    program = ONE_SCORE.format(activation="", loss="BCEWithLogitsLoss", first=first)
    assert "likeliest_of_one" not in measured(guess, program=program)
