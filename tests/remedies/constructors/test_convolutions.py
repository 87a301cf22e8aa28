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


RAMP = """
    def block(came, gives):
        return nn.Sequential(nn.Conv1d(came, gives, 3, padding=1), nn.ReLU())

    class Ramp(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = block(2, {gives}), block(3, 1)
            self.{one} = {made}(12, 6, 1)
            self.{other} = {made}(6, 3, 1)

        def forward(self, x):
            return self.last(self.{other}(self.{one}(self.first(x))))

    print(Ramp()(torch.randn(4, 2, 9)).shape)
"""


@pytest.mark.parametrize("made", ["nn.Conv1d", "nn.ConvTranspose1d"])
@pytest.mark.parametrize(("one", "other", "doubts"), [("up2", "up1", 1), ("up", "out", 0)])
def test_a_number_that_keeps_the_proportion_of_its_sibling_is_changed_in_doubt(made, one, other, doubts):
    found = mended(RAMP.format(gives=24, made=made, one=one, other=other), most=1)
    assert found.changed == [f"self.{one} = {made}(24, 6, 1)"]
    assert len(found.doubts) == doubts


def test_one_that_does_not_keep_it_is_changed():
    program = RAMP.format(gives=12, made="nn.Conv1d", one="up2", other="up1").replace("(12, 6, 1)", "(10, 6, 1)")
    found = mended(program, most=1)
    assert found.changed == ["self.up2 = nn.Conv1d(12, 6, 1)"]
    assert not found.doubts


@pytest.mark.parametrize("fold", ["clips.view(20, 7, 9, 11)", "clips.reshape(-1, 7, 9, 11)"])
def test_channels_may_lie_along_an_axis_that_was_laid_into_the_samples(fold):
    program = f"""
    class Frames(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 6, 3)

        def forward(self, clips):
            return self.conv({fold}).shape

    print(Frames()(torch.randn(5, 4, 7, 9, 11)))
    """
    assert mended(program, most=1).doubts == ["another axis is as long as there are channels: it may hold them"]
