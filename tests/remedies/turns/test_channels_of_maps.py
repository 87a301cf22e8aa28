"""Maps whose channels lie in axis 1, given to a Linear that reads them from the last axis."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.features, self.head = {features}, nn.Linear(6, 4)

        def forward(self, x):
            h = F.relu(self.features(x))
            return self.head(h{turned}){behind}


    model = Net()
    x, y = torch.rand(5, 3, {sizes}), {target}
    loss = {loss}
    print(round(loss.item(), 4))
"""
OF_MAPS = {"features": "nn.Conv2d(3, 6, 3)", "sizes": "10, 13"}
OF_VOLUMES = {"features": "nn.Conv3d(3, 6, 3)", "sizes": "10, 13, 4"}


@pytest.mark.parametrize(
    ("made", "turned", "back", "places"),
    [
        (OF_MAPS, ".permute(0, 2, 3, 1)", ".permute(0, 3, 1, 2)", "8, 11"),
        (OF_VOLUMES, ".permute(0, 2, 3, 4, 1)", ".permute(0, 4, 1, 2, 3)", "8, 11, 2"),
    ],
)
def test_one_answer_for_each_place(made, turned, back, places):
    program = {**made, "behind": back, "target": f"torch.randint(4, (5, {places}))"}
    program["loss"] = "F.cross_entropy(model(x), y)"
    found = mended(PROGRAM.format(turned="", **program))
    assert found.output == printed(PROGRAM.format(turned=turned, **program))
    assert found.diagnoses[0].slug == "features_not_last"
    assert not found.doubts


@pytest.mark.parametrize("made", [OF_MAPS, OF_VOLUMES])
def test_one_answer_for_each_sample_is_the_mean_of_all_places(made):
    program = {**made, "behind": "", "target": "torch.randint(4, (5,))", "loss": "F.cross_entropy(out, y)"}
    text = PROGRAM.replace("loss =", "out = model(x)\n    loss =")
    found = mended(text.format(turned="", **program))
    assert found.output == printed(text.format(turned=".flatten(2).mean(2)", **program))
    assert not found.doubts


def test_a_layer_for_pixels_reads_the_colours():
    program = """
        mlp = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
        print(round(mlp(torch.rand(2, 3, 6, 7){turned}).std(-1).sum().item(), 4))
    """
    found = mended(program.format(turned=""))
    assert found.output == printed(program.format(turned=".permute(0, 2, 3, 1)"))


@pytest.mark.parametrize("sizes", ["(6, 3, 5, 7)", "(2, 3, 6, 7)"])
def test_another_axis_of_the_same_size_says_nothing(sizes):
    program = f"print(nn.Linear(6, 2)(torch.rand{sizes}).shape)"
    assert mended(program).diagnoses[0].slug == "in_features_do_not_fit"


@pytest.mark.parametrize(
    "made", [{**OF_MAPS, "turned": ""}, {**OF_VOLUMES, "turned": ""}, {**OF_MAPS, "turned": "[:4]"}]
)
@pytest.mark.parametrize(
    ("behind", "target", "loss"),
    [
        # Nobody tells what the answers are for.
        ("", "None", "model(x).std()"),
        # What stands behind the layer makes something else of the mean than of each place.
        (".relu() @ nn.Linear(4, 4).weight", "torch.randint(4, (5,))", "F.cross_entropy(model(x), y)"),
    ],
)
def test_the_mean_of_the_places_may_be_what_the_layer_reads(made, behind, target, loss):
    found = mended(PROGRAM.format(behind=behind, target=target, loss=loss, **made), most=1)
    assert found.doubts


def test_another_width_is_never_surer_than_the_channels():
    program = {**OF_MAPS, "behind": "", "target": "torch.rand(5, 8, 11, 4)", "loss": "((model(x) - y) ** 2).mean()"}
    (found,) = mended(PROGRAM.format(turned="", **program), most=1).diagnoses
    assert "permute" in found.fixes[0].title
    assert all(fix.doubt for fix in found.fixes if "permute" not in fix.title)
