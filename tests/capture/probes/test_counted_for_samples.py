"""Measures that are named for classes or for samples, and along which axis they count."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
PATIENTS = ["first", "second", "third", "fourth"]
x, y = torch.randn(30, 6), (torch.rand(30, 4) < 0.4).float()
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for rows, labels in zip(x.split(10), y.split(10)):
    optimizer.zero_grad()
    F.binary_cross_entropy_with_logits(model(rows), labels).backward()
    optimizer.step()


{measure}


model.eval()
guesses, truths = [], []
with torch.no_grad():
    for rows, labels in zip(x.split(10), y.split(10)):
        guesses.append((model(rows).sigmoid() > 0.5).float())
        truths.append(labels)
print({asked}(torch.cat(guesses), torch.cat(truths)))
"""
F1 = """
def {name}(guess, truth):
    hits = (guess * truth).sum({dim})
    f1 = 2 * hits / (guess.sum({dim}) + truth.sum({dim}) + 1e-8)
    return f1.mean().item()"""
OVERLAP = """
def overlap(guess, truth):
    both = torch.logical_and(guess.bool(), truth.bool()).sum(dim={dim}).float()
    either = torch.logical_or(guess.bool(), truth.bool()).sum(dim={dim}).float()
    {name} = both / either.clamp(min=1)
    return {name}.mean()"""
IN_BRACKETS = """
def {name}(guess, truth):
    hits, extra, missed = (each.sum(dim={dim}) for each in (guess * truth, guess * (1 - truth), (1 - guess) * truth))
    return 2 * hits / (2 * hits + extra + missed).clamp(min=1)"""
ASKED = """
def recall(guess, truth, average="{average}"):
    if average == "macro":
        hits = (guess * truth).sum(dim=1)
        return (hits / truth.sum(dim=1).clamp(min=1)).mean()
    if average == "samples":
        hits = (guess * truth).sum(dim=1)
        return (hits / truth.sum(dim=1).clamp(min=1)).mean()
    return (guess * truth).sum() / truth.sum()"""
RIGHT_ONES = """
def measure(guess, truth):
    accuracy_{name} = (guess == truth).float().mean({dim})
    return accuracy_{name}.tolist()"""


@pytest.mark.parametrize(
    ("measure", "asked"),
    [
        (F1.format(name="macro_f1", dim="1"), "macro_f1"),
        (F1.format(name="MacroF1", dim="-1"), "MacroF1"),
        (OVERLAP.format(name="iou_per_class", dim="1"), "overlap"),
        (IN_BRACKETS.format(name="f1_per_class", dim=1), "f1_per_class"),
        (ASKED.format(average="macro"), "recall"),
        (RIGHT_ONES.format(name="per_label", dim="dim=1"), "measure"),
    ],
)
def test_what_is_named_for_classes_and_counted_for_samples(measure, asked):
    assert slugs(PROGRAM.format(measure=measure, asked=asked), "") == ["counted_for_samples"]


@pytest.mark.parametrize(
    ("measure", "asked"),
    [
        (F1.format(name="macro_f1", dim="0"), "macro_f1"),
        (F1.format(name="f1_score", dim="1"), "f1_score"),
        (F1.format(name="sample_f1", dim="1"), "sample_f1"),
        (F1.format(name="macro_over_samples", dim="1"), "macro_over_samples"),
        (OVERLAP.format(name="iou_per_class", dim="0"), "overlap"),
        (IN_BRACKETS.format(name="f1_per_class", dim=0), "f1_per_class"),
        (IN_BRACKETS.format(name="f1_of_each", dim=1), "f1_of_each"),
        (OVERLAP.format(name="iou_per_patient", dim="1"), "overlap"),
        (OVERLAP.format(name="iou_by_sign", dim="1"), "overlap"),
        (ASKED.format(average="samples"), "recall"),
        (RIGHT_ONES.format(name="per_label", dim="dim=0"), "measure"),
        (RIGHT_ONES.format(name="per_row", dim="dim=1"), "measure"),
    ],
)
def test_what_is_counted_for_what_it_is_named_for(measure, asked):
    assert slugs(PROGRAM.format(measure=measure, asked=asked), "") == []


def test_one_edit_changes_all_that_one_instruction_counts():
    measure = IN_BRACKETS.format(name="f1_per_class", dim=1)
    ((_, edits),) = audited(PROGRAM.format(measure=measure, asked="f1_per_class"), "")
    assert [edit.strip() for edit in edits] == [measure.splitlines()[2].strip().replace("dim=1", "dim=0")]


def test_the_number_of_labels_of_a_sample_is_no_measure():
    measure = """
def labels_by_class(guess, truth):
    return truth.sum(1).mean() - guess.sum(1).mean()"""
    assert slugs(PROGRAM.format(measure=measure, asked="labels_by_class"), "") == []


def test_the_score_of_the_own_class_is_picked_and_not_counted():
    program = """
model = nn.Linear(6, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
weights = torch.rand(5) + 0.5


def loss_by_class(scores, labels):
    own = (scores.softmax(1) * F.one_hot(labels, 5)).sum(1)
    return (weights[labels] * -own.log()).mean()


def confidence_per_class(scores, labels):
    own = (scores.softmax(1) * F.one_hot(labels, 5)).sum(1)
    return torch.stack([own[labels == each].mean() for each in range(5)])


def macro_report(guess, truth):
    hits = (guess * truth).sum(0)
    agreement = (guess == truth).float().mean(1)
    return hits / (guess.sum(0) + truth.sum(0)).clamp(min=1), agreement.min()


x, y = torch.randn(40, 6), torch.randint(0, 5, (40,))
for rows, labels in zip(x.split(10), y.split(10)):
    optimizer.zero_grad()
    loss_by_class(model(rows), labels).backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    print(confidence_per_class(model(x), y))
    print(macro_report(F.one_hot(model(x).argmax(1), 5).float(), F.one_hot(y, 5).float()))
"""
    assert slugs(program, "") == []


def test_maps_with_a_plane_for_each_class():
    program = """
model = nn.Conv2d(3, 4, 3, padding=1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
images, labels = torch.randn(6, 3, 5, 7), torch.randint(0, 4, (6, 5, 7))


def dice_per_class(scores, labels):
    guess = F.one_hot(scores.argmax(1), 4).permute(0, 3, 1, 2).float()
    truth = F.one_hot(labels, 4).permute(0, 3, 1, 2).float()
    both = (guess * truth).sum(dim={axes})
    total = guess.sum(dim={axes}) + truth.sum(dim={axes})
    return 2 * both / (total + 1e-6)


for _ in range(3):
    optimizer.zero_grad()
    scores = model(images)
    F.cross_entropy(scores, labels).backward()
    print(dice_per_class(scores.detach(), labels))
    optimizer.step()
"""
    assert slugs(program.replace("{axes}", "(1, 2, 3)"), "") == ["counted_for_samples"]
    assert slugs(program.replace("{axes}", "(0, 2, 3)"), "") == []
    # A measure of each class in each image.
    assert slugs(program.replace("{axes}", "(2, 3)"), "") == []


def test_all_counts_change_together():
    measure = F1.format(name="macro_f1", dim="dim=1").replace(" + truth", "\n              + truth")
    edits = dict(audited(PROGRAM.format(measure=measure, asked="macro_f1"), ""))["counted_for_samples"]
    assert [edit.count("dim=0") for edit in edits] == [1, 1, 1]
