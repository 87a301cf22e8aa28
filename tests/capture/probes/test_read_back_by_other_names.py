"""Names of classes that number the targets in one order, and are read back in the same one or in another."""

from __future__ import annotations

import sys

import pytest
from programs import slugs

from shapecheck.capture.recording.namings import Namings
from shapecheck.capture.recording.user_code import user_spot

NAMED = """
CLASSES = ["wait", "left", "right", "jump"]
ORDER = sorted(CLASSES)
COLUMN = {{name: at for at, name in enumerate({order})}}


class Names:
    def __init__(self, names):
        self.names, self.number = list(names), {{name: at for at, name in enumerate(names)}}


held = Names({order})


def sample(n):
    x = torch.randn(n, 6)
    return x, [CLASSES[at] for at in x[:, :4].argmax(1).tolist()]


def taught(names):
    {taught}


def measured(model, x, names):
    with torch.no_grad():
        scores = model(x)
    {measured}


model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    x, names = sample(12)
    loss = F.cross_entropy(model(x), taught(names))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(measured(model, *sample(9)))
"""
LABELS = "return torch.tensor([COLUMN[name] for name in names])"
WRITTEN = """out = torch.zeros(len(names), 4)
    for row, name in enumerate(names):
        out[row, COLUMN[name]] = 1.0
    return out"""
LISTED = """numbers = [held.names.index(name) for name in names]
    return F.one_hot(torch.tensor(numbers), 4).float()"""
READ = "return [CLASSES[at] for at in scores.argmax(dim=1).tolist()] == names"
ZIPPED = """guess = scores.argmax(-1)
    return sum(CLASSES[one] == name for one, name in zip(guess.tolist(), names))"""
NUMBERED = """truth = torch.tensor([CLASSES.index(name) for name in names])
    return (scores.argmax(1) == truth).float().mean().item()"""


def program(taught, measured, order):
    return NAMED.format(taught=taught, measured=measured, order=order)


@pytest.mark.parametrize(("taught", "measured"), [(LABELS, NUMBERED), (WRITTEN, READ), (LISTED, ZIPPED)])
def test_names_in_two_orders(taught, measured):
    assert slugs(program(taught, measured, "ORDER"), "") == ["measured_by_other_numbers"]
    assert slugs(program(taught, measured, "CLASSES"), "") == []


@pytest.mark.parametrize(
    "measured",
    [
        # Read back by the order of the targets, whatever the samples were made by.
        READ.replace("CLASSES", "ORDER"),
        # Put into the other order first.
        f"scores = scores[:, [ORDER.index(name) for name in CLASSES]]\n    {READ}",
    ],
)
def test_names_read_back_as_they_were_numbered(measured):
    assert slugs(program(LABELS, measured, "ORDER"), "") == []


@pytest.mark.parametrize(
    ("change", "measured"),
    [
        # By the number that the class has in the other order.
        ({}, "other = [CLASSES.index(name) for name in ORDER]\n"
         "    return [CLASSES[other[at]] for at in scores.argmax(1)] == names"),
        # The name that each sample has, whatever its number is called.
        ({}, "given = [CLASSES[at] for at in range(3)]\n    return [ORDER[at] for at in scores.argmax(1)], given"),
        # The answers to the classes have their names as well.
        ({'"wait", "left"': '"rock", "paper"', "sorted(CLASSES)": "[*CLASSES[1:], CLASSES[0]]"}, READ),
        # A model that was taught elsewhere numbers them by an order of its own.
        ({"measured(model, *": "measured(elsewhere, *", "model =": "elsewhere = nn.Linear(6, 4)\nmodel ="}, READ),
    ],
)  # fmt: skip
def test_names_in_an_order_of_their_own(change, measured):
    body = program(LABELS, measured, "ORDER")
    for old, new in change.items():
        body = body.replace(old, new, 1)
    assert slugs(body, "") == []


def test_a_function_that_is_given_two_orders():
    by = "def numbers(table, names):\n    return torch.tensor([table[name] for name in names])\n\n\ndef taught"
    body = program("return numbers(COLUMN, names)", READ, "ORDER").replace("def taught", by)
    other = "other = {name: at for at, name in enumerate(CLASSES)}\nfor _ in range(9):\n    numbers(other, CLASSES)\n"
    assert slugs(body.replace("model =", other + "model =", 1), "") == []


def test_nothing_of_the_scripts_own_is_run_to_find_names():
    class Bites:
        @property
        def __class__(self):
            raise AssertionError

        @property
        def __dict__(self):
            raise AssertionError

        def __len__(self):
            raise AssertionError

    class Many(list):
        __len__ = __getitem__ = __iter__ = Bites.__len__

    held = [Bites(), Many(), ["b", "a", "c"]]
    _first, _second, _names = held
    seen = Namings()
    seen.see(sys._getframe())
    spot = user_spot(sys._getframe())
    assert seen.of(spot, "_names") == ("b", "a", "c")
    assert seen.of(spot, "_first") is seen.of(spot, "_second") is None
