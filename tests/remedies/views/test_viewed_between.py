"""One size of a view that goes neither with the layer in front of it nor with the one behind."""

import pytest
from mended import mended, printed

DECODER = """
    class Decoder(nn.Module):
        def __init__(self, latent=5, maps=12, side=3):
            super().__init__()
            self.latent, self.maps, self.side, self.grid = latent, maps, side, (side, side)
            self.front = {front}
            self.behind = {behind}
        def forward(self, z):
            y = self.front(z)
            y = y.{view}
            return self.behind(y)
    print(round((Decoder()(torch.randn(4, 5)).std((1, 2, 3)) * torch.arange(4)).sum().item(), 4))
"""
FRONT = "nn.Linear(latent, self.maps * side * side)"
BEHIND = "nn.ConvTranspose2d(maps, 2, 2, stride=2)"


@pytest.mark.parametrize(
    "front", [FRONT, f"nn.Sequential({FRONT}, nn.ReLU())", "nn.Linear(latent, maps * side * side)"]
)
@pytest.mark.parametrize("behind", [BEHIND, f"nn.Sequential({BEHIND}, nn.Tanh())"])
@pytest.mark.parametrize(
    "view",
    [
        "view(z.size(0), {}, self.side, self.side)",
        "reshape(len(z), {}, *self.grid)",
        "view(4, {}, 3, 3)",
        "view(-1, {}, 3, 3)",
        "view([z.size(0), {}] + list(self.grid))",
    ],
)
def test_what_the_layer_in_front_was_made_with(front, behind, view):
    found = mended(DECODER.format(front=front, behind=behind, view=view.format("self.latent")))
    assert found.output == printed(DECODER.format(front=front, behind=behind, view=view.format("self.maps")))
    assert not found.doubts


@pytest.mark.parametrize(
    "sizes",
    [
        "[z.size(0), {}, *self.grid]",
        "(len(z), {}, self.side, self.side)",
        "[-1, {}, 3, 3]",
        "(4, {}, *self.grid)",
        "[4, {}] + [3, 3]",
        "[z.size(0), {}] + list(self.grid)",
    ],
)
def test_sizes_that_have_one_name_are_changed_where_they_are_listed(sizes):
    program = DECODER.format(front=FRONT, behind=BEHIND, view="view(sizes)")
    program = program.replace("            y = y.view", "            sizes = {sizes}\n            y = y.view")
    found = mended(program.format(sizes=sizes.format("self.latent")))
    assert found.changed == [f"sizes = {sizes.format('self.maps')}"]
    assert found.output == printed(program.format(sizes=sizes.format("self.maps")))
    assert not found.doubts


def test_sizes_that_are_repeated_are_no_list():
    program = DECODER.format(front=FRONT, behind=BEHIND, view="view(sizes)")
    program = program.replace(
        "            y = y.view", "            sizes = [4, self.latent] + [3] * 2\n            y = y.view"
    )
    found = mended(program, most=1)
    assert not any("[3]" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("rows", ["len(z)", "-1"])
def test_what_the_layer_behind_takes_where_the_sides_are_a_list(rows):
    view = f"view({rows}, {{}}, *[self.side, self.side])"
    one = {"front": "nn.Linear(latent, 108)", "behind": BEHIND}
    found = mended(DECODER.format(view=view.format("self.latent"), **one))
    assert found.output == printed(DECODER.format(view=view.format("self.maps"), **one))
    assert "in_channels" in found.changed[0]
    assert not found.doubts


def test_the_layer_in_front_where_the_view_goes_with_the_one_behind():
    one = {"behind": BEHIND, "view": "view(z.size(0), self.maps, *self.grid)"}
    found = mended(DECODER.format(front="nn.Linear(latent, latent * side * side)", **one))
    assert found.output == printed(DECODER.format(front=FRONT, **one))
    assert not found.doubts


def test_sides_that_differ_are_not_taken_for_channels():
    one = {"front": FRONT, "behind": BEHIND}
    found = mended(DECODER.format(view="view(z.size(0), self.maps, 3, 5)", **one))
    assert "self.maps ->" not in found.diagnoses[0].fixes[0].title


def test_one_of_two_sides_that_are_the_same_number_leaves_a_doubt():
    program = """
    front, conv = nn.Linear(5, 48), nn.Conv2d(6, 3, 3, padding=1)
    z = torch.randn(3, 5)
    print(conv(front(z).view(z.size(0), 6, 2, 2)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["print(conv(front(z).view(z.size(0), 6, 2, -1)).shape)"]
    assert found.doubts == ["sides that are the same number would change together, or what is viewed be made otherwise"]


STEPS = """
    class Steps(nn.Module):
        def __init__(self, width=6, layers=2, wide=5):
            super().__init__()
            {kept}
            self.rnn, self.out = nn.GRU(4, width, layers, batch_first=True), nn.Linear(width, 3)
            self.layers, self.wide = layers, wide

        def forward(self, x):
            seen, _ = self.rnn(x)
            seen = seen.{call}(-1, {size})
            return self.out(seen)

    print(Steps()(torch.randn(7, 3, 4)).sum(0).tolist())
"""


@pytest.mark.parametrize("call", ["reshape", "contiguous().view"])
@pytest.mark.parametrize("size", ["self.wide", "self.layers * self.wide"])
@pytest.mark.parametrize(("kept", "text"), [("self.width = width", "self.width"), ("pass", "self.out.in_features")])
def test_the_steps_are_laid_out_as_the_layer_behind_reads_them(call, size, kept, text):
    found = mended(STEPS.format(kept=kept, call=call, size=size))
    assert found.changed == [f"seen = seen.{call}(-1, {text})"]
    assert found.output == printed(STEPS.format(kept=kept, call=call, size=text))
    assert not found.doubts
