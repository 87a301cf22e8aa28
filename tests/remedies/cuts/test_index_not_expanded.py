"""The index of a gather is spread over the features, which are all meant."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.top = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 3)

        def forward(self, x, lengths):
            out, _ = self.rnn(x)
            at = {index}
            return self.top({taken})

    lengths = torch.tensor([7, 3, 5, 2, 1])
    print(round(Net()(torch.randn(5, 7, 4), lengths).sum().item(), 4))
"""


@pytest.mark.parametrize("index", ["(lengths - 1).view(-1, 1, 1)", "(lengths - 1)[:, None, None]"])
@pytest.mark.parametrize(
    "taken",
    ["out.gather(1, {at}).squeeze(1)", "torch.gather(out, 1, {at})[:, 0]", "out.gather(-2, index={at}).squeeze()"],
)
def test_every_feature_of_the_step_is_taken(index, taken):
    found = mended(PROGRAM.format(index=index, taken=taken.format(at="at")))
    assert [each.slug for each in found.diagnoses] == ["in_features_do_not_fit"]
    assert found.output == printed(PROGRAM.format(index=index, taken=taken.format(at="at.expand(-1, -1, 6)")))
    assert not found.doubts


def test_one_number_of_each_row_is_taken_along_the_features():
    program = """
        values = nn.Linear(4, 3)(torch.randn(5, 4))
        chosen = values.gather(1, torch.tensor([[0], [2], [1], [1], [0]]))
        print(nn.Linear(3, 2)(chosen).shape)
    """
    assert ".expand" not in mended(program, most=1).text


def test_a_table_of_one_column_has_no_other_features():
    program = PROGRAM.replace("nn.GRU(4, 6", "nn.GRU(4, 1").format(
        index="(lengths - 1).view(-1, 1, 1)", taken="out.gather(1, at).squeeze(1)"
    )
    assert ".expand" not in mended(program, most=1).text
