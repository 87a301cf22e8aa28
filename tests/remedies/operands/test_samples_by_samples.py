"""A row of each sample that met the rows of all samples."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Mixer(nn.Module):
        def __init__(self, agents, wide, width):
            super().__init__()
            self.agents, self.width = agents, width
            self.weight, self.bias = nn.Linear(wide, agents * width), nn.Linear(wide, width)
            self.top = nn.Linear(width, 1)

        def forward(self, q, s):
            w = self.weight(s).view(-1, self.agents, self.width)
            h = torch.relu({text})
            {behind}

    net = Mixer(3, 6, 4)
    got = net(torch.randn(5, 3), torch.randn(5, 6))
    print(round(F.mse_loss(got, torch.rand({rows})).item(), 5))
"""
ONE = "return self.top(h).view(-1)"
AGAIN = "return (h @ self.top.weight.t()).view(-1)"


@pytest.mark.parametrize(
    ("text", "behind", "right"),
    [
        (
            "torch.bmm(q.unsqueeze(1), w) + self.bias(s)",
            ONE,
            "torch.bmm(q.unsqueeze(1), w).squeeze(1) + self.bias(s)",
        ),
        (
            "self.bias(s) + q.unsqueeze(1) @ w",
            AGAIN,
            "self.bias(s).unsqueeze(1) + q.unsqueeze(1) @ w",
        ),
    ],
)
def test_each_sample_meets_its_own_row(text, behind, right):
    found = mended(PROGRAM.format(text=text, behind=behind, rows=5))
    assert found.output == printed(PROGRAM.format(text=right, behind=behind, rows=5))
    assert not found.doubts


def test_targets_are_not_made_as_many_as_came_without_a_doubt():
    wrong = PROGRAM.format(text="q.unsqueeze(1) @ w + self.bias(s)[None]", behind=ONE, rows=5)
    found = mended(wrong, most=1)
    assert not any("size(0)" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)


def test_rows_that_are_not_samples_squared_are_left():
    found = mended(PROGRAM.format(text="q.unsqueeze(1) @ w + self.bias(s)", behind=ONE, rows=7), most=1)
    assert not any("queeze(1)" in fix.title for fix in found.diagnoses[0].fixes)
