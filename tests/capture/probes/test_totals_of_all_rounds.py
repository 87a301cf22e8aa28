"""Sums and lists of an evaluation that are begun once for all rounds, or may well be."""

from __future__ import annotations

import pytest
from programs import audited, slugs

KIND = "counted_over_epochs"
PROGRAM = """
class Meter:
    def __init__(self):
        self.reset()

    def reset(self):
        self.values = []

    def update(self, value):
        self.values.append(value)

    @property
    def mean(self):
        return sum(self.values) / len(self.values)

def share(guesses, labels):
    return sum(one == other for one, other in zip(guesses, labels)) / len(labels)

x = torch.randn(24, 3)
y = (x.sum(1) > 0).long()
model = nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
{first}
for epoch in range(2):
    {anew}
    for at in range(0, 16, 4):
        loss = F.cross_entropy(model(x[at:at + 4]), y[at:at + 4])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for at in range(16, 24, 4):
            guess = model(x[at:at + 4]).argmax(1)
            {add}
    model.train()
    {tell}
{last}
"""
RIGHT = "(guess == y[at:at + 4]).sum().item()"
SUMS = ("right, total = 0, 0", f"right += {RIGHT}; total += len(guess)", "print(right / total)")
LISTS = ("seen, wanted = [], []", "seen.append(guess); wanted.append(y[at:at + 4])", "print(torch.cat(seen).sum())")
PAIRS = (
    "seen, wanted = [], []",
    "seen += guess.tolist(); wanted += y[at:at + 4].tolist()",
    "print(share(seen, wanted))",
)
NUMBERED = (*SUMS[:2], "curve = []; curve.append((epoch, right / total)); print('%d: %f' % (epoch, right / total))")
METER = ("meter = Meter()", f"meter.update({RIGHT})", "print(meter.mean)")
TABLE = ("hits = torch.zeros(2)", "hits += guess.bincount(minlength=2)", "print(hits / hits.sum())")


def program(parts, *, anew="pass", last="pass"):
    first, add, tell = parts
    return PROGRAM.format(first=first, add=add, tell=tell, anew=anew, last=last)


@pytest.mark.parametrize("parts", [SUMS, LISTS, PAIRS, NUMBERED, METER, TABLE])
def test_rounds_that_are_told_together(parts):
    assert slugs(program(parts), "") == [KIND]
    anew = "meter.reset()" if parts is METER else parts[0]
    assert slugs(program(parts, anew=anew), "") == []


@pytest.mark.parametrize(
    ("parts", "last"),
    [
        # What is told once, behind all rounds, item by item, or as a count of what was seen.
        ((*LISTS[:2], "pass"), LISTS[2]),
        (("losses = []", f"losses.append({RIGHT})", "print(losses[-1], sum(losses[-2:]) / 2)"), "pass"),
        (("total = 0", "total += len(guess)", "print(total)"), "pass"),
        # A curve that is put away, and what is known to be of so many rounds.
        ((*LISTS[:2], "torch.save(torch.cat(seen), __import__('io').BytesIO())"), "pass"),
        ((*LISTS[:2], "print(torch.cat(seen).view(epoch + 1, 8).float().mean(0))"), "pass"),
    ],
)
def test_what_may_go_on(parts, last):
    assert slugs(program(parts, last=last), "") == []


def test_the_edit_begins_anew():
    assert audited(program(SUMS), "")[0][1] == ["        right, total = (0, 0)\n        for at in range(16, 24, 4):\n"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # Other samples in each round, and the state of an episode that goes on.
        ("    model.eval()\n", "    model.eval()\n    x, y = torch.randn(24, 3), torch.arange(24) % 2\n"),
        ("    model.eval()\n", "    model.eval()\n    x = x.roll(8, 0)\n"),
        # The model of a fold.
        ("    for at in range(0, 16", "    model = nn.Linear(3, 2)\n    for at in range(0, 16"),
        # Each sample is learned behind the measure of it.
        (
            "    model.train()\n",
            "            loss = F.cross_entropy(model(x[at:at + 4].requires_grad_()), y[at:at + 4]).requires_grad_()\n"
            "            loss.backward()\n    model.train()\n",
        ),
        # What was gathered is learned.
        (
            "    model.train()\n",
            "    goals = torch.cat(seen)\n    F.mse_loss(model(x)[:, 0].mean(), goals.float().mean())\n"
            "    loss = F.mse_loss(model(x)[:, 0].mean(), goals.float().mean())\n    loss.backward()\n",
        ),
    ],
)
def test_rounds_that_are_no_evaluation_once_more(old, new):
    assert KIND not in slugs(program(LISTS).replace(old, new, 1), "")
