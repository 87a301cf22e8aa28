"""What the parameters that do not fit have in common is told, and nothing where they differ in several ways."""

import pytest
from mended import mended

NET = """
from torch import nn


class Net(nn.Module):
    def __init__(self, hidden, classes=3):
        super().__init__()
        self.rnn, self.out = nn.GRU(5, hidden), nn.Linear(hidden, classes)


"""
FIRST = "rnn.weight_ih_l0 is (78, 5) in the model and (72, 5) in the checkpoint"


def told(stored, made, net=NET):
    return mended(f"{net}Net({made}).load_state_dict(Net({stored}).state_dict())\n", most=1).diagnoses[0]


def test_one_size_that_all_of_them_have_is_told_once():
    found = told("24", "26")
    assert found.code == "SC562"
    assert found.explanation == (
        f"{FIRST}; all 5 that do not fit have 26 in the model for 24 in the checkpoint, or a multiple of it"
    )


@pytest.mark.parametrize(("stored", "made"), [("24, classes=7", "26, classes=4"), ("24, classes=2", "26, classes=11")])
def test_of_sizes_that_differ_in_several_ways_only_the_first_is_told(stored, made):
    assert told(stored, made).explanation == FIRST


def test_of_one_parameter_nothing_is_common():
    net = NET.replace("nn.Linear(hidden, classes)", "nn.Linear(9, classes, bias=False)")
    assert told("24, 4", "24, 7", net).explanation == "out.weight is (7, 9) in the model and (4, 9) in the checkpoint"


def test_a_width_alone_has_no_multiples():
    net = NET.replace("nn.GRU(5, hidden)", "nn.Linear(5, hidden)")
    assert told("24", "26", net).explanation.endswith(
        "; all 3 that do not fit have 26 in the model for 24 in the checkpoint"
    )
