"""Maps and images that meet rows of as many numbers."""

import pytest
from mended import mended, printed

JOINED = """
    maps, more = nn.AdaptiveAvgPool2d({places})(torch.randn(9, 8, 10, 10)), torch.randn(9, 12)
    print(nn.Linear({width}, 2)(torch.cat([{parts}], dim=1)).shape)
"""


@pytest.mark.parametrize(("places", "width"), [(1, 20), (2, 44)])
@pytest.mark.parametrize("parts", ["maps, more", "more, maps"])
def test_maps_beside_rows_are_flattened(places, width, parts):
    found = mended(JOINED.format(places=places, width=width, parts=parts))
    right = parts.replace("maps", "maps.flatten(1)")
    assert found.output == printed(JOINED.format(places=places, width=width, parts=right))
    assert found.changed == [f"print(nn.Linear({width}, 2)(torch.cat([{right}], dim=1)).shape)"]
    assert not found.doubts


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "l1_loss"])
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_images_against_what_an_autoencoder_gives(loss):
    program = """
        coder = nn.Sequential(nn.Flatten(), nn.Linear(42, 8), nn.ReLU(), nn.Linear(8, 42), nn.Sigmoid())
        x = torch.rand(5, 1, 6, 7)
        print(round(F.{loss}(coder(x), x{flat}).item(), 4))
    """
    found = mended(program.format(loss=loss, flat=""))
    assert found.output == printed(program.format(loss=loss, flat=".flatten(1)"))
    assert not found.doubts


def test_rows_against_images_are_laid_as_they_are():
    program = """
        guesses, x = torch.rand(5, 1, 6, 7), torch.rand(5, 42)
        print(round(F.binary_cross_entropy(guesses, x{laid}).item(), 4))
    """
    found = mended(program.format(laid=""))
    assert found.output == printed(program.format(laid=".unflatten(1, (1, 6, 7))"))


def test_other_samples_are_not_flattened_away():
    program = """
        guesses, x = torch.rand(6, 35), torch.rand(5, 42)
        print(F.binary_cross_entropy(guesses, x))
    """
    found = mended(program, most=1)
    assert not any("flatten" in fix.title for each in found.diagnoses for fix in each.fixes)
