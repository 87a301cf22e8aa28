"""Of twice as many channels the first half is taken, in doubt."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Painter(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.{layer}

        def forward(self, x):
            return self.body(x)


    def cleared(model, x):
        noise = {noise}
        return (x - 0.5 * noise) / 0.8


    print(round(cleared(Painter(), torch.rand({sizes})).std().item(), 4))
"""
MAPS = ("Conv2d(3, {}, 3, padding=1)", "2, 3, 5, 6", 1)
ROWS = ("Linear(4, {})", "5, 4", 1)


@pytest.mark.parametrize(("layer", "sizes", "axis"), [MAPS, ROWS])
def test_the_first_half_is_taken_and_left_in_doubt(layer, sizes, axis):
    wide = 6 if "Conv" in layer else 8
    told = {"layer": layer.format(wide), "sizes": sizes}
    found = mended(PROGRAM.format(noise="model(x)", **told))
    assert found.output == printed(PROGRAM.format(noise=f"model(x).chunk(2, dim={axis})[0]", **told))
    assert found.doubts


RETURNED = """
    class Painter(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Linear(4, 8)

        def forward(self, x):
            return self.body(x)


    painter = Painter()


    def noise_of(x):
        return {noise}


    def cleared(x):
        noise = noise_of(x)
        return (x - 0.5 * noise) / 0.8


    print(round(cleared(torch.rand(5, 4)).std().item(), 4))
"""


def test_so_is_what_a_function_returns_of_a_model():
    found = mended(RETURNED.format(noise="painter(x)"))
    assert found.output == printed(RETURNED.format(noise="painter(x).chunk(2, dim=1)[0]"))
    assert found.doubts


def test_three_times_as_many_are_no_halves():
    found = mended(PROGRAM.format(noise="model(x)", layer="Linear(4, 12)", sizes="5, 4"), most=1)
    assert not any("chunk" in fix.title for fix in found.diagnoses[0].fixes)
