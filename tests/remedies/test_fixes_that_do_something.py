"""What is offered changes something, fits what comes behind it, and says where something else may be meant."""

import pytest
from mended import mended

CNN = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 3, 3)
            self.fc = nn.Linear(3 * 9 * 9, 5)

        def forward(self, x):
            x = self.conv(x)
            {rows}
            return self.fc(x)

    print(Net()(torch.randn(4, 1, 10, 10)).shape)
"""


@pytest.mark.parametrize(
    "rows",
    [
        "x = x.view(x.size(0), -1)",
        "x = x.reshape(x.shape[0], -1)",
        "x = x.view((len(x), -1))",
        "n = x.size(0)\n            x = x.view(n, -1)",
    ],
)
def test_what_is_flat_is_not_flattened_again(rows):
    after = mended(CNN.format(rows=rows))
    assert not any("flatten" in fix.title for fix in after.diagnoses[0].fixes)
    assert after.output == "torch.Size([4, 5])\n"


STATE = """
    layer = nn.{kind}(3, 4, batch_first=True)
    state = None
    for _ in range(3):
        out, state = layer(torch.randn(2, 5, 3), state)
        out.pow(2).mean().backward()
    print("learned")
"""


@pytest.mark.parametrize(
    ("kind", "changed"),
    [("LSTM", "tuple(each.detach() for each in state)"), ("GRU", "state.detach()"), ("RNN", "state.detach()")],
)
def test_a_state_is_cut_off_as_what_it_is(kind, changed):
    after = mended(STATE.format(kind=kind))
    titles = [fix.title for fix in after.diagnoses[0].fixes if fix.title.startswith("state")]
    assert titles == [f"state = {changed}"]
    assert after.output == "learned\n"


def test_rows_that_a_layer_reads_are_not_put_side_by_side():
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.lstm = nn.LSTM(1, 6, batch_first=True)
                self.fc = nn.Linear(6, 1)

            def forward(self, x):
                out, _ = self.lstm(x)
                out = out.reshape(-1, 6)
                return self.fc(out)

        print(F.mse_loss(Net()(torch.randn(8, 7, 1)), torch.randn(8, 1)).shape)
    """
    found = mended(program)
    assert found.changed == ["out = out[:, -1]"]
    assert not any("flatten" in fix.title for fix in found.diagnoses[0].fixes)


def test_of_two_orders_of_the_axes_the_one_that_exchanges_the_samples_is_not_offered():
    program = "print(nn.LSTM(4, 8, batch_first={first})(torch.randn(6, 4, 10))[0].shape)"
    after = mended(program.format(first=True))
    titles = [fix.title for fix in after.diagnoses[0].fixes]
    assert any("transpose(1, 2)" in title for title in titles)
    assert not any("permute" in title for title in titles)
    (wide,) = [fix for fix in after.diagnoses[0].fixes if "10" in fix.title and "transpose" not in fix.title]
    assert "read as the features" in wide.doubt
    assert after.output == "torch.Size([6, 10, 8])\n"
    assert mended(program.format(first=False)).output == "torch.Size([10, 6, 8])\n"


def test_samples_without_their_feature_axis_are_not_one_sequence():
    after = mended("print(nn.GRU(1, 4, batch_first=True)(torch.randn(6, 7))[0].shape)")
    assert after.diagnoses[0].code == "SC103"
    assert after.output == "torch.Size([6, 7, 4])\n"
    (wide,) = [fix for fix in after.diagnoses[0].fixes if "7" in fix.title and "unsqueeze" not in fix.title]
    assert wide.doubt == "the 6 rows are then the steps of one sequence"


def test_a_sequence_of_other_features_is_taken_for_one():
    found = mended("print(nn.GRU(3, 4)(torch.randn(6, 7))[0].shape)").diagnoses[0]
    assert found.code == "SC102"
    assert not found.fixes[0].doubt


def test_the_line_to_change_is_not_where_a_class_is_put_in():
    found = mended(
        "print(1)\nnet = nn.Sequential(nn.GRU(4, 8), nn.Linear(8, 1))\nprint(net(torch.randn(3, 5, 4)).shape)"
    )
    assert found.diagnoses[0].place.source.startswith("net = nn.Sequential(")
    assert found.output == "1\ntorch.Size([3, 5, 1])\n"
