"""Clips that a layer reads whole are turned, where their frames were merged with the samples."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.{layer}, nn.Linear(5, 2)

        def forward(self, x):
            return self.last(self.first(x).relu().{mean})


    clips = torch.randn({sizes})
    {names} = clips.shape
    clips = {view}
    print(round(Reader()(clips).std(0).sum().item(), 4))
"""
VOLUMES = {"layer": "Conv3d(2, 5, 3, padding=1)", "mean": "mean((2, 3, 4))", "sizes": "3, 4, 2, 7, 6"}
MAPS = {"layer": "Conv2d(2, 5, 3, padding=1)", "mean": "mean((2, 3))", "sizes": "3, 4, 2, 7"}


@pytest.mark.parametrize(
    ("kind", "names", "merged", "right"),
    [
        (VOLUMES, "b, t, c, h, w", "clips.view(b * t, c, h, w)", "clips.permute(0, 2, 1, 3, 4)"),
        (VOLUMES, "n, f, k, r, s", "clips.reshape(n * f, k, r, s)", "clips.permute(0, 2, 1, 3, 4)"),
        (MAPS, "b, t, c, h", "clips.view(b * t, c, h)", "clips.permute(0, 2, 1, 3)"),
    ],
)
def test_clips_are_turned_with_their_channels_in_front(kind, names, merged, right):
    found = mended(PROGRAM.format(view=merged, names=names, **kind))
    assert found.diagnoses[0].fixes[0].title == right
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(view=right, names=names, **kind))


def test_frames_that_a_layer_of_images_reads_stay_merged():
    maps = {"layer": "Conv2d(3, 5, 3, padding=1)", "mean": "mean((2, 3))", "sizes": "3, 4, 2, 7, 6"}
    found = mended(PROGRAM.format(view="clips.view(b * t, c, h, w)", names="b, t, c, h, w", **maps))
    assert "clips.view(b * t, c, h, w)" in found.text


def test_where_the_frames_are_counted_again_behind_it_is_in_doubt():
    program = """
        class Reader(nn.Module):
            def __init__(self):
                super().__init__()
                self.first = nn.Conv3d(2, 5, 1)

            def forward(self, clips):
                b, t, c, h, w = clips.shape
                maps = self.first(clips.view(b * t, c, h, w))
                return maps.view(b, t, -1).mean(1)


        print(Reader()(torch.randn(3, 4, 2, 7, 6)).shape)
    """
    found = mended(program)
    assert found.changed == ["maps = self.first(clips.permute(0, 2, 1, 3, 4))"]
    assert found.doubts == ["the frames are counted behind it too, and a layer of single frames may be meant"]
