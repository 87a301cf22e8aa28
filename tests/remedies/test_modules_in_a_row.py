"""A module of the user's in nn.Sequential that hands on all that its recurrent layer gave."""

import textwrap

import pytest
from mended import HEAD, mended, printed

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


def test_of_layers_in_a_loop_the_one_that_got_all_of_another_is_named():
    program = """
    def stack(wide, count):
        row = []
        for at in range(count):
            row.append(nn.GRU(wide if at else 3, wide, batch_first=True))
        return nn.Sequential(*row)

    model = stack(5, 2)
    print(model(torch.randn(2, 6, 3))[0].shape)
    """
    found = mended(program, most=1)
    assert found.diagnoses[0].code == "SC305"
    assert "row.append(nn.GRU(" in (HEAD + textwrap.dedent(program)).splitlines()[found.diagnoses[0].place.line - 1]
