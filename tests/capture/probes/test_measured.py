"""Accuracies that are measured in evaluation, with shapes that spread or an index into the whole."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

PROGRAM = """
model = nn.Linear(6, {classes})
criterion = nn.{criterion}()
batches = [(torch.randn(5, 6), {labels}) for _ in range(4)]
"""
MEASURE = """
model.eval()
right = 0
with torch.no_grad():
    for x, y in batches:
        guess = {guess}
        right += {compared}
"""
YES_OR_NO = PROGRAM.format(classes=1, criterion="BCEWithLogitsLoss", labels="torch.randint(0, 2, (5, 1)).float()")
CLASSES = PROGRAM.format(classes=3, criterion="CrossEntropyLoss", labels="torch.randint(0, 3, (5,))")


@pytest.mark.parametrize(
    ("guess", "compared", "is_wrong"),
    [
        ("(model(x).sigmoid().squeeze(1) > 0.5).float()", "(guess == y).sum().item()", True),
        ("model(x).squeeze(-1).sigmoid().round()", "guess.eq(y).float().mean().item()", True),
        ("(model(x).sigmoid() > 0.5).float()", "(guess == y).sum().item()", False),
        ("(model(x).squeeze(1) > 0).float()", "(guess == y.squeeze(1)).sum().item()", False),
    ],
)
def test_guesses_that_spread_over_the_labels(guess, compared, is_wrong):
    found = slugs(YES_OR_NO, TRAIN + MEASURE.format(guess=guess, compared=compared))
    assert found == (["every_guess_with_every_label"] if is_wrong else [])


def test_one_index_for_all_rows():
    found = audited(CLASSES, TRAIN + MEASURE.format(guess="model(x).argmax()", compared="(guess == y).sum().item()"))
    assert found == [("index_into_the_whole", ["        guess = model(x).argmax(dim=-1)\n"])]
    assert (
        slugs(CLASSES, TRAIN + MEASURE.format(guess="model(x).argmax(1)", compared="(guess == y).sum().item()")) == []
    )


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
def test_after_however_many_steps(steps):
    program = f"{CLASSES}\nbatches = batches[:1] * {steps}"
    wrong = MEASURE.format(guess="model(x).argmax()", compared="(guess == y).sum().item()")
    assert slugs(program, TRAIN + wrong) == ["index_into_the_whole"]
    again = TRAIN.replace("for x, y", "model.train()\nfor x, y")
    # What is measured between the first steps of training, which goes on.
    assert set(slugs(program, TRAIN + wrong + again + wrong)) == {"index_into_the_whole"}


def test_training_that_goes_on_after_an_early_evaluation_is_still_looked_at():
    measure = MEASURE.format(guess="model(x).argmax(1)", compared="(guess == y).sum().item()")
    program = f"{CLASSES}\nbatches = batches[:1]\n"
    spread = "model.train()\ncriterion = lambda p, y: ((p[:, :1] - y.float()) ** 2).mean()" + TRAIN
    assert slugs(program, TRAIN + measure + spread) == ["every_prediction_with_every_target"]


# What is kept of each batch is measured where all of them are through.
KEPT = """
model.eval()
kept, labels = [], []
with torch.no_grad():
    for x, y in batches:
        {kept}
        labels.append(y)
print((torch.cat(kept) == torch.cat(labels).reshape(-1)).float().mean().item())
"""


@pytest.mark.parametrize(
    ("kept", "slug"),
    [
        ("kept.append(model(x).softmax(0).argmax(1))", "softmax_along_batch"),
        ("kept.append(torch.max(torch.softmax(model(x), dim=0), 1)[1])", "softmax_along_batch"),
        ("chances = F.softmax(model(x), 0); kept.append(chances.topk(1, dim=1).indices[:, 0])", "softmax_along_batch"),
    ],
)
def test_guesses_that_are_kept(kept, slug):
    assert slugs(CLASSES, TRAIN + KEPT.format(kept=kept)) == [slug]


@pytest.mark.parametrize(
    "kept",
    [
        "kept.append(model(x).softmax(1).argmax(1))",
        "kept.append(model(x).t().softmax(0).argmax(0))",
        "kept.append(model(x).argmax(1)); best = model(x).softmax(0).argmax(0)",
        "kept.append(model(x).argmax(1)); share = model(x).softmax(0)",
    ],
)
def test_guesses_that_are_kept_as_they_should_be(kept):
    assert slugs(CLASSES, TRAIN + KEPT.format(kept=kept)) == []
