"""Labels with an axis of one, which may stand anywhere behind the samples, and labels that are no whole numbers."""

import pytest
from mended import mended, printed

SEGMENTED = """
    class Judge(nn.Module):
        def __init__(self):
            super().__init__()
            self.loss = nn.CrossEntropyLoss()

        def forward(self, guess, truth):
            return self.loss(guess, truth{mend})

    net, maps = nn.Conv{axes}d(2, 5, 3, padding=1), {maps}
    print(round(Judge()(net(torch.rand(3, 2, {sizes})), maps).item(), 4))
"""
LABELS = [
    ("2", "torch.randint(0, 5, (3, 1, 8, 6)).float()", "8, 6", 1, "squeeze(1).long()"),
    ("2", "torch.randint(0, 5, (3, 1, 8, 6)).double()", "8, 6", 1, "squeeze(1).long()"),
    ("1", "torch.randint(0, 5, (3, 1, 9)).float()", "9", 1, "squeeze(1).long()"),
    ("2", "torch.randint(0, 5, (3, 8, 6, 1)).float()", "8, 6", 3, "squeeze(3).long()"),
    ("2", "torch.randint(0, 5, (3, 1, 8, 6))", "8, 6", 1, "squeeze(1)"),
]


@pytest.mark.parametrize(("axes", "maps", "sizes", "axis", "change"), LABELS)
def test_the_axis_of_one_goes_and_floats_become_whole_numbers(axes, maps, sizes, axis, change):
    text = SEGMENTED.format(axes=axes, maps=maps, sizes=sizes, mend="{mend}")
    found = mended(text.format(mend=""), most=1)
    assert found.output == printed(text.format(mend=f".squeeze({axis}).long()"))
    assert change in found.changed[0]
    assert not found.doubts


def test_maps_of_fractions_are_no_labels_as_they_are():
    text = SEGMENTED.format(axes="2", maps="torch.rand(3, 1, 8, 6)", sizes="8, 6", mend="")
    assert any("fractions" in doubt for doubt in mended(text, most=1).doubts)


def test_no_other_axis_goes_than_one_of_a_single_number():
    text = SEGMENTED.format(axes="2", maps="torch.randint(0, 5, (3, 2, 8, 6)).float()", sizes="8, 6", mend="")
    assert mended(text, most=1).output == "crashed"
