"""What is read of the script's own objects runs none of their code."""

import sys

import pytest
import torch
from torch import nn

from shapecheck.capture.kept import kept_by
from shapecheck.capture.recording import loop_items, optimizers, placed
from shapecheck.capture.recording.namings import Namings
from shapecheck.capture.recording.reckoned import Reckonings


class Plain:
    def __init__(self):
        self.width = 3


class Slotted:
    __slots__ = ("width",)


class Settings(dict):
    def __init__(self, **given):
        super().__init__(given)
        self.__dict__ = self

    def __iter__(self):
        raise AssertionError("the script's code was run")


class Asked:
    """Tells of everything that is asked of it."""

    def __init__(self, asked):
        object.__setattr__(self, "asked", asked)

    @property
    def __class__(self):
        object.__getattribute__(self, "asked").append("__class__")
        return Asked

    @property
    def __dict__(self):
        object.__getattribute__(self, "asked").append("__dict__")
        return {}

    def __getattr__(self, name):
        object.__getattribute__(self, "asked").append(name)
        return 0


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Plain(), {"width": 3}),
        (Settings(width=3), {"width": 3}),
        (Slotted(), {}),
        (Asked([]), {}),
        (Plain, {}),
        (3, {}),
    ],
)
def test_what_an_object_keeps_is_read_where_it_lies(value, kept):
    assert kept_by(value) == kept


def reckon(_given):
    return Reckonings().of(sys._getframe(), [0.5, 1.0, 2.0, 4.0, 8.0])


def look_into_the_batch(given):
    for _item in [given]:
        loop_items.flags_around(sys._getframe())


READERS = (
    reckon,
    look_into_the_batch,
    lambda given: Namings().see(sys._getframe()),
    lambda given: optimizers._gathered(None, {"given": given, "several": [given]}),
    lambda given: placed.told([[given], [given]]),
)


@pytest.mark.parametrize("reader", READERS)
def test_an_object_of_the_script_is_not_asked(reader):
    asked = []
    reader(Asked(asked))
    assert asked == []


def test_groups_of_parameters_are_seen_all_the_same():
    weight = nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(2))], lr=0.1)
    names = {"listed": [weight], "group": {"params": [weight]}, "held": optimizer.param_groups[0], "other": [3]}
    assert [name for name, _ in optimizers._gathered(optimizer, names)] == ["listed", "group"]
