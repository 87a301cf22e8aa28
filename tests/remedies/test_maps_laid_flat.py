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


def test_maps_that_no_linear_has_the_places_of_are_in_doubt():
    found = mended(JOINED.format(places=2, width=20, parts="maps, more"), most=1)
    assert "maps.mean((2, 3))" in found.changed[0]
    assert found.output == "torch.Size([9, 2])\n"
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_rows_beside_maps_for_a_convolution_are_in_doubt():
    program = """
        maps, kinds = torch.randn(4, 1, 6, 6), torch.randn(4, 5)
        print(nn.Conv2d(6, 8, 3)(torch.cat([maps, kinds], 1)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["print(nn.Conv2d(6, 8, 3)(torch.cat([maps.flatten(1), kinds], 1)).shape)"]
    assert found.doubts == [
        "no layer was made for all their places: they may be pooled, or the rows be spread over them"
    ]


@pytest.mark.parametrize(("kernel", "is_sure"), [("1", True), ("kernel_size=(1, 1)", True), ("3, padding=1", False)])
def test_numbers_given_to_a_convolution_are_channels_of_one_place(kernel, is_sure):
    program = "print(nn.Conv2d(12, 8, {kernel})(torch.randn(16, 12){maps}).mean((2, 3)).sum().item())"
    found = mended(program.format(kernel=kernel, maps=""), most=1)
    assert found.output == printed(program.format(kernel=kernel, maps="[:, :, None, None]"))
    assert not found.doubts if is_sure else found.doubts


def test_images_in_a_loss_that_is_written_out():
    program = """
        coder = nn.Sequential(nn.Flatten(), nn.Linear(42, 8), nn.ReLU(), nn.Linear(8, 42))
        x = torch.rand(5, 1, 6, 7)
        print(round(((coder(x) - x{flat}) ** 2).mean().item(), 4))
    """
    found = mended(program.format(flat=""))
    assert found.output == printed(program.format(flat=".flatten(1)"))
    assert not found.doubts
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "unsqueeze" in fix.title)
