"""Maps that are written with other sides than the product by which their layer was made."""

import pytest
from mended import mended, printed

DECODER = """
    class Decoder(nn.Module):
        def __init__(self, code):
            super().__init__()
            self.fc = {layer}
            self.up = nn.ConvTranspose2d(8, 1, 4, 2, 1)

        def forward(self, z):
            h = {view}
            return torch.sigmoid(self.up(h))

    x = torch.rand(5, 1, {maps})
    print(round(F.mse_loss(Decoder(3)(torch.randn(5, 3))[:, :, :8, :8], x[:, :, :8, :8]).item(), 4))
"""


@pytest.mark.parametrize(
    "layer", ["nn.Linear(code, 8 * 7 * 6)", "nn.Sequential(nn.Linear(code, 8 * 7 * 6), nn.ReLU())"]
)
@pytest.mark.parametrize("view", ["self.fc(z).view(z.size(0), 8, {})", "torch.relu(self.fc(z)).reshape(-1, 8, {})"])
def test_the_sides_are_those_of_the_product(layer, view):
    found = mended(DECODER.format(layer=layer, maps="14, 12", view=view.format("4, 4")))
    assert found.output == printed(DECODER.format(layer=layer, maps="14, 12", view=view.format("7, 6")))
    assert not found.doubts


@pytest.mark.parametrize("maps", ["20, 20", "8, 8"])
def test_without_such_maps_the_layer_may_be_wrong(maps):
    view = "self.fc(z).view(z.size(0), 8, 4, 4)"
    found = mended(DECODER.format(layer="nn.Linear(code, 8 * 7 * 7)", maps=maps, view=view), most=1)
    assert found.doubts == ["the layer may be made for other places than was meant, and the sides be written rightly"]


@pytest.mark.parametrize("layer", ["nn.Linear(code, 16 * 7 * 7)", "nn.Linear(code, 392)", "nn.Linear(code, 8 * 49)"])
def test_other_factors_tell_nothing(layer):
    found = mended(DECODER.format(layer=layer, maps="14, 12", view="self.fc(z).view(z.size(0), 8, 4, 4)"), most=1)
    assert not any("->" in fix.title and "," in fix.title for fix in found.diagnoses[0].fixes)
