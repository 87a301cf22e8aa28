"""One number or one order that is written otherwise than meant, on the way to a line that then fails."""

import pytest
from mended import mended, printed

PARTS = """
    table = torch.randn(30, 9, 3)
    total = table[..., 0] + table[..., 1] - table[{index}]
    print(total.abs().mean().item())
"""
LABELS = """
    def made(count):
        rows = torch.cat([torch.randn(count, 6), torch.randint(0, 4, (count, 1))], dim=1)
        return rows[:, :6], rows[{index}]

    seen, kinds = made(11)
    print(F.cross_entropy(nn.Linear(6, 4)(seen), kinds.long()).item())
"""
STARTED = """
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate, self.keep = nn.Linear(6, 8), nn.Linear(8, 8)

        def step(self, now, state):
            return torch.tanh(self.gate(now) + self.keep(state))

        def forward(self, readings):
            state = readings.new_zeros(readings.size({axis}), 8)
            for at in range(readings.size(0)):
                state = self.step(readings[at], state)
            return state

    print(Steps()(torch.randn(9, 4, 6)).shape)
"""
FACTORS = """
    def scores(queries, items):
        return {product}

    rows, table = torch.randn(6, 16), nn.Embedding(9, 16)
    print(F.cross_entropy(scores(rows, table.weight), torch.arange(6)).item())
"""
MERGED = """
    words, counts = torch.randn(4, 7, 12), torch.rand(28, 12)
    print(F.kl_div(words.flatten({ends}).log_softmax(-1), counts, reduction="batchmean").item())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (PARTS, "2, ...", "..., 2"),
        (LABELS, "-1, :", ":, -1"),
        (STARTED, "0", "1"),
        (FACTORS, "items @ queries.T", "queries @ items.T"),
        (MERGED, "0, 2", "0, 1"),
    ],
)
def test_the_one_with_which_all_goes_on_is_sure(program, wrong, right):
    blank = program[program.index("{") : program.index("}") + 1]
    found = mended(program.replace(blank, wrong))
    assert found.output == printed(program.replace(blank, right))
    assert not found.doubts


def test_two_with_which_all_goes_on_are_in_doubt():
    found = mended("""
        parts, more = torch.randn(6, 5, 4), torch.rand(6, 3)
        print(torch.cat([parts.mean(dim=0), more], dim=1).shape)
    """)
    assert found.doubts


def test_what_has_more_for_it_does_not_stand_back():
    found = mended("""
        seen = torch.randn(8, 3)
        print(nn.Linear(4, 2)(torch.stack([seen[:, 0], seen[:, 1], seen[:, 2]], dim=1)).shape)
    """)
    assert "nn.Linear(3, 2)" in found.text
