"""What ran along another axis than the one along which the shape comes out that is asked for."""

import pytest
from mended import mended, printed

STATES = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc = nn.LSTM(3, 8, 2, bidirectional=True)
            self.dec = nn.LSTM(5, 16, 2)

        def bridge(self, s):
            return torch.cat([s[0::2], s[1::2]], dim={axis}).contiguous()

        def forward(self, x, y):
            _, (h, c) = self.enc(x)
            out, _ = self.dec(y, (self.bridge(h), self.bridge(c)))
            return out

    print(f"{{Net()(torch.randn(7, 4, 3), torch.randn(6, 4, 5)).sum().item():.3f}}")
"""
PARTS = """
    gru = nn.GRU(3, 8, 2, batch_first=True)

    def in_parts(x, state):
        return torch.chunk(x, 2), torch.chunk(state, 2{axis})

    xs, states = in_parts(torch.randn(12, 7, 3), torch.zeros(2, 12, 8))
    for part, state in zip(xs, states):
        print(f"{{gru(part, state.contiguous())[0].sum().item():.3f}}")
"""
BEAM = """
    gru = nn.GRU(3, 8)
    state = gru(torch.randn(7, 4, 3))[1]
    state = state.repeat_interleave(5, dim={axis})
    print(f"{{gru(torch.randn(1, 20, 3), state)[0].sum().item():.3f}}")
"""
MASK = """
    scores, gold = torch.randn(4, 7, 6), torch.randint(0, 6, (4, 7))
    inside = gold > 1
    print((scores.argmax({axis})[inside] == gold[inside]).sum().item())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [(STATES, "1", "2"), (PARTS, "", ", dim=1"), (BEAM, "0", "1"), (MASK, "1", "2")],
    ids=["joined", "cut in parts", "repeated", "the place of the largest"],
)
def test_it_runs_along_the_axis_with_which_the_shape_comes_out(program, wrong, right):
    found = mended(program.format(axis=wrong))
    assert found.output == printed(program.format(axis=right))
    assert len(found.diagnoses) == 1
    assert found.doubts == []


def test_what_has_as_many_numbers_by_chance_is_left_alone():
    program = BEAM.format(axis=1).replace("repeat_interleave(5, dim=1)", "repeat_interleave(3, dim=1)")
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "repeat_interleave" in fix.edits[0].replacement)


def test_an_axis_is_left_out_only_where_the_rest_is_what_is_asked_for():
    program = "x = torch.randn(4, 5, 8)\nm = x.mean(dim=1)\nprint((m * torch.randn(4, 7)).shape)"
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("dim=2" in fix.edits[0].replacement and fix.verified == "call" for fix in fixes)
