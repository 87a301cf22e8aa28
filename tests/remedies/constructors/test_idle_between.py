"""A layer that nobody calls, and that leads from one width to the other."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.lift = nn.Linear(6, 4), {layer}
        def forward(self, x):
            {read}
            return torch.relu(self.body(x))
    small, large, x = Small(), nn.Linear(6, 9), torch.randn(5, 6)
    h = small(x)
    print({text})
"""


@pytest.mark.parametrize("text", ["F.mse_loss({h}, large(x).detach())", "({h} - large(x)).abs().mean()"])
def test_it_stands_before_what_is_compared(text):
    given = {"layer": "nn.Linear(4, 9)", "read": "pass"}
    found = mended(PROGRAM.format(text=text.format(h="h"), **given))
    assert found.output == printed(PROGRAM.format(text=text.format(h="small.lift(h)"), **given))
    assert not found.doubts


def test_it_may_lead_from_the_wider_one_to_the_other():
    given = {"layer": "nn.Linear(9, 4)", "read": "pass"}
    found = mended(PROGRAM.format(text="F.mse_loss(h, large(x))", **given))
    assert found.output == printed(PROGRAM.format(text="F.mse_loss(h, small.lift(large(x)))", **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("layer", "read"),
    [
        ("nn.Linear(4, 7)", "pass"),
        ("nn.Linear(4, 9)", "self.lift(torch.zeros(4))"),
        ("nn.Linear(4, 9)", "list(self.children())"),
    ],
)
def test_a_layer_of_other_widths_or_one_that_is_called_is_left(layer, read):
    found = mended(PROGRAM.format(layer=layer, read=read, text="F.mse_loss(h, large(x))"), most=1)
    assert not any("lift(" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_two_layers_that_lead_either_way_leave_it_open():
    program = """
    class Narrow(nn.Module):
        def __init__(self):
            super().__init__()
            self.down, self.up, self.aside = nn.Linear(8, 3), nn.Linear(3, 8), nn.Linear(8, 3)

        def forward(self, x):
            return x + self.down(x).relu()

    print(Narrow()(torch.randn(2, 8)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["return self.aside(x) + self.down(x).relu()"]
    assert found.doubts == ["another layer that nobody calls leads the other way"]


def test_two_layers_that_lead_to_the_same_leave_it_open():
    program = """
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.near, self.far, self.top = nn.Linear(4, 8), nn.Linear(4, 8), nn.Linear(8, 2)

        def forward(self, x):
            return self.top(x)

    print(Both()(torch.randn(2, 4)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["return self.top(self.near(x))"]
    assert found.doubts == ["another layer that nobody calls leads there as well"]
