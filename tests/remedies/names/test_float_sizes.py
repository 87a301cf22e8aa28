"""Floats where something is counted."""

import pytest
from mended import mended, printed

IN_A_MODEL = """
    class Net(nn.Module):
        def __init__(self, width, kernel, skip):
            super().__init__()
            self.kept = {made}

        def forward(self, x):
            return x.view(len(x), self.kept, -1)

    print(Net(11, 3, 4)(torch.arange(24.0).view(2, 12)))
"""


@pytest.mark.parametrize(
    ("made", "right"), [("(width - kernel) / skip", "(width - kernel) // skip"), ("width / skip", "width // skip")]
)
def test_a_division_gives_a_whole_number_where_it_is_worked_out(made, right):
    found = mended(IN_A_MODEL.format(made=made), most=1)
    assert found.diagnoses[0].slug == "float_as_size"
    assert found.changed == [f"self.kept = {right}"]
    assert found.output == printed(IN_A_MODEL.format(made=right))
    assert not found.doubts


@pytest.mark.parametrize(
    ("program", "right"),
    [
        ("print(x.chunk(x.size(1) / 3, dim=1)[0].shape)", "print(x.chunk(x.size(1) // 3, dim=1)[0].shape)"),
        ("print(torch.zeros(4, (6 + 2) / 2).shape)", "print(torch.zeros(4, (6 + 2) // 2).shape)"),
        ("print(x.repeat(1, 6 / (1.5 * 2), 1).shape)", "print(x.repeat(1, int(6 / (1.5 * 2)), 1).shape)"),
        ("for at in range(len(x) / 2): print(at)", "for at in range(len(x) // 2): print(at)"),
    ],
)
def test_it_is_so_for_whatever_counts(program, right):
    found = mended(f"\nx = torch.randn(4, 6, 3)\n{program}\n", most=1)
    assert found.changed == [right]
    assert found.output != "crashed"


def test_a_part_that_is_left_over_leaves_a_doubt():
    found = mended("\nx, n = torch.randn(4, 7), 7\nprint(x[:, : n / 2].shape)\n", most=1)
    assert found.changed == ["print(x[:, : n // 2].shape)"]
    assert found.doubts


def test_a_float_that_counts_nothing_is_no_size():
    found = mended("\nx = torch.randn(4, 7)\nprint((x * 0.5).view(4, 5).shape)\n", most=1)
    assert found.diagnoses[0].slug != "float_as_size"


@pytest.mark.parametrize("cut", ["x[:, -self.part * 2:]", "x[:, self.part + 1:]", "x[:, : self.part * self.part]"])
def test_a_bound_that_is_reckoned_of_a_float_is_mended_where_that_was_worked_out(cut):
    program = """
    class Net(nn.Module):
        def __init__(self, many):
            super().__init__()
            self.part = many {} 3

        def forward(self, x):
            return {}

    print(Net(6)(torch.arange(12.0).view(2, 6)).tolist())
    """
    found = mended(program.format("/", cut), most=1)
    assert found.changed == ["self.part = many // 3"]
    assert found.output == printed(program.format("//", cut))
