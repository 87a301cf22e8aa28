"""Words of letters that a packing sorts and puts back, and what is made of their states behind it."""

from __future__ import annotations

import pytest
from programs import slugs

WORDS = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.linear = nn.Embedding(12, 7, padding_idx=0), nn.Linear(10, 4)
        self.rnn = nn.GRU(7, 5, bidirectional=True, batch_first=True)

    def forward(self, x):
        n, words, length = x.shape
        flat = x.view(n * words, length)
        sizes = (flat > 0).sum(1)
        packed = pack_padded_sequence(self.embedding(flat), sizes, batch_first=True, enforce_sorted=False)
        out, h = self.rnn(packed)
        return self.linear({states}).transpose(1, 2)


model, criterion = Model(), nn.CrossEntropyLoss()
letters = [torch.randint(1, 12, (3, 8, 6)) for _ in range(3)]
sizes = [torch.randint(2, 7, (3, 8, 1)) for _ in range(3)]
batches = [(x * (torch.arange(6) < size), torch.randint(0, 4, (3, 8))) for x, size in zip(letters, sizes)]
"""


@pytest.mark.parametrize(
    ("states", "is_mixed"),
    [
        ("h.view(n, words, -1)", True),
        ("h.reshape(n, words, 10)", True),
        ("h.transpose(0, 1).reshape(n, words, -1)", False),
        ("torch.cat([h[0], h[1]], 1).view(n, words, -1)", False),
        ("pad_packed_sequence(out, batch_first=True, padding_value=-9.0)[0].amax(1).view(n, words, -1)", False),
    ],
)
def test_what_is_mixed_behind_a_sort_that_is_undone(states, is_mixed):
    assert slugs(WORDS.format(states=states)) == (["reshaped_instead_of_permuted"] if is_mixed else [])
