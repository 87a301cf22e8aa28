"""A part of what is joined that was given axes which the others have not stays as it was."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Mixer(nn.Module):
        def __init__(self):
            super().__init__()
            self.times, self.top = nn.Embedding(9, 4), nn.Linear(7, 5)

        def when(self, t):
            return self.times(t) * 2

        def forward(self, x, context, t):
            both = self.top(torch.cat([context, self.when(t)], dim={dim}))
            return x + both[:, :, None, None]


    torch.manual_seed(1)
    found = torch.randn(2, 3).tanh()
    context = {made}
    print(Mixer()(torch.randn(2, 5, 6, 8), {given}, torch.tensor([4, 1])).sum().item())
"""


@pytest.mark.parametrize("dim", ["-1", "1"])
@pytest.mark.parametrize(
    ("made", "given", "right"),
    [
        ("found[:, :, None, None]", "context", "found"),
        ("found.unsqueeze(-1).unsqueeze(-1)", "context", "found"),
        ("found * 3", "context[..., None, None]", "found * 3"),
    ],
)
def test_axes_that_a_part_was_given_are_left_out(made, given, right, dim):
    found = mended(PROGRAM.format(made=made, given=given, dim=dim))
    assert found.output == printed(PROGRAM.format(made=right, given="context", dim=dim))
    assert not found.doubts


def test_the_others_may_lack_them_where_the_lines_behind_take_maps():
    program = """
    class Mixer(nn.Module):
        def __init__(self):
            super().__init__()
            self.times, self.top = nn.Embedding(9, 4), nn.Conv2d(7, 5, 1)

        def when(self, t):
            return self.times(t) * 2

        def forward(self, context, t):
            return self.top(torch.cat([context, {}], dim=1))


    torch.manual_seed(1)
    print(Mixer()(torch.randn(2, 3)[:, :, None, None], torch.tensor([4, 1])).sum().item())
    """
    found = mended(program.format("self.when(t)"))
    assert found.output == printed(program.format("self.when(t)[:, :, None, None]"))


def test_what_has_its_axes_by_itself_is_no_such_part():
    found = mended(PROGRAM.format(made="torch.randn(2, 3, 6, 8)", given="context", dim="1"))
    assert found.output == "crashed" or found.doubts
