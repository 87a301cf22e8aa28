"""The formula of a flattened width gives way to the method of the module that asks the layers what they leave."""

import pytest
from mended import mended, printed

from shapecheck.remedies.widths.reckoned_by_methods import FORGOTTEN

STEPS = """
class Net(nn.Module):
    def __init__(self, length, classes=4):
        super().__init__()
        self.front = nn.ModuleList([nn.Conv1d(3, 8, 5, stride=2), nn.Conv1d(8, 16, 3, stride=2)])
        {line}
        self.fc = nn.Linear(16 * {steps}, classes)

    def left(self, length):
        for conv in self.front:
            length = (length - conv.kernel_size[0]) // conv.stride[0] + {more}
        return length

    def forward(self, x):
        for conv in self.front:
            x = conv(x).relu()
        return self.fc(x.flatten(1))


print(Net(50)(torch.randn(6, 3, 50)).sum().item())
"""
PLAIN = {"line": "self.classes = classes", "more": 1}

SIDES = """
class Net(nn.Module):
    def __init__(self, size=28):
        super().__init__()
        self.first, self.second, self.pool = nn.Conv2d(1, 4, 5), nn.Conv2d(4, 8, 5, padding=1), nn.MaxPool2d(2)
        self.fc = nn.Linear(8 * {width}, 10)

    @staticmethod
    def _behind(size, conv, pool):
        return ((size + 2 * conv.padding[0] - conv.kernel_size[0]) // conv.stride[0] + 1) // pool.kernel_size

    def side(self, size):
        return self._behind(self._behind(size, self.first, self.pool), self.second, self.pool)

    def forward(self, x):
        x = self.pool(self.first(x).relu())
        return self.fc(self.pool(self.second(x).relu()).flatten(1))


print(Net(30)(torch.randn(6, 1, 30, 30)).sum().item())
"""


@pytest.mark.parametrize("steps", ["(length // 4)", "(length // 4 - 2)", "(length - 8)"])
def test_the_steps_are_reckoned_by_the_method(steps):
    found = mended(STEPS.format(steps=steps, **PLAIN))
    assert found.changed == ["self.fc = nn.Linear(16 * self.left(length), classes)"]
    assert found.output == printed(STEPS.format(steps="self.left(length)", **PLAIN))
    assert not found.doubts


def test_a_formula_with_a_name_is_changed_where_it_has_its_name():
    parts = {"steps": "steps", "more": 1}
    found = mended(STEPS.format(line="steps = length // 4", **parts))
    assert found.changed == ["steps = self.left(length)"]
    assert found.output == printed(STEPS.format(line="steps = self.left(length)", **parts))


@pytest.mark.parametrize(
    ("width", "right"),
    [
        ("(size // 4) * (size // 4)", "self.side(size) * self.side(size)"),
        ("(size // 4) ** 2", "self.side(size) ** 2"),
    ],
)
def test_both_sides_of_a_picture_are_reckoned_by_the_method(width, right):
    found = mended(SIDES.format(width=width))
    assert right in found.text
    assert found.output == printed(SIDES.format(width=right))


def test_a_method_that_comes_to_another_number_is_not_called():
    found = mended(STEPS.format(steps="(length // 4)", **{**PLAIN, "more": 2}))
    assert "16 * self.left" not in found.text
    assert found.output != "crashed"


def test_a_method_is_not_called_before_its_layers_are_there():
    program = STEPS.format(steps="steps", line="", more=1)
    program = program.replace("self.front =", "steps = length // 4\n        self.front =", 1)
    found = mended(program)
    assert "steps = self.left" not in found.text
    assert found.output != "crashed"


@pytest.mark.parametrize("called", ["self.second(x).relu()", "self.second(x)"])
def test_a_pool_that_is_made_and_not_called_may_be_what_the_formula_counts(called):
    # The formula counts a pool behind both layers, the module one behind the first alone.
    program = SIDES.format(width="(size // 4) ** 2").replace("self.pool(self.second(x).relu())", called)
    program = program.replace("nn.MaxPool2d(2)\n", "nn.MaxPool2d(2)\n        self.last = nn.MaxPool2d(2)\n")
    program = program.replace(
        "return self._behind(self._behind(size, self.first, self.pool), self.second, self.pool)",
        "return self._behind(size, self.first, self.pool) + 2 * self.second.padding[0] - 4",
    )
    found = mended(program)
    assert "self.side(size) ** 2" in found.text
    assert found.doubts == [FORGOTTEN]
