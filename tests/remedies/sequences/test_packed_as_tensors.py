"""The numbers of a packed sequence, taken as they lie."""

import pytest
from mended import mended, printed

SAID = """
    from torch.nn.utils.rnn import pack_padded_sequence{more}

    class Said(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding(9, 4), nn.GRU(4, 6, batch_first=True), nn.Linear(6, 9)

        def forward(self, words, lengths):
            seen, _ = self.rnn(pack_padded_sequence(self.table(words), lengths, batch_first=True))
            return self.out({seen})


    said, words, lengths = Said(), torch.randint(1, 9, (3, 5)), [5, 4, 2]
    following = pack_padded_sequence(words, lengths, batch_first=True){rows}
    print(round(F.cross_entropy(said(words, lengths), {targets}).item(), 4))
"""
RIGHT = {"more": "", "seen": "seen.data", "rows": ".data", "targets": "following"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"seen": "seen"},
        {"seen": "seen", "rows": "[0]"},
        {"rows": ""},
        {"rows": "", "seen": "seen[0]"},
    ],
)
def test_what_lies_row_by_row_meets_what_lies_so(wrong):
    found = mended(SAID.format(**{**RIGHT, **wrong}))
    assert found.output == printed(SAID.format(**RIGHT))
    assert not found.doubts


UNPACKS = """
    from torch.nn.utils.rnn import pad_packed_sequence
    pad_packed_sequence(pack_padded_sequence(torch.ones(2, 3), [3, 1], True))"""


def test_where_the_script_unpacks_it_is_unpacked():
    found = mended(SAID.format(**{**RIGHT, "more": UNPACKS, "seen": "seen"}), most=1)
    assert found.diagnoses[0].fixes[0].title != "seen.data"
