"""A state that was made flat with all its layers, against one target a sample."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(3, 5, num_layers=2, batch_first=True{both})
            self.head = nn.Linear(5, {made})

        def forward(self, x):
            _, (h, _) = self.lstm(x)
            h = {taken}
            return self.head(h)

    x, y = torch.randn(12, 8, 3), torch.randn(12, 1)
    print(round({loss}.item(), 4))
"""
SQUARES, CLASSES = "((Net()(x) - y) ** 2).mean()", "nn.CrossEntropyLoss()(Net()(x), torch.arange(12) % 4)"


@pytest.mark.parametrize("flat", ["h.view(-1, 5)", "h.reshape(-1, h.size(-1))", "h.flatten(0, 1)"])
@pytest.mark.parametrize(("made", "loss"), [(1, SQUARES), (4, CLASSES)])
def test_the_last_layer_is_taken(flat, made, loss):
    found = mended(PROGRAM.format(both="", made=made, taken=flat, loss=loss))
    assert found.diagnoses[0].slug == "all_layers_of_state_used"
    assert found.changed == ["h = h[-1]"]
    assert found.output == printed(PROGRAM.format(both="", made=made, taken="h[-1]", loss=loss))
    assert not found.doubts


def test_of_both_directions_nobody_knows_what_was_meant():
    found = mended(PROGRAM.format(both=", bidirectional=True", made=1, taken="h.view(-1, 5)", loss=SQUARES), most=1)
    assert not any("h[-1]" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_columns_of_single_numbers_are_not_all_compared():
    program = """
        guesses, y = nn.Linear(3, 1)(torch.randn(9, 3)), torch.randn(6, 1)
        print(((guesses - y) ** 2).mean().shape)
    """
    found = mended(program, most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "unsqueeze" in fix.title)


@pytest.mark.parametrize("told", ["1, True, True, 0.0, True", "batch_first=True, **dict(bidirectional=True)"])
def test_both_directions_that_are_told_otherwise_leave_a_doubt(told):
    program = PROGRAM.replace("num_layers=2, batch_first=True{both}", told)
    found = mended(program.format(made=4, taken="h.view(-1, 5)", loss=CLASSES), most=1)
    assert found.changed == ["h = h[-1]"]
    assert found.doubts


def test_the_state_of_a_single_layer_has_a_row_for_each_sample():
    program = """
        gru, head = nn.GRU(5, 6, batch_first=True), nn.Linear(6, 2)
        steps, h = gru(torch.randn(4, 3, 5))
        h = h.view(-1, 6)
        print(h.shape, F.cross_entropy(head(steps).reshape(-1, 2), torch.tensor([0, 1, 1, 0])))
    """
    assert mended(program, most=1).diagnoses[0].slug != "all_layers_of_state_used"
