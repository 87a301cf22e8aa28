"""Steps that reach a BatchNorm1d of a container, which reads their features as rows."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Sequential({layers}, nn.ReLU())

        def forward(self, x):
            return {call}.mean(1)

    print(round(Net()(torch.randn(4, 7, 6)).sum().item(), 3))
"""


@pytest.mark.parametrize(
    "layers", ["nn.BatchNorm1d(6), nn.Linear(6, 8)", "nn.Linear(6, 8), nn.BatchNorm1d(8)", "nn.BatchNorm1d(6)"]
)
def test_rows_of_their_own(layers):
    found = mended(PROGRAM.format(layers=layers, call="self.embed(x)"))
    right = "self.embed(x.flatten(0, 1)).unflatten(0, x.shape[:2])"
    assert found.changed == [f"return {right}.mean(1)"]
    assert found.output == printed(PROGRAM.format(layers=layers, call=right))
    assert not found.doubts


def test_channels_that_are_not_the_features():
    found = mended(PROGRAM.format(layers="nn.Linear(6, 8), nn.BatchNorm1d(5)", call="self.embed(x)"), most=1)
    assert not any("unflatten" in fix.title for each in found.diagnoses for fix in each.fixes)
