"""A product of sizes that was written out for other maps than those that arrive."""

import pytest
from mended import mended

VIEWED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.pool = nn.Conv2d(3, 6, 5), nn.MaxPool2d(2)
            self.first, self.last = nn.Linear(6 * 8 * 8, 12), nn.Linear(12, 4)

        def forward(self, x):
            x = self.pool(torch.relu(self.conv(x)))
            x = x.view(-1, 6 * 8 * 8)
            return self.last(torch.relu(self.first(x)))

    print(Net()(torch.randn(5, 3, 22, 22)).shape)
"""
FLAT = VIEWED.replace("x.view(-1, 6 * 8 * 8)", "torch.flatten(x, 1)")
IN_A_ROW = """
    net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(6 * 7 * 7, 10))
    print(net(torch.randn(4, 1, 12, 12)).shape)
"""
NAMED = VIEWED.replace("self.first, ", "self.flat = 6 * 8 * 8\n            self.first, ").replace(
    "nn.Linear(6 * 8 * 8, 12)", "nn.Linear(self.flat, 12)"
)
NAMED = NAMED.replace("view(-1, 6 * 8 * 8)", "view(-1, self.flat)")


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (
            VIEWED,
            [
                "self.first, self.last = nn.Linear(6 * 9 * 9, 12), nn.Linear(12, 4)",
                "x = x.view(-1, 6 * 9 * 9)",
            ],
        ),
        (FLAT, ["self.first, self.last = nn.Linear(6 * 9 * 9, 12), nn.Linear(12, 4)"]),
        (VIEWED.replace("x.view(-1, ", "x.reshape(x.size(0), "), None),
        (
            VIEWED.replace("22, 22", "22, 24").replace("8 * 8", "8 * 9"),
            [
                "self.first, self.last = nn.Linear(6 * 9 * 10, 12), nn.Linear(12, 4)",
                "x = x.view(-1, 6 * 9 * 10)",
            ],
        ),
        (IN_A_ROW, ["net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(6 * 8 * 8, 10))"]),
        (NAMED, ["self.flat = 6 * 9 * 9"]),
    ],
)
def test_the_factors_that_arrive_are_written_wherever_the_product_is(program, changed):
    found = mended(program, most=1)
    assert changed is None or found.changed == changed
    assert found.output != "crashed"
    assert not found.doubts


def test_it_is_said_which_factors_arrive():
    assert mended(VIEWED, most=1).diagnoses[0].explanation.endswith(": a sample has 6 * 9 * 9 of them, not 6 * 8 * 8")
    assert mended(IN_A_ROW, most=1).diagnoses[0].explanation.endswith(": 6 * 8 * 8, not 6 * 7 * 7")


@pytest.mark.parametrize(
    "program",
    [
        # The pool that would make them half as large is missing, or not called.
        VIEWED.replace("self.pool(torch.relu(self.conv(x)))", "torch.relu(self.conv(x))"),
        # A padding may be missing that would make them larger.
        VIEWED.replace("8 * 8", "11 * 11"),
    ],
)
def test_maps_that_another_layer_would_have_made_as_written_are_in_doubt(program):
    assert mended(program, most=1).doubts


@pytest.mark.parametrize(
    "program",
    [
        # No factor agrees.
        VIEWED.replace("6 * 8 * 8", "7 * 8 * 8"),
        # Not a factor for each axis.
        VIEWED.replace("6 * 8 * 8", "6 * 64"),
        # No square of places comes out.
        FLAT.replace("22, 22", "22, 24"),
    ],
)
def test_what_does_not_go_factor_for_factor_is_left_alone(program):
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(" -> 6 * 9" not in fix.title for fix in fixes)
