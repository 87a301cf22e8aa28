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


@pytest.mark.parametrize("last", ["nn.Softmax(dim=1)", "nn.Flatten()", "nn.Dropout1d(0.5)"])
def test_a_container_that_reads_the_steps_is_given_no_rows(last):
    layers = f"nn.Linear(6, 8), nn.BatchNorm1d(8), {last}"
    found = mended(PROGRAM.format(layers=layers, call="self.embed(x)"), most=1)
    assert not any("unflatten" in fix.title for each in found.diagnoses for fix in each.fixes)
    assert found.doubts


def test_weights_of_features_are_of_each_row():
    layers = "nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Softmax(dim=-1)"
    found = mended(PROGRAM.format(layers=layers, call="self.embed(x)"), most=1)
    assert found.changed == ["return self.embed(x.flatten(0, 1)).unflatten(0, x.shape[:2]).mean(1)"]
    assert not found.doubts


def test_a_container_made_of_a_list_that_ends_in_weights_of_the_steps():
    program = """
        def weights(*widths):
            layers = []
            for before, behind in zip(widths, widths[1:]):
                layers += [nn.Linear(before, behind), nn.BatchNorm1d(behind)]
            return nn.Sequential(*layers, nn.Softmax(1))

        print(weights(6, 8, 1)(torch.randn(4, 7, 6)).sum())
    """
    found = mended(program, most=1)
    assert not any("unflatten" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_a_layer_of_ones_own_leaves_a_doubt():
    program = """
        class Shares(nn.Module):
            def forward(self, x):
                return x / x.sum(1, keepdim=True)

        weigh = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Sigmoid(), nn.Linear(8, 1), Shares())
        print(weigh(torch.randn(4, 7, 6)).sum())
    """
    found = mended(program, most=1)
    assert found.changed == ["print(weigh(torch.randn(4, 7, 6).flatten(0, 1)).unflatten(0, (-1, 7)).sum())"]
    assert found.doubts == ["a layer of the container is the script's own, and may read the axis of the steps"]
