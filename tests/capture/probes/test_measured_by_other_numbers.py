"""Labels that a measure holds guesses against, beside those that the loss has asked for."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
order = torch.randperm(48)
label = torch.arange(48)[order] % 12
names = [str(each) for each in label.tolist()]
columns = sorted(set(names))
by_text = torch.tensor([columns.index(name) for name in names])
from_one = label + 1
x, model = torch.randn(48, 5), nn.Linear(5, 12)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for rows in torch.randperm(48).split(24):
    scores, target = model(x[rows]), {taught}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(({guess} == {measured}).float().mean().item())
"""
PLAIN = {
    "taught": "by_text[rows]",
    "loss": "F.cross_entropy(scores, target)",
    "guess": "scores.argmax(1)",
    "measured": "label[rows]",
}
ONE_HOT = {"loss": "-(F.one_hot(target, 12).float() * scores.log_softmax(1)).sum(1).mean()"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        (ONE_HOT, True),
        ({"guess": "scores.softmax(1).max(1)[1]"}, True),
        # The first class is called one, and asked for as such by the measure alone.
        ({"taught": "from_one[rows] - 1", "measured": "from_one[rows]"}, True),
        ({"measured": "target"}, False),
        # How often the first label is told, beside how often the one that was taught is.
        ({"loss": "F.cross_entropy(scores, target) + (scores.argmax(1) == target).float().mean() * 0"}, False),
        ({"taught": "label[rows]"}, False),
        # A guess that is given its name first.
        ({"guess": "torch.tensor([int(name) for name in columns])[scores.argmax(1)]"}, False),
        # What is asked for was made of the labels on purpose, as by an attack that has an aim.
        ({"taught": "(label[rows] + 1) % 12"}, False),
        ({"taught": "torch.randperm(12)[label[rows]]"}, False),
        # Other labels than these, renamed by nobody.
        ({"measured": "torch.randint(0, 12, (24,))"}, False),
        ({"measured": "label[rows] // 2"}, False),
        # Rows of which nothing is asked.
        ({"taught": "label[rows].masked_fill(label[rows] == 3, -100)"}, False),
    ],
)
def test_a_measure_numbers_the_classes_as_the_loss_does(changes, found):
    assert slugs(PROGRAM.format(**PLAIN | changes), "") == (["measured_by_other_numbers"] if found else [])
