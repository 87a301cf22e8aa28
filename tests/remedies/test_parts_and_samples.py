"""Parts that are read one by one, and one sequence that was given without its axis of samples."""

import pytest
from mended import mended, printed

VIEWS = """
class Views(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.each, self.score, self.head = nn.Linear(5, width), nn.Linear(width, 1), nn.Linear(width, 3)

    def forward(self, *views):
        first, second, third = map(self.each, views)
        together = {joined}
        weight = self.score(together).softmax(1)
        return self.head((weight * together).sum(1))


print(Views()(*(torch.randn(6, 5) for _ in range(3))).sum().item())
"""


@pytest.mark.parametrize(
    ("joined", "right"),
    [
        ("torch.cat((first, second, third), 1)", "torch.stack((first, second, third), 1)"),
        ("torch.cat([first, second, third], dim=1)", "torch.stack([first, second, third], dim=1)"),
        ("torch.cat([first, second, third], dim=-1)", "torch.stack([first, second, third], dim=-2)"),
    ],
)
def test_parts_get_an_axis_of_their_own_where_a_layer_reads_each(joined, right):
    program = VIEWS.format(joined=joined)
    first = mended(program, most=1).diagnoses[0].fixes
    stacked = [fix for fix in first if fix.title == "torch.stack(...)"]
    assert len(stacked) == 1
    text = stacked[0].edits[0].replacement.strip()
    assert text == f"together = {right}"
    assert printed(program.replace(joined, right))


def test_a_layer_of_the_whole_width_is_named_before():
    program = """
    first, second = torch.randn(6, 4), torch.randn(6, 4)
    head = nn.Linear(4, 3)
    print(head(torch.cat([first, second], dim=1)).shape)
    """
    assert mended(program).changed == ["head = nn.Linear(8, 3)"]


ONE = """
class Beats(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.{kind}(2, 8, batch_first=True), nn.Linear(8, 4)

    def forward(self, x):
        {steps}
        return self.head(steps[:, -1{rest}])


model = Beats()
data = torch.randn(9, 12, 2)
print(model(data).argmax(1).tolist())
for beat in data:
    print(model(beat).argmax(-1).item())
"""


@pytest.mark.parametrize(
    ("kind", "steps"),
    [("LSTM", "steps, _ = self.rnn(x)"), ("GRU", "steps = self.rnn(x)[0]"), ("RNN", "steps, last = self.rnn(x)")],
)
def test_one_sequence_gets_its_axis_where_the_model_is_called(kind, steps):
    program = ONE.format(kind=kind, steps=steps, rest=", :")
    found = mended(program)
    assert found.diagnoses[0].slug == "missing_batch_axis"
    assert found.output == printed(program.replace("model(beat)", "model(beat.unsqueeze(0))"))


def test_an_index_too_many_of_what_is_no_sequence():
    program = """
    out, _ = nn.GRU(3, 8, batch_first=True)(torch.randn(4, 6, 3))
    last = out[:, -1]
    print(last[:, -1, :].shape)
    """
    assert mended(program).diagnoses[0].slug == "too_many_indices"


def test_rows_that_may_be_samples_are_in_doubt():
    program = """
    class Table(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = nn.LSTM(7, 8, batch_first=True), nn.Linear(8, 2)

        def forward(self, x):
            steps, _ = self.rnn(x)
            return self.head(steps[:, -1, :])

    people = torch.randn(32, 7)
    print(Table()(people).shape)
    """
    found = mended(program)
    assert found.doubts == ["the rows may be samples, each of which has one step"]
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)
