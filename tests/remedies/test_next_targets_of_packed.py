"""Targets that have more numbers than the predictions of packed sequences may lack the packing, and not a cut."""

import pytest
from mended import mended

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence

    class Teller(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.walk, self.out = nn.Embedding(30, 6), nn.LSTM(6, 8, batch_first=True), nn.Linear(8, 30)

        def forward(self, seen, words, lengths):
            steps = torch.cat((seen.unsqueeze(1), self.table(words)), 1)
            return self.out(self.walk(pack_padded_sequence(steps, lengths, batch_first=True))[0].data)

    lengths, words = {lengths}, torch.randint(1, 30, (4, 9))
    scores = Teller()(torch.randn(4, 6), words, lengths)
    print(F.cross_entropy(scores, words.{flat}).item())
"""


@pytest.mark.parametrize("flat", ["view(-1)", "flatten()", "reshape(-1)"])
@pytest.mark.parametrize("lengths", ["[9, 7, 7, 4]", "[9, 9, 5, 4]", "[9, 8, 8, 7]"])
def test_a_cut_that_fits_by_chance_is_in_doubt(flat, lengths):
    found = mended(PROGRAM.format(flat=flat, lengths=lengths), most=1)
    assert found.doubts or not any("[1:]" in line or "[:, 1:]" in line for line in found.changed)
