"""Tensors without an axis in common that are put one behind the other."""

import pytest
from mended import mended, printed

WEIGHTS = """
    net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))
    {given}
    flat = torch.cat({joined})
    print(flat.shape, round(flat.sum().item(), 4))
"""
NUMBER = """
    class Field(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear(4, 3)

        def forward(self, t, x):
            return self.net(torch.cat([{parts}], dim={axis}))

    times = torch.linspace(0, 1, 5)
    print(round(sum(Field()(t, torch.ones(7, 3)).sum().item() for t in times), 4))
"""


@pytest.mark.parametrize(
    "given",
    [
        "each = list(net.parameters())",
        "each = torch.autograd.grad(net(torch.ones(3, 4)).sum(), list(net.parameters()))",
        "each = tuple(net.state_dict().values())",
    ],
)
def test_weights_become_one_row_of_numbers(given):
    found = mended(WEIGHTS.format(given=given, joined="each"), most=1)
    assert found.output == printed(WEIGHTS.format(given=given, joined="[one.reshape(-1) for one in each]"))
    assert not found.doubts


def test_outputs_of_other_shapes_are_no_weights():
    found = mended(
        """
        def parts():
            return [torch.ones(5, 2), torch.ones(5), torch.ones(5, 3)]

        outs = parts()
        print(torch.cat(outs).shape)
        """,
        most=1,
    )
    assert found.output == "crashed" or found.doubts


@pytest.mark.parametrize("axis", ["1", "-1"])
def test_a_number_becomes_a_column(axis):
    found = mended(NUMBER.format(parts="x, t", axis=axis), most=1)
    assert found.output == printed(NUMBER.format(parts="x, t.expand(x.size(0), 1)", axis=axis))
    assert not found.doubts


def test_numbers_along_the_rows_or_of_classes_are_no_column():
    for number, axis in (("torch.tensor(2.0)", 0), ("torch.tensor(2)", 1)):
        found = mended(f"x, k = torch.ones(7, 3), {number}\nprint(torch.cat([x, k], dim={axis}).shape)", most=1)
        assert not any("expand" in fix.title for fix in found.diagnoses[0].fixes)
