"""Outputs of cells, of which an index took one sample."""

import pytest
from mended import mended

OF_TWO = """
    class Two(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.low, self.high = nn.GRUCell(3, n), nn.GRUCell(n, n)

        def forward(self, x):
            a = b = torch.zeros(x.size(0), 5)
            for t in range(x.size(1)):
                a = self.low(x[:, t], a)
                b = self.high(a[-1], b)
            return b.sum()

    print(Two(5)(torch.randn(4, 6, 3)).shape)
"""
BEFORE_THE_LOSS = """
    cell, head = nn.LSTMCell(3, 5), nn.Linear(5, 2)
    x, y = torch.randn(4, 6, 3), torch.randint(0, 2, (4,))
    h, c = torch.zeros(4, 5), torch.zeros(4, 5)
    for t in range(6):
        h, c = cell(x[:, t], (h, c))
    scores = head(h[-1])
    print(F.cross_entropy(scores, y).shape)
"""
BY_A_NAME = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.RNNCell(3, 5)

        def forward(self, x, memory):
            h = self.cell(x)
            last = h[-1]
            return torch.bmm(memory, last.unsqueeze(2)).sum()

    print(Reader()(torch.randn(4, 3), torch.randn(4, 7, 5)).shape)
"""
KEPT_IN_A_LIST = """
    cells = nn.ModuleList([nn.LSTMCell(3, 5), nn.LSTMCell(5, 5)])
    x = torch.randn(4, 6, 3)
    states = [(torch.zeros(4, 5), torch.zeros(4, 5)) for _ in cells]
    for t in range(6):
        given = x[:, t]
        for k, cell in enumerate(cells):
            h, c = cell(given, states[k])
            states[k] = (h[0], c)
            given = h
    print(given.sum().shape)
"""


@pytest.mark.parametrize(
    ("program", "changed", "is_sure"),
    [
        (OF_TWO, "b = self.high(a, b)", True),
        (BEFORE_THE_LOSS, "scores = head(h)", True),
        (BEFORE_THE_LOSS.replace("head(h[-1])", "h[-1]\n    scores = head(scores)"), "scores = h", True),
        (BY_A_NAME, "last = h", False),
        (KEPT_IN_A_LIST, "states[k] = (h, c)", True),
    ],
)
def test_all_samples_are_kept(program, changed, is_sure):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output == "torch.Size([])\n"
    assert bool(found.doubts) is not is_sure


def test_a_sample_that_is_put_beside_others_may_be_meant():
    program = """
    step, known = nn.RNNCell(2, 4), torch.randn(3, 4)
    h = torch.zeros(5, 4)
    for x in torch.randn(6, 5, 2):
        h = step(x, h)
    print(torch.cat([known, h[2]]).mean(0).shape)
    """
    found = mended(program)
    assert found.changed != ["print(torch.cat([known, h]).mean(0).shape)"] or found.doubts


@pytest.mark.parametrize(
    ("line", "used"),
    [
        ("state = nn.LSTMCell(3, 5)(torch.randn(4, 3))", "state[0]"),
        ("kept = [nn.GRUCell(3, 5)(torch.randn(4, 3))]", "kept[-1]"),
        ("_, kept = nn.GRU(3, 5)(torch.randn(4, 2, 3))", "kept[-1]"),
    ],
)
def test_a_part_of_a_pair_an_item_of_a_list_and_a_layer_stay(line, used):
    program = f"""
    {line}
    print(nn.Linear(6, 2)({used}).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any(fix.title in ("state", "kept") for fix in fixes)
