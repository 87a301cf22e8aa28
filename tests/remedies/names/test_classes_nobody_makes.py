"""A class that nobody makes stands in for one that takes the same, where there are as many labels as tokens."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Body(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.table = nn.Embedding(rows, 6)

        def forward(self, ids):
            steps = self.table(ids)
            return steps, steps.mean(1)


    class ForTexts(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.body, self.head = Body(rows), nn.Linear(6, 3)

        def forward(self, ids, labels):
            scores = self.head(self.body(ids)[1])
            return F.cross_entropy(scores, labels.view(-1))


    class {name}(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.body, self.head = Body(rows), nn.Linear(6, rows)

        def forward(self, ids, {labels}):
            scores = self.head(self.body(ids)[0])
            return F.cross_entropy(scores.flatten(0, 1), {labels}.view(-1))


    ids = torch.arange(20).view(4, 5)
    {also}
    print(round({made}(20)(ids, {given}).item(), 4))
"""
TOLD = {"name": "ForTokens", "labels": "labels", "also": "", "given": "ids.flip(1)"}


def test_the_class_for_tokens_is_made():
    found = mended(PROGRAM.format(made="ForTexts", **TOLD))
    assert found.diagnoses[0].fixes[0].title == "ForTexts -> ForTokens"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(made="ForTokens", **TOLD))


@pytest.mark.parametrize("changed", [{"labels": "answers"}, {"also": "spare = ForTokens(20)"}])
def test_a_class_that_takes_something_else_or_is_made_does_not_stand_in(changed):
    found = mended(PROGRAM.format(made="ForTexts", **{**TOLD, **changed}), most=1)
    assert not any("ForTokens" in fix.title for fix in found.diagnoses[0].fixes)


def test_labels_that_lie_otherwise_than_the_tokens_leave_a_doubt():
    found = mended(PROGRAM.format(made="ForTexts", **{**TOLD, "given": "ids.flip(1).flatten()"}), most=1)
    assert found.changed == ["print(round(ForTokens(20)(ids, ids.flip(1).flatten()).item(), 4))"]
    assert found.doubts == ["the labels may be meant to be one for each sample"]
