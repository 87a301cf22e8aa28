"""Samples that are picked by a part of a random order, beside labels that are cut out or picked."""

from __future__ import annotations

import pytest
from programs import audited, lines_told, slugs

PROGRAM = """
inputs, labels = torch.randn(21, 6), torch.randint(0, 4, (21,))
answers = torch.randn(21, 3)
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for epoch in range(2):
    order = torch.randperm({count})
    mixed = labels[order]
    for i in range(0, 20, 5):
        rows = order[i : i + 5]
        x = {picked}
        y = {asked}
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
PLAIN = {"count": "21", "picked": "inputs[rows]", "asked": "labels[i : i + 5]"}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"picked": "inputs[order[i : i + 5]]"},
        {"picked": "inputs[rows].float()", "asked": "labels[i : i + 5].long()"},
        {"count": "len(labels)", "picked": "inputs[rows] * 2.0"},
    ],
)
def test_labels_in_another_order_than_their_samples(changed):
    program = PROGRAM.format(**PLAIN | changed)
    assert slugs(program, after="") == ["shuffled_apart"]
    (line,) = lines_told(program, after="")
    assert line.startswith("y = labels[")


def test_the_change_is_the_index_of_the_samples():
    ((_, edits),) = audited(PROGRAM.format(**PLAIN), after="")
    assert edits == ["        y = labels[rows]\n"]


@pytest.mark.parametrize(
    "changed",
    [
        {"asked": "labels[rows]"},
        {"asked": "mixed[i : i + 5]"},
        {"picked": "inputs[i : i + 5]"},
        # Other rows than those of the samples are other data.
        {"asked": "labels[i + 1 : i + 6]"},
        {"count": "20"},
        # The labels are those of the samples in the order that they have now.
        {"picked": "inputs[order][i : i + 5]", "asked": "mixed[i : i + 5]"},
    ],
)
def test_labels_in_the_order_of_their_samples(changed):
    assert slugs(PROGRAM.format(**PLAIN | changed), after="") == []


@pytest.mark.parametrize(
    "mixed",
    [
        "labels.gather(0, order)",
        "torch.from_numpy(labels.numpy()[order.numpy()])",
        "torch.tensor([int(labels[row]) for row in order])",
    ],
)
def test_labels_that_are_younger_than_the_order_may_have_it(mixed):
    program = PROGRAM.format(**PLAIN | {"asked": "mixed[i : i + 5]"})
    assert slugs(program.replace("mixed = labels[order]", f"mixed = {mixed}"), after="") == []


@pytest.mark.parametrize(
    "picked",
    [
        "inputs[i : i + 5] + 0.1 * inputs[order[i : i + 5]]",
        "torch.cat([inputs[i : i + 5, :3], answers[rows]], 1)",
    ],
)
def test_rows_drawn_at_random_beside_those_of_the_labels(picked):
    assert slugs(PROGRAM.format(**PLAIN | {"picked": picked}), after="") == []
