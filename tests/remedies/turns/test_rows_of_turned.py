"""Rows picked out of what a function was given, of another width than is written: it was given with its axes turned."""

import pytest
from mended import mended, printed

SEEDS = """
    def seeds(points, count):
        batch, number, width = points.shape
        rows, at = torch.arange(batch), torch.zeros(batch, dtype=torch.long)
        best, out = torch.full((batch, number), 1e9), []
        for _ in range(count):
            out.append(at)
            {line}
            best = torch.min(best, (points - here).pow(2).sum(2))
            at = best.argmax(1)
        return torch.stack(out, 1)
    scan = torch.randn({sizes})
    print(seeds({given}, 3).tolist())
"""


@pytest.mark.parametrize(
    "line",
    [
        "here = points[rows, at].reshape(batch, 1, 4)",
        "here = points[rows, at, :].view(-1, 1, 4)",
        "picked = points[rows, at, :]\n            here = picked.view((batch, 1, 4))",
    ],
)
@pytest.mark.parametrize("given", ["scan", "torch.sin(scan)"])
def test_it_is_given_turned(line, given):
    found = mended(SEEDS.format(line=line, sizes="3, 4, 19", given=given))
    assert found.output == printed(SEEDS.format(line=line, sizes="3, 4, 19", given=f"{given}.transpose(1, 2)"))
    assert f"{given}.transpose(1, 2)" in found.changed[0]
    assert not found.doubts


@pytest.mark.parametrize("sizes", ["3, 8, 5", "4, 9, 5", "3, 4, 4, 5"])
def test_no_other_axis_has_the_width(sizes):
    line = "here = points[rows, at].reshape(batch, 1, 4)"
    found = mended(SEEDS.format(line=line, sizes=sizes, given="scan"))
    assert "transpose" not in found.text
