"""A moving mean that is taken from the series it was made of."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Split(nn.Module):
        def __init__(self, k):
            super().__init__()
            self.k, self.mean = k, {pool}
        def forward(self, x):
            n = (self.k - 1) // 2
            filled = F.pad(x, ({pad}))
            trend = {text}
            return x - trend
    print(Split(5)(torch.randn(3, 2, 24)).sum(-1))
"""


@pytest.mark.parametrize(
    ("pool", "text"),
    [
        ("nn.AvgPool1d(k, stride={by})", "self.mean(filled)"),
        ("nn.AvgPool1d(k, {by})", "self.mean(filled)"),
        ("None", "F.avg_pool1d(filled, self.k, stride={by})"),
    ],
)
def test_it_goes_on_step_by_step(pool, text):
    wrong = PROGRAM.format(pool=pool.format(by="k"), text=text.format(by="self.k"), pad="n, n")
    found = mended(wrong)
    assert found.output == printed(PROGRAM.format(pool=pool.format(by=1), text=text.format(by=1), pad="n, n"))
    assert not found.doubts


@pytest.mark.parametrize(("pool", "pad"), [("nn.AvgPool1d(k)", "n, n + 1"), ("nn.AvgPool1d(k, padding=1)", "n, n")])
def test_a_pool_that_leaves_another_length_even_so_is_left(pool, pad):
    found = mended(PROGRAM.format(pool=pool, text="self.mean(filled)", pad=pad), most=1)
    assert not any("stride=1" in fix.title for each in found.diagnoses for fix in each.fixes)
