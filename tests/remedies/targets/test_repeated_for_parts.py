"""Several parts of each sample made rows of their own, before one target for each sample."""

import pytest
from mended import mended, printed

PAIRED = """
    enc, others, parts = nn.Linear(8, 5), torch.rand(6, 5), torch.rand(6, 4, 8)
    n, times, width = parts.shape
    scores = enc({merged}) @ others.T
    {labels}
    print(round(F.cross_entropy(scores, {target}).item(), 4))
"""
ROWS = "labels = torch.arange(len(others))"


@pytest.mark.parametrize(
    ("merged", "labels", "target"),
    [
        ("parts.flatten(0, 1)", "", "torch.arange(len(others))"),
        ("parts.reshape(n * times, width)", ROWS, "labels"),
        ("torch.flatten(parts, end_dim=1)", ROWS, "labels"),
    ],
)
def test_what_numbers_the_samples_is_repeated(merged, labels, target):
    found = mended(PAIRED.format(merged=merged, labels=labels, target=target), most=1)
    right = f"{target}.repeat_interleave(parts.size(1))"
    assert found.output == printed(PAIRED.format(merged=merged, labels=labels, target=right))
    assert not found.doubts


@pytest.mark.parametrize(
    ("merged", "labels"),
    [("parts.flatten(0, 1)", "labels = torch.randint(0, 6, (6,))"), ("parts.mT.mT.flatten(0, 1)", ROWS)],
)
def test_classes_and_what_may_be_turned_leave_it_open(merged, labels):
    found = mended(PAIRED.format(merged=merged, labels=labels, target="labels"), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if not fix.doubt]
    assert not any("repeat_interleave" in edit.replacement for fix in told for edit in fix.edits)


def test_one_of_several_numbers_that_are_looked_up_is_a_guess():
    program = """
        rnn, tags, words = nn.GRU(3, 5, batch_first=True), nn.EmbeddingBag(9, 5), torch.randint(0, 9, (6, 4, 2))
        scores = tags(words.flatten(0, 1)) @ rnn(torch.rand(6, 7, 3))[0][:, -1].T
        print(F.cross_entropy(scores, torch.randint(0, 6, (6,))))
    """
    found = mended(program, most=1)
    taken = [fix for fix in found.diagnoses[0].fixes if "words[" in fix.title]
    assert all(fix.doubt for fix in taken)
    assert taken
