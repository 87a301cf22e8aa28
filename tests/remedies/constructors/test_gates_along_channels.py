"""Gates that halve another axis than that of the channels."""

import pytest
from mended import mended, printed

ROW = """
    net = nn.Sequential(nn.Conv1d(6, 16, 3), nn.GLU({axis}), {norm}nn.Conv1d(8, 4, 3))
    print(f"{{net(torch.randn(5, 6, 30)).sum().item():.3f}}")
"""
CALLED = """
    first, last = nn.Conv1d(6, 16, 3), nn.Conv1d(8, 4, 3)
    print(f"{{last(F.glu(first(torch.randn(5, 6, 30)){axis})).sum().item():.3f}}")
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right", "norm"),
    [
        (ROW, "", "dim=1", ""),
        (ROW, "dim=-1", "dim=1", "nn.BatchNorm1d(8), "),
        (CALLED, "", ", dim=1", ""),
    ],
)
def test_the_gate_goes_along_the_channels(program, wrong, right, norm):
    found = mended(program.format(axis=wrong, norm=norm))
    assert found.output == printed(program.format(axis=right, norm=norm))
    assert len(found.diagnoses) == 1
    assert found.doubts == []
