"""Weights made by the width of the keys for what has that of the values."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Attend(nn.Module):
        def __init__(self, heads, width, key=None, val=None):
            super().__init__()
            self.heads, self.key, self.val = heads, key{more}, val
            self.ask, self.give = nn.Linear(width, heads * self.key), nn.Linear(width, heads * self.val)
            self.out = {out}

        def forward(self, x):
            b, t, _ = x.shape
            asked = self.ask(x).view(b, t, self.heads, self.key).transpose(1, 2)
            given = self.give(x).view(b, t, self.heads, self.val).transpose(1, 2)
            seen = (asked @ asked.transpose(2, 3)).softmax(-1) @ given
            seen = seen.transpose(1, 2).reshape(b * t, self.heads * self.val)
            return {use}


    print(round(Attend(3, 10, 6, 5)(torch.rand(2, 4, 10)).sum().item(), 4))
"""
MADE = [
    ("nn.Linear(heads * {}, width)", "self.out(seen)", ""),
    ("nn.Parameter(torch.ones(heads, {}, width))", "torch.mm(seen, self.out.view(-1, 10))", ""),
    ("nn.Parameter(torch.ones(heads * self.{}, width))", "seen @ self.out", " or val"),
]


@pytest.mark.parametrize(("out", "use", "more"), MADE)
def test_it_is_made_by_the_number_by_which_what_it_meets_was_viewed(out, use, more):
    bad, good = (PROGRAM.format(out=out.format(each), use=use, more=more) for each in ("key", "val"))
    found = mended(bad, most=1)
    assert found.output == printed(good)
    assert not found.doubts
    assert found.changed == [f"self.out = {out.format('val')}".replace("self.val", "val")]


def test_a_view_that_names_its_width_is_turned_in_doubt_where_what_follows_has_no_place_for_the_rows():
    text = """
        seen, out = torch.rand(8, 12), torch.rand(3, 6, 12)
        print(round((seen @ out.view(-1, 12)).view(4, 2, 12).sum().item(), 4))
    """
    found = mended(text, most=1)
    assert found.doubts == ["a view has told its last size, which may be what it is for"]
    assert not mended(text.replace(".view(4, 2, 12)", ".view(4, 2, 18)"), most=1).doubts
