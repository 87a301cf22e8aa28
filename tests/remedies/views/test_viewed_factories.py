"""A state made without the directions that the view behind it takes apart: its maker is the line to change."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Reader(nn.Module):
        def __init__(self, width, num_layers):
            super().__init__()
            self.width, self.num_layers, self.num_directions = width, num_layers, 2
            self.cells = nn.ModuleList([nn.GRUCell(3 if i < 2 else 2 * width, width) for i in range(2 * num_layers)])

        def start(self, x, n):
            return {made}

        def forward(self, x):
            n = x.size(0)
            h = {start}
            {view}
            for i in range(self.num_layers):
                x = torch.cat([self.cells[2 * i](x, h[i, 0]), self.cells[2 * i + 1](x, h[i, 1])], dim=-1)
            return x


    print(Reader(5, 3)(torch.randn(4, 3)).sum().item())
"""
VIEW = "h = h.view(self.num_layers, self.num_directions, n, self.width)"


@pytest.mark.parametrize(
    ("made", "right", "view"),
    [
        (
            "x.new_zeros(self.num_layers, n, self.width)",
            "x.new_zeros(self.num_layers * self.num_directions, n, self.width)",
            VIEW,
        ),
        ("torch.zeros(3, n, self.width)", "torch.zeros(6, n, self.width)", "h = h.reshape(3, 2, n, self.width)"),
        (
            "torch.ones((self.num_layers, len(x), 5)).to(x)",
            "torch.ones((self.num_layers * 2, len(x), 5)).to(x)",
            "h = torch.reshape(h, (self.num_layers, 2, x.size(0), 5))",
        ),
    ],
)
@pytest.mark.parametrize("is_there", [True, False])
def test_the_maker_gets_the_size_that_is_missing(made, right, view, is_there):
    if is_there:
        wrong, meant = ({"made": "None", "start": each, "view": view} for each in (made, right))
    else:
        wrong, meant = ({"made": each, "start": "self.start(x, n)", "view": view} for each in (made, right))
    found = mended(PROGRAM.format(**wrong))
    assert len(found.diagnoses[0].fixes[0].edits) == 1
    assert found.changed[0].endswith(right)
    assert found.output == printed(PROGRAM.format(**meant))


def test_both_states_that_are_viewed_in_a_loop():
    pair = "(torch.zeros({0}, n, 5), torch.ones({0}, n, 5))"
    view = "h, c = (s.view(self.num_layers, self.num_directions, n, 5) for s in h)"
    wrong, right = (pair.format(each) for each in ("self.num_layers", "self.num_layers * self.num_directions"))
    found = mended(PROGRAM.format(made="None", start=wrong, view=view))
    assert found.output == printed(PROGRAM.format(made="None", start=right, view=view))


@pytest.mark.parametrize(
    "lines",
    [
        # Data are not made anew for a view.
        "h = torch.randn(3, 4, 5)\n    h = h.view(3, 2, 4, 5)",
        # Nothing that the view names is all that lacks.
        "h = torch.zeros(3, 4, 6)\n    h = h.view(3, 4, 5)",
        # More than one place lacks a size.
        "h = torch.zeros(3, 4, 5)\n    h = h.view(3, 2, 4, 2, 5)",
    ],
)
def test_other_views_are_no_question_of_the_maker(lines):
    found = mended(f"    {lines}\n    print(h.shape)\n")
    assert "torch." not in found.changed[0]
