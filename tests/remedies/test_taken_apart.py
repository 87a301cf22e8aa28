"""A tuple in place of a tensor is taken apart into as many names as it has parts."""

from __future__ import annotations

import pytest
from mended import mended

PROGRAM = """
gru = nn.GRU(3, 6)
x = torch.randn(5, 4, 3)
kept = (torch.zeros(1, 4, 6),{more})
state = tuple(kept)
out, state = gru(x, state)
print(out.shape)
"""


@pytest.mark.parametrize(
    ("more", "names"),
    [("", None), (" torch.ones(1, 4, 6)", "state, _"), (" torch.ones(1, 4, 6), torch.ones(1, 4, 6)", "state, *_")],
)
def test_the_names_are_as_many_as_the_parts(more, names):
    done = mended(PROGRAM.format(more=more), most=1)
    titles = [fix.title for fix in done.diagnoses[0].fixes]
    assert [title for title in titles if "_ =" in title] == ([f"{names} = tuple(kept)"] if names else [])
    assert done.output == "torch.Size([5, 4, 6])\n"
