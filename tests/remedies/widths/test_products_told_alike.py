"""A product of widths that other layers are told as well is not one less by any name of it."""

from mended import mended

PROGRAM = """
class Attend(nn.Module):
    def __init__(self, width, heads, key):
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, heads * key)
        self.v = nn.Linear(width, width)
        self.out = nn.Linear(heads * key, width)

    def forward(self, x):
        b, n, _ = x.shape
        q, v = (each(x).view(b, n, self.heads, -1).transpose(1, 2) for each in (self.q, self.v))
        seen = (q @ q.transpose(-2, -1)).softmax(-1) @ v
        return self.out(seen.transpose(1, 2).reshape(b, n, -1))


print(Attend(12, 3, 5)(torch.randn(2, 6, 12)).shape)
"""


def test_a_width_one_less_is_in_doubt():
    assert mended(PROGRAM, most=1).doubts
