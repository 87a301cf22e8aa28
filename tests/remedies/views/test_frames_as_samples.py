"""Clips that go whole into convolutions of images."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Clips(nn.Module):
        def __init__(self, hid):
            super().__init__()
            self.cnn = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
            self.lstm = nn.LSTM(4, hid, batch_first=True)

        def forward(self, clips):
            b, t = clips.shape[:2]
            f = self.cnn({given})
            o, _ = self.lstm({laid})
            return o[:, -1]

    y = Clips(5)(torch.randn({sizes}))
    print(y.shape, round(y.sum().item(), 4))
"""
SIZES = "2, 7, 3, 12, 11"


@pytest.mark.parametrize("laid", ["f.view(b, t, -1)", "f.reshape(b, t, 4)", "f.unflatten(0, (b, t))"])
def test_each_frame_is_a_sample(laid):
    found = mended(PROGRAM.format(given="clips", laid=laid, sizes=SIZES), most=1)
    assert found.output == printed(PROGRAM.format(given="clips.flatten(0, 1)", laid=laid, sizes=SIZES))
    assert not found.doubts


def test_frames_that_nobody_takes_apart_are_in_doubt():
    found = mended(PROGRAM.format(given="clips", laid="f", sizes=SIZES), most=1)
    assert found.output == printed(PROGRAM.format(given="clips.flatten(0, 1)", laid="f.view(b, t, -1)", sizes=SIZES))
    assert found.doubts


@pytest.mark.parametrize("sizes", ["2, 3, 7, 12, 11", "2, 3, 3, 12, 11", "2, 7, 5, 12, 11"])
def test_channels_that_stand_elsewhere_are_no_frames(sizes):
    found = mended(PROGRAM.format(given="clips", laid="f.view(b, t, -1)", sizes=sizes), most=1)
    assert not any(fix.title == "clips.flatten(0, 1)" and not fix.doubt for fix in found.diagnoses[0].fixes)


FOLDED = """
    front, image = nn.Conv3d(1, 4, (5, 3, 3), padding=(2, 1, 1)), nn.Conv2d(4, 6, 3)
    x = front(torch.randn(2, 1, {frames}, 8, 10))
    b, c, t, h, w = x.shape
    y = image({given}).mean((2, 3)).view(b, t, -1)
    print(y.shape, round(y.sum().item(), 4))
"""


def test_samples_are_merged_with_their_frames_and_not_with_their_channels():
    found = mended(FOLDED.format(frames=9, given="x.flatten(0, 1)"))
    assert found.output == printed(FOLDED.format(frames=9, given="x.transpose(1, 2).flatten(0, 1)"))
    assert not found.doubts


def test_where_channels_are_not_second_nothing_is_turned():
    wrong = FOLDED.format(frames=9, given="x.flatten(0, 1)").replace("nn.Conv2d(4", "nn.Conv2d(7")
    found = mended(wrong, most=1)
    assert not any("transpose(1, 2).flatten" in fix.title for fix in found.diagnoses[0].fixes)


WRAPPED = """
    class EachFrame(nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            y = self.layer(x{whole}.view(-1, {kept}))
            return y.view(x.size(0), -1, y.size(-1))

    image = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    print(EachFrame(image)(torch.randn({sizes})).sum().item())
"""


@pytest.mark.parametrize(("whole", "kept"), [(".contiguous()", "x.size(-1)"), ("", "x.shape[-1]")])
def test_all_of_a_frame_is_kept(whole, kept):
    found = mended(WRAPPED.format(whole=whole, kept=kept, sizes="2, 5, 3, 8, 7"), most=1)
    assert found.output == printed(WRAPPED.format(whole=whole, kept="*x.shape[2:]", sizes="2, 5, 3, 8, 7"))
    assert not found.doubts


@pytest.mark.parametrize("sizes", ["2, 3, 5, 8, 7", "5, 3, 8, 7"])
def test_what_holds_no_frames_is_left(sizes):
    found = mended(WRAPPED.format(whole="", kept="x.size(-1)", sizes=sizes), most=1)
    assert not any("*x.shape" in fix.title for each in found.diagnoses for fix in each.fixes)


VOLUMES = """
    class Slices(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 3, 1))

        def forward(self, x):
            b, c, d, h, w = x.shape
            {body}

    y = Slices()(torch.randn(2, 2, 5, 8, 9))
    print(tuple(y.shape), round((y.std((0, 3, 4)).flatten() * torch.arange(15)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    "body",
    [
        "y = self.net({})\n            return y.view(b, d, -1, h, w)",
        "y = self.net({})\n            return y.reshape(x.size(0), x.size(2), 3, h, w)",
        "return self.net({}).view(b, d, 3, h, w)",
    ],
)
def test_each_slice_of_a_volume_is_a_sample(body):
    found = mended(VOLUMES.format(body=body.format("x")), most=1)
    assert found.output == printed(VOLUMES.format(body=body.format("x.transpose(1, 2).flatten(0, 1)")))
    assert not found.doubts


def test_volumes_that_nobody_lays_out_by_slices_are_left():
    found = mended(VOLUMES.format(body="return self.net(x)"), most=1)
    assert not any("flatten" in fix.title for fix in found.diagnoses[0].fixes)
