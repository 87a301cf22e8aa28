"""Rows that come from a padded tensor are padded again to the longest of them, beside that tensor itself."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pad_sequence


    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.forms, self.top = nn.Embedding(9, 6), nn.Linear(3, 6), nn.Linear(6, 2)

        def join(self, parts):
            return {joined}

        def forward(self, words, letters):
            mask = words.ne(0)
            lens = mask.sum(1)
            formed = self.forms(letters[mask])
            {padded}
            return self.top(self.join([self.words(words), formed]))


    words = torch.tensor([[1, 2, 3, 4, 5], [2, 3, 0, 0, 0], [4, 4, 4, 0, 0]])
    letters, tagger = torch.randn(3, 5, 3), Tagger()
    for some, theirs in zip(words.split([1, 2]), letters.split([1, 2])):
        print(tagger(some, theirs).sum().item())
"""
SPLIT = "formed = pad_sequence(formed.split(lens.tolist()), batch_first=True{more})"
FILL = "formed = F.pad(formed, (0, 0, 0, words.size(1) - formed.size(1)){value})"
CUT = """rows = torch.split(formed, lens.tolist())
            formed = pad_sequence([row for row in rows], batch_first=True)"""


@pytest.mark.parametrize("joined", ["sum(parts)", "parts[0] + parts[1]", "torch.stack(parts).sum(0)"])
@pytest.mark.parametrize(
    ("padded", "fill"),
    [
        (SPLIT.format(more=""), FILL.format(value="")),
        (SPLIT.format(more=", padding_value=0.5"), FILL.format(value=", value=0.5")),
        (CUT, FILL.format(value="")),
    ],
)
def test_they_are_padded_to_the_length_that_they_came_from(joined, padded, fill):
    found = mended(PROGRAM.format(joined=joined, padded=padded))
    if "stack" not in joined:
        assert fill in found.changed[0]
        assert not found.doubts
    meant = PROGRAM.format(joined=joined, padded=f"{padded}\n            {fill}")
    if "stack" not in joined:
        assert found.output == printed(meant)


def test_sequences_of_their_own_are_not_padded_to_others():
    program = """
        from torch.nn.utils.rnn import pad_sequence

        asked = pad_sequence([torch.randn(n, 3) for n in (5, 2)], batch_first=True)
        told = pad_sequence([torch.randn(n, 3) for n in (4, 3)], batch_first=True)
        print((asked + told).sum().item())
    """
    found = mended(program)
    assert not any(".pad(" in fix.title for fix in found.diagnoses[0].fixes)
