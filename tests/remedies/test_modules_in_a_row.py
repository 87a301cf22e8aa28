"""A module of the user's in nn.Sequential that hands on all that its recurrent layer gave."""

import pytest
from mended import mended, printed

ROW = """
    class Recur(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.{kind}(4, 9, batch_first=True)

        def forward(self, x):
            {lines}

    torch.manual_seed(2)
    net = nn.Sequential(nn.Linear(3, 4), Recur(), {then})
    print(net(torch.randn(6, 5, 3)).sum().item())
"""


@pytest.mark.parametrize(
    ("lines", "changed"),
    [
        ("return self.layer(x)", "return self.layer(x)[0]"),
        ("both = self.layer(x)\n            return both", "return both[0]"),
        ("out, state = self.layer(x)\n            return out, state", "return out"),
    ],
)
@pytest.mark.parametrize(("kind", "then"), [("GRU", "nn.Linear(9, 2)"), ("LSTM", "nn.LayerNorm(9), nn.Linear(9, 2)")])
def test_the_output_alone_goes_on(kind, then, lines, changed):
    found = mended(ROW.format(kind=kind, then=then, lines=lines))
    assert [each.slug for each in found.diagnoses] == ["tuple_not_unpacked"]
    assert found.changed == [changed]
    assert found.output == printed(ROW.format(kind=kind, then=then, lines="return self.layer(x)[0]"))
