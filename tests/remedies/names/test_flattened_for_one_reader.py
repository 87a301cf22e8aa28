"""Maps that are laid flat for one layer under their own name, and read as maps by another one below."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Parts(nn.Module):
        def __init__(self):
            super().__init__()
            self.reader = {reader}

        def forward(self, maps):
            return self.reader(maps)


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.kind, self.parts = nn.Conv2d(1, 4, 3), nn.Linear(4 * 36, 3), Parts()

        def forward(self, x):
            maps = self.stem(x)
            {lines}
            return kind.sum() + {read}.sum(){more}


    print(round(Net()(torch.randn(2, 1, 8, 8)).item(), 4))
"""
LINES = "{0} = {1}\n            kind = self.kind({0})"
GIVEN = {"reader": "nn.Conv2d(4, 2, 1)", "read": "self.parts(maps)", "more": ""}


@pytest.mark.parametrize(
    ("flat", "told"),
    [
        ("maps.flatten(1)", {}),
        ("torch.flatten(maps, 1)", {"reader": "nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(4, 2, 1))"}),
        ("maps.view(x.size(0), -1)", {"read": "self.parts.reader(maps)"}),
        ("maps.reshape(len(maps), -1)", {"read": "F.avg_pool2d(maps, 2)"}),
    ],
)
def test_what_is_laid_flat_gets_a_name_of_its_own(flat, told):
    bad, good = (PROGRAM.format(**GIVEN | told, lines=LINES.format(it, flat)) for it in ("maps", "maps_flat"))
    found = mended(bad, most=1)
    assert found.diagnoses[0].slug == "flattened_under_its_own_name"
    assert found.output == printed(good)
    assert not found.doubts


@pytest.mark.parametrize("lines", ["maps = maps.flatten(1); kind = x", "maps = maps.flatten(1)[:, :9]; kind = maps"])
def test_what_nobody_reads_flat_is_laid_flat_at_the_wrong_place(lines):
    found = mended(PROGRAM.format(**GIVEN, lines=lines), most=1)
    assert found.diagnoses[0].slug != "flattened_under_its_own_name"


def test_what_is_read_farther_down_leaves_a_doubt():
    told = GIVEN | {"more": " + maps.sum()"}
    assert mended(PROGRAM.format(**told, lines=LINES.format("maps", "maps.flatten(1)")), most=1).doubts
