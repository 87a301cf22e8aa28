"""What a loss is given in a wrong place, too early, or in a wrong length: torch's crash, the cause, a fix that runs."""

import linecache

import pytest

from shapecheck.capture.crashes.crash import crash_of
from shapecheck.reading.edits import edited
from shapecheck.scripts.mending import diagnoses_of

HEAD = """\
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
linear = nn.Linear(10, 5)
scores = linear(torch.randn(4, 10))
labels = torch.tensor([3, 1, 4, 2])
"""
STEPS = "frames = nn.Conv1d(10, 5, 1)(torch.randn(4, 10, 7))\nmarks = torch.randint(5, (4, 7))\n"
YES = "answers = torch.tensor([1, 0, 0, 1])\nyes = nn.Linear(10, 1)(torch.randn(4, 10)).squeeze(1)\n"


def run(program):
    linecache.cache["<example>"] = (len(program), None, program.splitlines(keepends=True), "<example>")
    try:
        exec(compile(program, "<example>", "exec"), {"__name__": "__main__"})
    except Exception as error:
        return error
    return None


CASES = [
    ("arguments_exchanged", "F.cross_entropy(labels, scores)"),
    ("arguments_exchanged", "criterion = nn.CrossEntropyLoss()\ncriterion(labels, scores)"),
    ("arguments_exchanged", "F.nll_loss(labels, scores.log_softmax(1))"),
    ("arguments_exchanged", f"{STEPS}F.cross_entropy(marks, frames)"),
    ("arguments_exchanged", f"{YES}F.binary_cross_entropy_with_logits(answers, yes)"),
    ("arguments_exchanged", f"{YES}nn.BCELoss()(answers, yes.sigmoid())"),
    ("classes_chosen_before_loss", "F.cross_entropy(scores.argmax(1), labels)"),
    ("classes_chosen_before_loss", "F.cross_entropy(scores.argmax(1).float(), labels)"),
    ("classes_chosen_before_loss", "F.cross_entropy(torch.argmax(scores, dim=1), labels)"),
    ("classes_chosen_before_loss", "chosen = scores.argmax(dim=-1)\nnn.CrossEntropyLoss()(chosen, labels)"),
    ("classes_chosen_before_loss", f"{STEPS}F.cross_entropy(frames.argmax(1), marks)"),
    ("classes_chosen_before_loss", "F.nll_loss(scores.log_softmax(1).argmax(1), labels)"),
    ("weight_of_other_length", "F.cross_entropy(scores, labels, weight=torch.ones(4))"),
    ("weight_of_other_length", "weight = torch.ones(6)\nF.nll_loss(scores.log_softmax(1), labels, weight)"),
    ("weight_of_other_length", "nn.CrossEntropyLoss(torch.ones(5, 1))(scores, labels)"),
    ("weight_of_other_length", f"{STEPS}nn.CrossEntropyLoss(weight=torch.ones(3))(frames, marks)"),
    (
        "weight_of_other_length",
        "counts = torch.bincount(torch.tensor([1, 2, 3]))\nnn.CrossEntropyLoss(weight=counts.float())(scores, labels)",
    ),
    (
        "weight_of_other_length",
        "many = nn.BCEWithLogitsLoss(pos_weight=torch.ones(4))\nmany(scores, torch.rand(4, 5))",
    ),
    ("weight_of_other_length", "F.binary_cross_entropy(scores.sigmoid(), torch.rand(4, 5), weight=torch.ones(4))"),
]


@pytest.mark.parametrize(("slug", "lines"), CASES)
def test_the_cause_is_named_alone_and_a_fix_runs(slug, lines):
    program = f"{HEAD}{lines}\n"
    error = run(program)
    assert error is not None
    found = diagnoses_of(crash_of(error))
    assert [told.slug for told in found] == [slug]
    assert found[0].fixes
    assert run(edited(program, found[0].fixes[0].edits)) is None


def test_what_is_right_about_a_one_hot_of_one_sample_stays_so():
    error = run(f"{HEAD}F.cross_entropy(scores[0], F.one_hot(labels[0], 5))\n")
    assert [told.slug for told in diagnoses_of(crash_of(error))] == ["one_hot_labels"]


def test_a_weight_of_its_own_numbers_is_named_without_a_guess():
    error = run(f"{HEAD}F.cross_entropy(scores, labels, weight=torch.tensor([1.0, 2.0, 3.0, 4.0]))\n")
    (found,) = diagnoses_of(crash_of(error))
    assert (found.slug, found.fixes) == ("weight_of_other_length", ())
    assert found.explanation == "weight is (4,), beside an input (4, 5) with 5 classes"
