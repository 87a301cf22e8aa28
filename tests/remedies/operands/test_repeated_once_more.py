"""A mask of all samples that is repeated as often as there are rows of samples and heads."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Attend(nn.Module):
        def __init__(self, heads):
            super().__init__()
            self.heads = heads

        def rows(self, x):
            b, n, width = x.shape
            {fold}

        def forward(self, x, closed):
            q = self.rows(x)
            scores = torch.bmm(q, q.transpose(1, 2))
            closed = closed{repeat}
            return scores.masked_fill(closed, 0.0)


    print(Attend(3)(torch.randn({samples}, 5, 12), torch.rand({samples}, 5, 5) > 0.5).sum().item())
"""
INSIDE = (
    "return x.view(b, n, self.heads, width // self.heads).transpose(1, 2).reshape(b * self.heads, n, -1)",
    ".repeat_interleave(self.heads, dim=0)",
)
OUTSIDE = (
    "return x.view(b, n, self.heads, width // self.heads).permute(2, 0, 1, 3).reshape(self.heads * b, n, -1)",
    ".repeat(self.heads, 1, 1)",
)


@pytest.mark.parametrize("samples", [4, 3])
@pytest.mark.parametrize(("fold", "right"), [INSIDE, OUTSIDE])
def test_it_is_repeated_once_for_each_head(fold, right, samples):
    found = mended(PROGRAM.format(fold=fold, samples=samples, repeat=".repeat(scores.shape[0], 1, 1)"))
    assert found.output == printed(PROGRAM.format(fold=fold, samples=samples, repeat=right))
    assert not found.doubts
