"""Changes that fit beside another reading that fits as well are not told for sure."""

import pytest
from mended import mended

PACKED = """
from torch.nn.utils.rnn import pack_padded_sequence

lengths = torch.tensor([7, 5, 3])
x = torch.zeros(3, 7, 4)
for i, n in enumerate(lengths):
    x[i, :n] = torch.randn(int(n), 4)
nn.GRU(4, 6, batch_first=True)(pack_padded_sequence(x, lengths + 1, batch_first=True))
"""
JOINED = """
parts = [torch.randn({shape}) for _ in range({count})]
nn.GRU(3, 5, batch_first=True)(torch.{join}, torch.zeros(1, 4, 5))
"""
PLACES = """
tokens, places = nn.Embedding(20, 8), nn.Embedding(12, 8)


def read(ids):
    rows, steps = ids.shape
    return tokens(ids) + places(torch.arange(rows))


read(torch.randint(0, 20, (3, 12)))
"""


@pytest.mark.parametrize(
    "program",
    [
        PACKED,
        JOINED.format(shape="6, 3", count=4, join="stack(parts, dim=1)"),
        JOINED.format(shape="4, 6, 3", count=2, join="cat(parts)"),
        PLACES,
    ],
    ids=["lengths", "stacked", "joined", "places"],
)
def test_what_only_fits_is_in_doubt(program):
    first = mended(program, most=1).diagnoses[0].fixes[0]
    assert first.doubt


def test_rows_of_steps_are_as_wide_as_these():
    program = "scores, labels = torch.randn(3, 11, 19), torch.randint(0, 19, (3, 11))\n"
    program += "print(F.cross_entropy(scores.reshape(-1, 20), labels.reshape(-1)).item())"
    found = mended(program)
    assert "scores.reshape(-1, 19)" in found.text
    assert not found.doubts
