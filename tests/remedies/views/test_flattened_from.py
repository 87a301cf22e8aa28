"""What is flattened from another axis on than the layer behind it takes is flattened from that one."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear({width}, 10)

        def forward(self, x):
            x = self.conv(x).relu()
            flat = {flat}
            return self.fc(flat)

    out = Net()(torch.randn(5, 3, 8, 7))
    print(out.shape, round(out.std().item(), 4))
"""


@pytest.mark.parametrize(
    ("wrong", "right", "width"),
    [
        ("x.flatten(0)", "x.flatten(1)", 120),
        ("x.flatten()", "x.flatten(1)", 120),
        ("x.flatten(2)", "x.flatten(1)", 120),
        ("x.flatten(1)", "x.flatten(2)", 30),
        ("x.flatten(start_dim=0)", "x.flatten(start_dim=1)", 120),
        ("torch.flatten(x, 0)", "torch.flatten(x, 1)", 120),
        ("torch.flatten(x)", "torch.flatten(x, 1)", 120),
    ],
)
def test_the_axis_that_gives_the_width_of_the_layer_is_taken(wrong, right, width):
    found = mended(PROGRAM.format(flat=wrong, width=width))
    assert found.output == printed(PROGRAM.format(flat=right, width=width))
    assert f"flat = {right}" in found.changed
    assert not found.doubts


def test_a_width_that_no_axis_gives_is_another_matter():
    found = mended(PROGRAM.format(flat="x.flatten(1)", width=96))
    assert "flat = x.flatten(1)" not in found.changed
    assert "Linear(120, 10)" in found.text
