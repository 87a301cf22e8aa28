"""Two tensors that a script holds to one shape: changed where they are handed over, never in the line that asks."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Dice(nn.Module):
        def forward(self, guess, truth):
            {line}
            guess, truth = guess[:, 0].flatten(1), truth[:, 0].flatten(1)
            return 1 - (2 * (guess * truth).sum() + 1) / (guess.sum() + truth.sum() + 1)


    net = nn.Sequential(nn.Conv2d(3, 1, 3, padding=1), nn.Sigmoid())
    maps, marks = torch.rand(5, 3, 8, 10), (torch.rand(5, 8, 10) > 0.5).float()
    print(round(Dice()(net(maps), {marks}).item(), 4))
"""

ASKS = [
    "assert guess.size() == truth.size()",
    "assert guess.shape == truth.shape, 'shapes differ'",
    "if guess.shape != truth.shape: raise ValueError(f'{guess.shape} and {truth.shape}')",
    "if not guess.shape == truth.shape: raise ValueError('shapes differ')",
]


@pytest.mark.parametrize("line", ASKS)
def test_the_axis_is_put_in_where_the_tensor_is_handed_over(line):
    found = mended(PROGRAM.format(line=line, marks="marks"), most=1)
    assert found.diagnoses[0].slug == "shapes_asserted"
    assert "marks.unsqueeze(1)" in found.changed[0]
    assert found.output == printed(PROGRAM.format(line=line, marks="marks.unsqueeze(1)"))


def test_to_drop_the_axis_of_the_other_is_as_likely_and_is_compared():
    fixes = mended(PROGRAM.format(line=ASKS[0], marks="marks"), most=1).diagnoses[0].fixes
    titles = [fix.title for fix in fixes]
    assert titles[:2] == ["marks.unsqueeze(1)", "net(maps).squeeze(1)"]
    assert fixes[1].cost - fixes[0].cost < 0.04


def test_axes_of_either_are_put_in_the_order_of_the_other():
    program = """
    def apart(guess, truth):
        assert guess.shape == truth.shape
        return (guess - truth).abs().mean()

    print(round(apart(nn.Linear(3, 7)(torch.rand(5, 2, 3)), torch.rand(5, 7, 2){turned}).item(), 4))
    """
    found = mended(program.format(turned=""), most=1)
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert "torch.rand(5, 7, 2).transpose(1, 2)" in titles
    assert found.output == printed(program.format(turned=".transpose(1, 2)"))


@pytest.mark.parametrize(
    "line",
    [
        "assert guess.shape == (5, 8, 10)",
        "assert guess.size(1) == truth.size(1)",
        "if guess.shape != truth.shape or len(truth) < 9: raise ValueError('no')",
        "if guess.shape == truth.shape: pass\n            else: raise ValueError('no')",
    ],
)
def test_other_refusals_are_the_scripts_own(line):
    found = mended(PROGRAM.format(line=line, marks="marks"), most=1)
    assert found.diagnoses[0].slug != "shapes_asserted"
    assert not found.diagnoses[0].fixes


def test_shapes_that_differ_by_more_than_their_order_are_let_be():
    program = PROGRAM.format(line=ASKS[0], marks="torch.rand(5, 4, 9)")
    found = mended(program, most=1)
    assert found.diagnoses[0].slug == "shapes_asserted"
    assert not found.diagnoses[0].fixes


BEGINNING = """
    def picked(places, table):
        axes = places.dim()
        assert {asked}, (places.shape, table.shape)
        return table.flatten(0, axes - 1)[torch.arange(places.numel()), places.flatten()].view(places.shape)


    table = torch.arange(40.0).view({sizes})
    places = torch.arange({count}).view({given}) % 3
    print(picked(places{squeezed}, table).sum().item())
"""


@pytest.mark.parametrize("asked", ["places.shape == table.shape[:axes]", "table.shape[:axes] == places.shape"])
@pytest.mark.parametrize(("sizes", "count", "given"), [("10, 4", 10, "10, 1"), ("2, 5, 4", 10, "2, 1, 5")])
def test_what_is_to_begin_as_another_one_loses_its_single_axis(asked, sizes, count, given):
    told = {"asked": asked, "sizes": sizes, "count": count, "given": given}
    axis = given.split(", ").index("1")
    found = mended(BEGINNING.format(squeezed="", **told))
    assert found.diagnoses[0].slug == "shapes_asserted"
    assert found.diagnoses[0].explanation.endswith("the line wants the one to begin as the other")
    assert found.output == printed(BEGINNING.format(squeezed=f".squeeze({axis})", **told))
    assert not found.doubts


def test_what_begins_otherwise_without_an_axis_is_left():
    told = {"asked": "places.shape == table.shape[:axes]", "sizes": "10, 4", "count": 8, "given": "8, 1"}
    assert not mended(BEGINNING.format(squeezed="", **told)).diagnoses[0].fixes
