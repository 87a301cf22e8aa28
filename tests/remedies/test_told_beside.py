"""What stands beside a line tells which change of it is meant, or that another one may be."""

import pytest
from mended import mended

WIDTH = """
    class Moves(nn.Module):
        def __init__(self, wide):
            super().__init__()
            self.read = nn.LSTM(wide, 7, batch_first=True)

        def forward(self, x):
            return self.read(x)[0]

    print(Moves(4)(torch.randn(5, 6, 12)).shape)
"""
DRAWN = """
    kinds, seen = torch.randint(20, (6,)).clamp(max=17), torch.randn(6, 6)
    print(F.cross_entropy(nn.Linear(6, 15)(seen), kinds).item())
"""
CUT = """
    def halves(films):
        return films[:, :4].sum() + films[9].sum()

    print(halves(torch.randn(6, 12)).item())
"""
PICKED = """
    photos, words = torch.randn(8, 4), torch.randint(30, (9, 5))
    rows = torch.tensor([8, 2, 3])
    print(photos[rows].shape, words[rows].shape)
"""


@pytest.mark.parametrize(
    ("program", "right"),
    [
        # So many times the width that the class is told.
        (WIDTH, "nn.LSTM(3 * wide, 7"),
        # Labels are drawn below a number that the largest of this batch does not reach.
        (DRAWN, "nn.Linear(6, 20)"),
        # The other cut of the same is along the second axis.
        (CUT, "films[:, 9]"),
    ],
)
def test_it_tells_which_is_meant(program, right):
    found = mended(program, most=1)
    assert right in found.changed[0]
    assert not found.doubts


def test_the_same_places_that_pick_from_what_has_them_all_are_a_doubt():
    assert mended(PICKED, most=1).doubts
