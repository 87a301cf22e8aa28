"""Scores of packed steps against labels that are laid flat with their padding."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence

    class Captions(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.top = nn.Embedding(30, 6), nn.GRU(6, 9{order}), nn.Linear(9, 30)

        def forward(self, words, lengths):
            packed = pack_padded_sequence(self.embed(words), lengths{told})
            {returned}


    lengths = {lengths}
    words = torch.randint(1, 30, {sizes})
    model = Captions()
    scores = model(words, lengths)
    {labels}
    print(round(F.cross_entropy(scores, labels).item(), 4))
"""
FIRST = {"order": ", batch_first=True", "sizes": "(4, 9)", "lengths": "[9, 7, 7, 4]", "told": ", batch_first=True"}
STEPS = {**FIRST, "order": "", "sizes": "(9, 4)", "told": ""}
UNSORTED = {**FIRST, "lengths": "torch.tensor([4, 9, 7, 7])", "told": ", batch_first=True, enforce_sorted=False"}
RETURNS = [
    "return self.top(self.rnn(packed)[0].data)",
    "out, _ = self.rnn(packed)\n            return self.top(out.data)",
]


@pytest.mark.parametrize("returned", RETURNS)
@pytest.mark.parametrize("layout", [FIRST, UNSORTED])
@pytest.mark.parametrize("flat", ["words.view(-1)", "words.reshape(-1)", "words.flatten()"])
def test_the_labels_are_packed_as_the_words_were(returned, layout, flat):
    packed = f"labels = pack_padded_sequence(words, lengths{layout['told']}).data"
    found = mended(PROGRAM.format(returned=returned, labels=f"labels = {flat}", **layout), most=1)
    assert found.output == printed(PROGRAM.format(returned=returned, labels=packed, **layout))
    assert not found.doubts


@pytest.mark.parametrize(
    ("layout", "labels"),
    [
        # One lies across the other: the axis of the samples is another one than that of the lengths.
        (STEPS, "labels = words.view(-1)"),
        # As many labels as there are scores, of other steps: nothing was packed of these.
        (FIRST, "labels = words[:, :8].reshape(-1)"),
    ],
)
def test_labels_of_other_rows_are_not_packed(layout, labels):
    found = mended(PROGRAM.format(returned=RETURNS[0], labels=labels, **layout), most=1)
    assert not any("pack_padded" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
