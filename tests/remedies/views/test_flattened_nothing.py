"""Calls that do nothing as they stand, and a layout of which only a view behind it speaks."""

import pytest
from mended import mended, printed

FLAT = """
    x, score = torch.randn(2, 5, 4), nn.Linear(4, 3)
    tokens = x.flatten({})
    outs = torch.stack([tokens, 2 * tokens, 3 * tokens], dim=-1)
    print(round((outs * score(tokens).unsqueeze(1)).sum(dim=-1).view_as(x).sum().item(), 4))
"""
STATE = """
    batch, width, layers = 3, 6, 2
    read = nn.GRU(5, width, layers{}bidirectional=True)
    x = torch.randn(batch, 8, 5)
    seen, state = read(x)
    print(tuple(state.view(layers, 2, batch, width).sum(dim=1).shape))
"""
READ = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Linear(8, 5)

        def forward(self, steps):
            return self.score(steps).flatten({})

    print(F.cross_entropy(Reader()(torch.randn(3, 6, 8)), torch.arange(18) % 5).item())
"""


@pytest.mark.parametrize(("program", "wrong"), [(FLAT, "1, 1"), (READ, "2, 1"), (READ, "-1, 1")])
def test_the_axes_are_merged_with_which_the_rest_goes_on(program, wrong):
    found = mended(program.format(wrong), most=1)
    assert not found.doubts
    assert found.output == printed(program.format("0, 1"))
    if program is READ:
        # What torch refuses itself is tried, and told also where no cause has a name.
        assert found.diagnoses[0].fixes[0].verified == "call"


@pytest.mark.parametrize("told", [", ", ", batch_first=False, "])
def test_the_view_of_a_state_says_where_the_samples_are(told):
    found = mended(STATE.format(told), most=1)
    assert not found.doubts
    assert "batch_first=True" in found.changed[0]
    assert found.output == printed(STATE.format(", batch_first=True, "))
