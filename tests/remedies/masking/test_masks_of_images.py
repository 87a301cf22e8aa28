"""A mask with the channels of an image is cut to one of them where it meets features, and that is in doubt."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Gate(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.shift = nn.Parameter(torch.zeros(1, width, 1, 1))

        def forward(self, maps, seen):
            inside = {line}
            return inside + maps * (1 - seen) + self.shift


    class Painter(nn.Module):
        def __init__(self):
            super().__init__()
            self.into, self.gate, self.out = nn.Conv2d(3, 5, 3, padding=1), Gate(5), nn.Conv2d(5, 3, 1)

        def forward(self, picture, known):
            return self.out(self.gate(self.into(picture), {known}))


    picture, known = torch.rand(2, 3, 6, 6), torch.zeros(2, 3, 6, 6)
    known[..., :4] = 1
    print(round(Painter()(picture, known{dtype}).sum().item(), 3))
"""


@pytest.mark.parametrize("line", ["maps * seen", "seen * maps", "torch.mul(maps, seen)"])
@pytest.mark.parametrize("known", ["known", "seen=known"])
def test_one_channel_of_the_mask_goes_with_all_features(line, known):
    found = mended(PROGRAM.format(line=line, known=known, dtype=""))
    assert found.output == printed(PROGRAM.format(line=line, known=f"{known}[:, :1]", dtype=""))
    assert len(found.diagnoses) == 1
    assert found.doubts


@pytest.mark.parametrize("dtype", [" * 0.5 + 0.2", " + torch.rand(2, 3, 6, 6)"])
def test_what_holds_other_numbers_is_no_mask(dtype):
    found = mended(PROGRAM.format(line="maps * seen", known="known", dtype=dtype), most=1)
    assert not any("[:, :1]" in fix.title for each in found.diagnoses for fix in each.fixes)
