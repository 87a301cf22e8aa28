"""Fields that share one table, each with rows of its own behind those of the fields before it."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    class Fields(nn.Module):
        def __init__(self, sizes):
            super().__init__()
            self.table = nn.Embedding({rows}, 2)
            self.begin = {begin}
        def forward(self, x):
            return self.table(x + self.begin).sum((1, 2))
    print(Fields([4, 7, 3])(torch.tensor([[0, 6, 2], [3, 0, 1]])))
"""


@pytest.mark.parametrize("begin", ["torch.tensor(np.cumsum(sizes))", "torch.tensor(sizes).cumsum(0)"])
def test_each_begins_where_those_before_it_end(begin):
    found = mended(PROGRAM.format(rows="sum(sizes)", begin=begin))
    assert found.output == printed(PROGRAM.format(rows="sum(sizes)", begin="torch.tensor([0, 4, 11])"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("rows", "begin"),
    [
        # A table that nobody says is made of all of these.
        ("14", "torch.tensor(sizes).cumsum(0)"),
        ("sum(sizes)", "torch.tensor([4, 11, 14])"),
    ],
)
def test_other_tables_are_left(rows, begin):
    found = mended(PROGRAM.format(rows=rows, begin=begin), most=1)
    assert not any("cumsum" in fix.title for each in found.diagnoses for fix in each.fixes)


@pytest.mark.parametrize(
    "begin",
    [
        "torch.tensor(np.array((0, *np.cumsum(sizes)[:-1])))",
        "torch.cat([torch.zeros(1).long(), torch.tensor(sizes).cumsum(0)[:-1]])",
    ],
)
def test_what_begins_rightly_is_left(begin):
    text = PROGRAM.format(rows="sum(sizes)", begin=begin).replace("[[0, 6, 2]", "[[0, 6, 3]")
    found = mended(text, most=1)
    assert not any("cumsum" in fix.title for each in found.diagnoses for fix in each.fixes)
