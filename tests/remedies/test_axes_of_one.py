"""A squeeze names the axis that was made of a single item."""

import pytest
from mended import mended, printed

from shapecheck.reading.edits import expression
from shapecheck.reading.samples.axes_of_one import axis_made

PROGRAM = """
    class Fold(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Linear(4, 4)

        def forward(self, x):
            state, kept = 0.0, []
            {loop}
                {inside}
                kept.append({item}.squeeze({axis}))
                state = {item}
            return torch.stack(kept{stacked})[:, :, -1]


    fold = Fold()
    for rows in (3, 1):
        torch.manual_seed(rows)
        print(round(fold(torch.randn({sizes})).sum().item(), 4))
"""
STEPS_FIRST = [
    ("for step in self.mix(x).split(1, dim=0):", "step = step + state"),
    ("for at, step in enumerate(torch.split(x, 1)):", "step = torch.tanh(step + at) * 2 + state"),
    ("for step, other in zip(x.split(1, 0), self.mix(x).split(1, 0)):", "step = step * other + state"),
]
STEPS_SECOND = [
    ("for at in range(x.size(1)):", "step = x[:, at : at + 1] + state"),
    ("for at in range(x.size(1)):", "step = x[:, at].unsqueeze(1)"),
    ("for step in torch.split(x, 1, dim=1):", "pass"),
]


@pytest.mark.parametrize(("loop", "inside"), STEPS_FIRST)
def test_a_piece_of_one_step_loses_the_axis_of_steps(loop, inside):
    program = PROGRAM.format(loop=loop, inside=inside, item="step", stacked="", sizes="5, rows, 4", axis="{axis}")
    found = mended(program.format(axis=""))
    assert "step.squeeze(0)" in found.text
    assert found.output == printed(program.format(axis="0"))
    assert not found.doubts


@pytest.mark.parametrize(("loop", "inside"), STEPS_SECOND[1:])
def test_it_does_so_where_the_samples_stand_first(loop, inside):
    program = PROGRAM.format(loop=loop, inside=inside, item="step", stacked=", 1", sizes="rows, 5, 4", axis="{axis}")
    found = mended(program.format(axis=""))
    assert "step.squeeze(1)" in found.text
    assert found.output == printed(program.format(axis="1"))
    assert not found.doubts


@pytest.mark.parametrize("item", ["x[:, at : at + 1]", "x[:, -1:]", "x[:, :1]", "x[:, 2:3]", "x[:, at].unsqueeze(1)"])
def test_the_axis_is_that_of_a_slice_of_one(item):
    program = f"""
        def kept(x):
            return torch.stack([{item}.squeeze() for at in range(5)], 1)[:, :, 0]


        print(kept(torch.randn(3, 5, 4)).shape)
        print(kept(torch.randn(1, 5, 4)).shape)
    """
    found = mended(program)
    assert f"{item}.squeeze(1)" in found.text
    assert not found.doubts


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("x[0, :, at : at + 1]", "1"),
        ("x[:1]", "0"),
        ("x.amax(2, keepdim=True)", "2"),
        ("torch.stack([net(x.unsqueeze(0)) for x in xs])", "1"),
        ("torch.stack([net(x.unsqueeze(0)) for x in xs], 1)", "0"),
        ("torch.stack([x.unsqueeze(1) for x in xs], dim=0)", "2"),
        ("torch.stack([net(x.unsqueeze(1)) for x in xs])", ""),
        ("torch.cat([net(x.unsqueeze(0)) for x in xs])", ""),
        ("x[:1, :, :1]", ""),
        ("x[:, at : at + 2]", ""),
        ("x[:, ::1]", ""),
        ("x[rows, :, :1]", ""),
        ("x[None, :, :1]", ""),
        ("x[..., :1]", ""),
        ("x.amax(2)", ""),
    ],
)
def test_what_may_have_other_axes_tells_none(text, axis):
    assert axis_made(expression(text)) == axis
