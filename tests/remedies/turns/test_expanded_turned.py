"""Labels in a row beside guesses that have a row for each sample."""

import pytest
from mended import mended, printed

PROGRAM = """
    def accuracy(scores, labels, most=(1, 3)):
        _, guesses = scores.topk(max(most), 1)
        {turned}
        correct = guesses.eq(labels.view({row}).expand_as(guesses))
        return [{taken}.float().sum().item() for k in most]

    print(accuracy(torch.randn(8, 6), torch.arange(8) % 6))
"""


def test_guesses_are_turned_where_the_first_rows_are_taken():
    parts = {"row": "1, -1", "taken": "correct[:k].reshape(-1)"}
    found = mended(PROGRAM.format(turned="pass", **parts))
    assert found.output == printed(PROGRAM.format(turned="guesses = guesses.t()", **parts))
    assert found.changed == ["_, guesses = scores.topk(max(most), 1)\n    guesses = guesses.t()"]
    assert not found.doubts


@pytest.mark.parametrize(("taken", "is_sure"), [("correct[:, :k].sum(1)", True), ("correct.any(1)", False)])
def test_labels_become_a_column_where_columns_are_taken(taken, is_sure):
    found = mended(PROGRAM.format(turned="pass", row="1, -1", taken=taken))
    assert found.output == printed(PROGRAM.format(turned="pass", row="-1, 1", taken=taken))
    assert bool(found.doubts) is not is_sure


def test_more_rows_than_there_are_guesses_are_samples():
    parts = {"turned": "pass", "taken": "correct[:5].reshape(-1)"}
    found = mended(PROGRAM.format(row="1, -1", **parts))
    assert found.output == printed(PROGRAM.format(row="-1, 1", **parts))
    assert found.doubts
