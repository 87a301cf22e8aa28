"""Rows are viewed by the width of their own tensor, not of another one."""

import pytest
from mended import mended, printed

PROGRAM = """
    def apart(left, right, one, other):
        wide = left.{asked}
        rows, others = left.reshape(-1, wide), right.reshape(-1, {width})
        total = 0.0
        for x, y in zip(rows.split(4), others.split(4)):
            total = total + (one(x) - other(y)).abs().sum()
        return total


    print(round(apart(torch.rand(3, 4, 6), torch.rand(3, 4, 9), nn.Linear(6, 2), nn.Linear(9, 2)).item(), 4))
"""


@pytest.mark.parametrize(("asked", "own"), [("size(-1)", "right.size(-1)"), ("shape[2]", "right.shape[-1]")])
def test_the_width_of_the_tensor_itself(asked, own):
    found = mended(PROGRAM.format(asked=asked, width="wide"))
    assert found.diagnoses[0].fixes[0].title == f"wide -> {own}"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(asked=asked, width=own))


def test_a_layer_for_the_other_tensor_is_no_reason():
    program = PROGRAM.replace("nn.Linear(9, 2)", "nn.Linear(5, 2)")
    found = mended(program.format(asked="size(-1)", width="wide"), most=1)
    assert not any("right.size(-1)" in fix.title for fix in found.diagnoses[0].fixes)


WRITTEN = """
    class Reader(nn.Module):
        def __init__(self, letters=12, rows=3):
            super().__init__()
            self.rows, self.words = rows, nn.Embedding(20, {words})
            self.narrow, self.top = nn.Linear(6, letters), nn.Linear({wide}, 2)

        def forward(self, ids, spelt):
            seen = torch.relu(self.narrow(spelt.mean(1)))
            seen = seen.{view}
            return self.top({together}).sum()


    ids, spelt = torch.randint(0, 20, (7, 3)), torch.rand(21, 4, 6)
    print(round(Reader()(ids, spelt).item(), 4))
"""
WAYS = [("torch.cat([self.words(ids), seen], -1)", 5, 17), ("self.words(ids) + seen", 12, 12)]


@pytest.mark.parametrize(("together", "words", "wide"), WAYS)
@pytest.mark.parametrize("view", ["view(-1, 3, {})", "reshape(-1, self.rows, {})", "view(-1, ids.size(1), {})"])
@pytest.mark.parametrize("width", ["4", "2 * 3", "21"])
def test_a_width_that_is_written_is_that_of_the_rows(together, words, wide, view, width):
    parts = {"together": together, "words": words, "wide": wide}
    found = mended(WRITTEN.format(**parts, view=view.format(width)))
    assert found.output == printed(WRITTEN.format(**parts, view=view.format("seen.size(-1)")))
    assert not found.doubts


def test_a_width_under_which_the_rows_are_as_many_is_left():
    program = WRITTEN.format(together=WAYS[0][0], words=5, wide=17, view="view(-1, 3, 12)").replace(
        "(7, 3))", "(8, 3))"
    )
    assert "seen.size(-1)" not in mended(program, most=1).text
