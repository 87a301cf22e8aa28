"""Constants of three channels and images of one: one constant is left where all of them are the same."""

import pytest
from mended import mended, printed

SCALED = """
    def scaled(image, mean, std):
        mean, std = (torch.as_tensor(each).view(-1, 1, 1) for each in (mean, std))
        return image.sub_(mean).div_(std)

    net = nn.Conv2d({channels}, 2, 3)
    print(round(net({call}).std().item(), 4))
"""
CLASS = """
    class Normalize:
        def __init__(self, mean, std):
            self.mean, self.std = mean, std

        def __call__(self, image):
            return image.sub_(torch.tensor(self.mean).view(-1, 1, 1)).div_(torch.tensor(self.std).view(-1, 1, 1))

    scale, net = Normalize({mean}, {std}), nn.Conv2d(1, 2, 3)
    print(round(net(scale(torch.rand(1, 8, 9))).std().item(), 4))
"""
CALLS = [
    ("scaled(torch.rand(1, 8, 9), {0}, {1})", "(0.5, 0.5, 0.5)", "(0.4, 0.4, 0.4)", "(0.5,)", "(0.4,)"),
    ("scaled(torch.rand(4, 1, 8, 9), mean={0}, std={1})", "[0.5, 0.5, 0.5]", "[0.4, 0.4, 0.4]", "[0.5]", "[0.4]"),
    ("scaled(std={1}, mean={0}, image=torch.rand(1, 8, 9))", "(0.5, 0.5)", "(0.4, 0.4)", "(0.5,)", "(0.4,)"),
]


@pytest.mark.parametrize(("call", "mean", "std", "right_mean", "right_std"), CALLS)
def test_a_single_constant_is_left(call, mean, std, right_mean, right_std):
    found = mended(SCALED.format(channels=1, call=call.format(mean, std)))
    assert found.output == printed(SCALED.format(channels=1, call=call.format(right_mean, right_std)))
    assert not found.doubts


def test_a_transform_that_keeps_them_is_given_one():
    found = mended(CLASS.format(mean="(0.5, 0.5, 0.5)", std="(0.4, 0.4, 0.4)"))
    assert found.output == printed(CLASS.format(mean="(0.5,)", std="(0.4,)"))
    assert not found.doubts


def test_other_constants_for_each_channel_tell_nothing():
    program = SCALED.format(channels=1, call="scaled(torch.rand(1, 8, 9), (0.4, 0.5, 0.6), (0.2, 0.2, 0.2))")
    assert "(0.4, 0.5, 0.6)" in mended(program).text


def test_a_layer_of_as_many_channels_leaves_a_doubt():
    program = SCALED.format(channels=3, call="scaled(torch.rand(1, 8, 9), (0.5, 0.5, 0.5), (0.4, 0.4, 0.4))")
    found = mended(program, most=1)
    assert found.changed == ["print(round(net(scaled(torch.rand(1, 8, 9), (0.5,), (0.4,))).std().item(), 4))"]
    assert found.doubts == [
        "a layer takes as many channels as there are constants, so that the images may be meant to have them"
    ]
