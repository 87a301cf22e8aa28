"""Sizes that a model reckons of a setting which the input at hand contradicts."""

import pytest
from mended import mended, printed

PATCHES = """
    class Encoder(nn.Module):
        def __init__(self, classes, side=64, patch=8, width=20):
            super().__init__()
            self.cut = nn.Conv2d(3, width, patch, patch)
            self.places = nn.Parameter(torch.randn(1, (side // patch) ** 2{more}, width))
            self.head = nn.Linear(width, classes)

        def forward(self, x):
            x = self.cut(x).flatten(2).transpose(1, 2)
            {first}
            return self.head((x + self.places).mean(1))


    resolution = {resolution}
    model = Encoder(7{told})
    print(round(model(torch.randn(4, 3, resolution, resolution)).std().item(), 4))
"""
JOINED = "x = torch.cat([x[:, :1] * 0, x], dim=1)"


@pytest.mark.parametrize(("more", "first"), [("", ""), (" + 1", JOINED)])
@pytest.mark.parametrize(("told", "resolution"), [("", 48), ("", 96), (", side=32", 48), (", width=12, side=96", 64)])
def test_a_table_of_places_is_made_for_maps_as_large_as_they_are(more, first, told, resolution):
    right = f", side={resolution}" if "side" not in told else told.rpartition("=")[0] + f"={resolution}"
    program = {"more": more, "first": first, "resolution": resolution}
    found = mended(PATCHES.format(told=told, **program), most=1)
    assert found.output == printed(PATCHES.format(told=right, **program))
    assert "side=resolution" in found.text
    assert not found.doubts


@pytest.mark.parametrize("setting", ["", ", side=32"])
def test_a_layer_behind_maps_is_made_for_them_by_the_same_setting(setting):
    program = """
        class Net(nn.Module):
            def __init__(self, channels, side=64, labels=5):
                super().__init__()
                left = side // 4
                self.body = nn.Sequential(nn.Conv2d(3, channels, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(2))
                self.head = nn.Linear(channels * left * left, labels)

            def forward(self, x):
                return self.head(self.body(x).flatten(1))


        net = Net(6{told})
        print(round(net(torch.randn(4, 3, 48, 48)).std().item(), 4))
    """
    found = mended(program.format(told=setting), most=1)
    assert found.output == printed(program.format(told=", side=48"))
    assert not found.doubts


def test_neither_of_two_settings_that_would_give_the_size_is_taken():
    program = """
        class Model(nn.Module):
            def __init__(self, steps=12, offset=12, width=5):
                super().__init__()
                self.places = nn.Parameter(torch.randn(1, steps + offset, width))

            def forward(self, x):
                return x + self.places


        print(Model()(torch.randn(3, 20, 8, 5)[:, :, 0]).shape)
    """
    assert mended(program, most=1).changed == ["return x + self.places[:, :x.size(1)]"]


def test_a_table_that_no_setting_explains_is_cut():
    program = PATCHES.replace("(side // patch) ** 2{more}", "512").replace("x + self.places", "x + self.places{cut}")
    given = {"first": "", "resolution": 48, "told": ""}
    found = mended(program.format(cut="", **given), most=1)
    assert found.output == printed(program.format(cut="[:, :36]", **given))


def test_a_setting_by_which_what_came_was_made_as_well_is_not_told_another_value():
    found = mended(
        """
        class Decoder(nn.Module):
            def __init__(self, hidden_size=16):
                super().__init__()
                self.rnn = nn.GRU(4, hidden_size, batch_first=True)
                self.out = nn.Linear(hidden_size * 2, 5)

            def forward(self, x, hidden):
                output, hidden = self.rnn(x, hidden)
                return self.out(output)

        print(Decoder()(torch.randn(8, 7, 4), torch.zeros(1, 8, 16)).shape)
        """
    )
    assert "hidden_size=8" not in found.text
