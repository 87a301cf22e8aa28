"""A next token that is joined to those before gets an axis, and is no column of features."""

import pytest
from mended import mended, printed

PROGRAM = """
    table, rnn, top = nn.Embedding(9, 5), nn.GRU(5, 6, batch_first=True), nn.Linear(6, 9)
    words = torch.tensor([[1, 2, 4], [3, 4, 8]])
    for _ in range(3):
        out, _ = rnn(table(words))
        {lines}
        words = torch.cat((words, {taken}), dim={dim})
    print(words.tolist())
"""


@pytest.mark.parametrize("dim", [1, -1])
@pytest.mark.parametrize(
    "lines",
    ["best = top(out[:, -1]).argmax(-1)", "best = top(out).argmax(-1)[:, -1]", "best = top(out[:, -1]).max(1)[1]"],
)
def test_the_next_token_is_one_step(lines, dim):
    found = mended(PROGRAM.format(lines=lines, taken="best", dim=dim))
    assert [each.slug for each in found.diagnoses] == ["axis_dropped_by_reduction"]
    assert found.output == printed(PROGRAM.format(lines=lines, taken="best.unsqueeze(1)", dim=dim))
    assert not found.doubts


def test_classes_beside_features_are_columns():
    program = """
        kinds, features = torch.tensor([2, 0, 1]), torch.randn(3, 5)
        print(torch.cat((features, {}), dim=1).shape)
    """
    found = mended(program.format("kinds"))
    assert found.output == printed(program.format("F.one_hot(kinds, 3).float()"))
