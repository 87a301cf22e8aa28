"""A constant that nobody reads, where one of a like name was read in its place."""

import pytest
from mended import mended, printed

PICTURES = """
    SIDE, {name} = 24, 16


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.out = nn.Conv2d(3, 4, 4, stride=4), nn.Linear(4 * 4 * 4, 5)

        def forward(self, x):
            return self.out(self.conv(x).flatten(1))


    net, total = Net(), 0
    for pictures in (torch.rand(2, 3, 30, 30), torch.rand(3, 3, 40, 40)):
        small = F.interpolate(pictures, size={given})
        total += net(small).sum().item()
    print(round(total, 4))
"""


def test_the_constant_that_nobody_reads_is_what_was_meant():
    found = mended(PICTURES.format(name="SMALL_SIDE", given="SIDE"))
    assert found.changed == ["small = F.interpolate(pictures, size=SMALL_SIDE)"]
    assert found.output == printed(PICTURES.format(name="SMALL_SIDE", given="SMALL_SIDE"))
    # It fits, and still nothing says that it was meant here.
    assert found.doubts


@pytest.mark.parametrize("name", ["EPOCHS", "OTHER_SIDE", "SMALL_SIDE"])
def test_one_of_another_name_or_one_that_is_read_is_not_put_in_its_place(name):
    read = PICTURES.replace("SIDE", "FULL_SIDE") if name == "OTHER_SIDE" else PICTURES
    read += "\n    print(SMALL_SIDE)" if name == "SMALL_SIDE" else ""
    given = "FULL_SIDE" if name == "OTHER_SIDE" else "SIDE"
    texts = [
        fix.title for found in mended(read.format(name=name, given=given), most=1).diagnoses for fix in found.fixes
    ]
    assert texts
    assert not any(name in text for text in texts), texts
