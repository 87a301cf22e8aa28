"""Sizes taken apart into a name too few: the one that is read below and has no value."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 2)

        def forward(self, x):
            {names} = x.{sizes}
            flat = {flat}
            return self.fc(flat).view({back})

    torch.manual_seed(1)
    print(round(Net()(torch.randn(4, 5, 3)).sum().item(), 4))
"""


@pytest.mark.parametrize("sizes", ["size()", "shape"])
@pytest.mark.parametrize(
    ("wrong", "flat", "back"),
    [
        ("n, rows", "x.reshape(n * rows, width)", "n, rows, 2"),
        ("n, width", "x.reshape(n * rows, width)", "n, rows, 2"),
        ("rows, width", "x.view(n * rows, width)", "-1, 2"),
    ],
)
def test_it_is_put_where_the_sizes_are_read_again(sizes, wrong, flat, back):
    parts = {"sizes": sizes, "flat": flat, "back": back}
    found = mended(PROGRAM.format(names=wrong, **parts))
    assert found.output == printed(PROGRAM.format(names="n, rows, width", **parts))
    assert found.changed == [f"n, rows, width = x.{sizes}"]
    assert not found.doubts


@pytest.mark.parametrize(
    ("wrong", "flat", "back"),
    [("n, rows", "x.reshape(-1, width)", "-1, 2"), ("n, rows", "x.reshape(n * rows, 3)", "n, rows, 2")],
)
def test_else_nothing_is_sure_of_three_names(wrong, flat, back):
    found = mended(PROGRAM.format(names=wrong, sizes="shape", flat=flat, back=back), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "n, rows, width" in fix.title)
