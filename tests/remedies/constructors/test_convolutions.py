"""Channels that a convolution was not told: those of a sound may be meant to be mixed."""

import pytest
from mended import mended

SOUND = """
    net = nn.Conv{axes}d({told}, 4, 3)
    print(net(torch.randn(5, {came}, {sizes})).shape)
"""


def test_two_sides_of_a_sound_may_be_meant_to_be_mixed():
    found = mended(SOUND.format(axes=1, told=1, came=2, sizes="30"))
    assert found.changed == ["net = nn.Conv1d(2, 4, 3)"]
    assert found.doubts == [
        "the two channels may be the sides of one sound, whose mean a layer of a single channel reads"
    ]


@pytest.mark.parametrize(("axes", "told", "came", "sizes"), [(2, 1, 2, "9, 8"), (1, 1, 6, "30"), (1, 3, 2, "30")])
def test_other_channels_are_told_to_the_layer(axes, told, came, sizes):
    found = mended(SOUND.format(axes=axes, told=told, came=came, sizes=sizes))
    assert found.changed == [f"net = nn.Conv{axes}d({came}, 4, 3)"]
    assert not found.doubts
