"""As many outputs as the target has columns, or maps."""

import pytest
from mended import mended, printed

COLUMNS = """
    names = ["key", "cold", "warm", "wet", "dry"]
    table = torch.arange(6.0 * {wide}).view(6, {wide}) % 2
    net = nn.Linear(3, {outputs})
    loss = F.{loss}(net(torch.rand(6, 3)), table{taken})
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize(("taken", "more"), [("[:, 1:]", 1), ("[:, :-1]", 1), ("[:, 2:]", 2), ("[:, 1:-1]", 2)])
@pytest.mark.parametrize("loss", ["binary_cross_entropy_with_logits", "mse_loss"])
def test_the_columns_that_the_target_leaves_out_are_not_counted(taken, more, loss):
    told = {"wide": "len(names)", "taken": taken, "loss": loss}
    found = mended(COLUMNS.format(outputs="len(names)", **told))
    assert found.diagnoses[0].fixes[0].title == f"len(names) - {more}"
    assert not found.doubts
    assert found.output == printed(COLUMNS.format(outputs=f"len(names) - {more}", **told))


def test_columns_that_nobody_counts_with_the_names_leave_a_doubt():
    told = {"wide": "5", "taken": "[:, 1:]", "loss": "mse_loss"}
    found = mended(COLUMNS.format(outputs="len(names)", **told))
    assert found.changed == ["net = nn.Linear(3, len(names) - 1)"]
    assert found.doubts == ["the target may be meant to have all of the columns"]


def test_a_target_that_leaves_out_others_is_left():
    told = {"wide": "len(names)", "taken": "[:, ::2]", "loss": "mse_loss"}
    found = mended(COLUMNS.format(outputs="len(names)", **told))
    assert not any("len(names) -" in fix.title for fix in found.diagnoses[0].fixes)


MAPS = """
    settings = {{"first": 1, "maps": 5, "last": {last}}}


    def unlike(guess, target):
        assert guess.shape == target.shape, (guess.shape, target.shape)
        return {loss}


    net = nn.Sequential(
        nn.Conv2d(settings["first"], settings["maps"], 3, padding=1), nn.Conv2d(settings["maps"], settings["last"], 1)
    )
    pictures = torch.randn(3, 1, 6, 8)
    print(round(unlike(net(pictures), (pictures > 0){target}.float()).item(), 4))
"""


def test_one_map_for_a_target_of_one():
    told = {"loss": "(torch.sigmoid(guess) - target).abs().mean()", "target": ""}
    found = mended(MAPS.format(last=2, **told))
    assert found.diagnoses[0].fixes[0].title == "2 -> 1"
    assert not found.doubts
    assert found.output == printed(MAPS.format(last=1, **told))


@pytest.mark.parametrize(
    ("loss", "target", "last"),
    [
        ("(guess.softmax(1) - target).abs().mean()", "", 2),
        ("(torch.sigmoid(guess) - target).abs().mean()", ".expand(-1, 2, -1, -1)", 4),
    ],
)
def test_a_target_that_may_be_of_classes_leaves_a_doubt(loss, target, last):
    assert mended(MAPS.format(last=last, loss=loss, target=target)).doubts


def test_a_number_that_other_layers_were_told_as_well_is_left():
    program = MAPS.replace('settings["last"]', 'settings["maps"]')
    found = mended(program.format(last=2, loss="(torch.sigmoid(guess) - target).abs().mean()", target=""))
    assert not any(fix.title == "5 -> 1" for fix in found.diagnoses[0].fixes)


POINTS = """
    class Points(nn.Module):
        def __init__(self, axes=3, wide={wide}, deep=9):
            super().__init__()
            self.read, self.rnn = nn.Linear(axes, wide), nn.GRU(wide, deep, batch_first=True)
            self.out = nn.Linear(deep, {outputs})

        def forward(self, x):
            return self.out(self.rnn(self.read(x))[0]{taken})

    x = torch.randn(4, 6, 3)
    print(round(F.mse_loss(Points()(x), x{taken}).item(), 4))
"""


@pytest.mark.parametrize("taken", ["", "[:, -1]"])
@pytest.mark.parametrize("wide", [5, 2])
def test_the_parameter_of_as_many_is_told(taken, wide):
    found = mended(POINTS.format(outputs="wide", taken=taken, wide=wide))
    assert found.output == printed(POINTS.format(outputs="axes", taken=taken, wide=wide))
    assert not found.doubts


def test_a_number_that_nothing_else_is_made_with_may_be_another_one():
    program = POINTS.replace("deep=9", "deep=9, many=5").format(outputs="many", taken="", wide=7)
    found = mended(program, most=1)
    assert "many -> axes" not in [fix.title for fix in found.diagnoses[0].fixes]


def test_a_number_that_is_only_kept_is_that_of_no_other_layer():
    program = POINTS.replace("deep=9", "deep=9, many=5").replace(
        "self.read, self", "self.many = many\n            self.read, self"
    )
    found = mended(program.format(outputs="many", taken="", wide=7), most=1)
    assert "many -> axes" not in [fix.title for fix in found.diagnoses[0].fixes]


SQUEEZED = """
    class Judge(nn.Module):
        def __init__(self, width=5):
            super().__init__()
            self.inner = nn.Linear(3, width)
            self.outer = nn.Linear(width, {outputs})

        def forward(self, rows):
            return self.outer(torch.relu(self.inner(rows))){drop}


    torch.manual_seed(0)
    judge = Judge()
    answers = (torch.arange(7) % 2).float()
    print(round(F.{loss}(judge(torch.rand(7, 3)), answers).item(), 4))
"""


@pytest.mark.parametrize("drop", [".squeeze(-1)", ".squeeze(1)", ".squeeze(dim=-1)"])
@pytest.mark.parametrize("loss", ["binary_cross_entropy_with_logits", "mse_loss"])
@pytest.mark.parametrize("outputs", [2, 4])
def test_an_axis_that_is_dropped_is_that_of_one_output(outputs, loss, drop):
    found = mended(SQUEEZED.format(outputs=outputs, drop=drop, loss=loss))
    assert found.changed == ["self.outer = nn.Linear(width, 1)"]
    assert not found.doubts
    assert found.output == printed(SQUEEZED.format(outputs=1, drop=drop, loss=loss))


@pytest.mark.parametrize("drop", ["", ".squeeze(0)"])
def test_outputs_of_which_no_axis_is_dropped_stay_as_many(drop):
    found = mended(SQUEEZED.format(outputs=2, drop=drop, loss="mse_loss"), most=1)
    assert "2 -> 1" not in [fix.title for fix in found.diagnoses[0].fixes]
