"""What a loop counts, taken of the wrong axis."""

import pytest
from mended import mended, printed

LOSS = """
    levels = (0.1, 0.5, 0.9)
    pred, y = torch.randn({shape}), torch.randn(4, 6)
    losses = []
    for i, level in enumerate({levels}):
        gap = y - pred[{index}]
        losses.append(torch.max((level - 1) * gap, level * gap).mean())
    print(round(sum(losses).item(), 5))
"""
LAYERS = """
    class Each(nn.Module):
        def __init__(self, steps, ahead, series):
            super().__init__()
            self.series = series
            self.layers = nn.ModuleList([nn.Linear(steps, ahead) for _ in range(series)])

        def forward(self, x):
            return torch.stack([self.layers[i](x[{index}]) for i in range(self.series)], 2)

    print(round(Each(9, 4, 3)(torch.randn(5, 9, 3)).sum().item(), 4))
"""


def test_a_loop_over_the_last_axis_takes_of_that():
    given = {"shape": "4, 6, 3", "levels": "levels"}
    found = mended(LOSS.format(index=":, i", **given))
    assert found.output == printed(LOSS.format(index=":, :, i", **given))
    assert not found.doubts


def test_a_layer_for_each_series_reads_its_steps():
    found = mended(LAYERS.format(index=":, i"))
    assert found.output == printed(LAYERS.format(index=":, :, i"))
    assert not found.doubts


def test_a_loop_over_the_steps_that_are_there_goes_along_them():
    program = """
    x, mean = torch.randn(4, 6, 3), torch.randn(4, 6)
    for t in range(x.size(1)):
        print((x[:, t] - mean).shape)
    """
    found = mended(program, most=1)
    assert not any("x[:, :, t]" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(
    ("shape", "levels"),
    [
        # The loop has fewer rounds than the axis that would fit.
        ("4, 6, 3", "levels[:2]"),
        # No axis leaves what the other operand has.
        ("4, 5, 3", "levels"),
    ],
)
def test_another_axis_is_not_told_for_sure_where_the_loop_does_not_go_along_it(shape, levels):
    found = mended(LOSS.format(index=":, i", shape=shape, levels=levels), most=1)
    assert not any(fix.title == "pred[:, :, i]" and not fix.doubt for fix in found.diagnoses[0].fixes)


def test_a_cell_reads_the_round_of_the_axis_that_is_counted():
    program = """
    x, cell, h = torch.rand(4, 6, 3), nn.GRUCell(6, 5), torch.zeros(4, 5)
    for t in range(x.size(2)):
        h = cell(x[:, {}t], h)
    print(round(h.sum().item(), 4))
    """
    found = mended(program.format(""))
    assert found.output == printed(program.format(":, "))
    assert not found.doubts
