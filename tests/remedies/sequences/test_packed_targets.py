"""Scores and targets are both packed by the lengths at hand, where the script has what packs and does not use it."""

import pytest
from mended import mended, printed

PROGRAM = """
{imported}


class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.gru, self.out = nn.Embedding(20, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(8, 20)

    def forward(self, words, counts):
        longest = int(max(counts))
        return self.out(self.gru(self.words(words[:, :longest]))[0])


words = torch.arange(4 * 9).view(4, 9) % 20
counts = {counts}
writer, criterion = Writer(), nn.CrossEntropyLoss()
{before}logits = writer(words, counts)
goal = words[:, 1:]
{packed}loss = criterion(logits, {target})
print(loss.item())
"""
IMPORTED = "from torch.nn.utils.rnn import pack_padded_sequence"
PACKED = "{0} = pack_padded_sequence({0}, counts, batch_first=True{1}).data\n"
PLAIN = {"imported": IMPORTED, "before": "", "target": "goal"}


@pytest.mark.parametrize(
    ("counts", "told"), [("[6, 5, 5, 2]", ""), ("torch.tensor([2, 6, 3, 5])", ", enforce_sorted=False")]
)
def test_both_are_packed_before_the_loss(counts, told):
    found = mended(PROGRAM.format(**PLAIN, counts=counts, packed=""))
    packed = PACKED.format("logits", told) + PACKED.format("goal", told)
    assert found.changed == [f"goal = words[:, 1:]\n{packed}".strip()]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(**PLAIN, counts=counts, packed=packed))


def test_what_has_no_name_is_packed_in_the_call():
    found = mended(PROGRAM.format(**PLAIN | {"target": "words[:, 1:]"}, counts="[6, 5, 5, 2]", packed=""))
    given = [f"pack_padded_sequence({each}, counts, batch_first=True).data" for each in ("logits", "words[:, 1:]")]
    assert found.changed == [f"loss = criterion({', '.join(given)})"]


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        # Nothing says that they were to be packed, or these are no lengths of what the model gave.
        ({"imported": "import math"}, "[6, 5, 5, 2]"),
        ({"before": "pack_padded_sequence(words, [9, 8, 7, 6], batch_first=True)\n"}, "[6, 5, 5, 2]"),
        ({}, "[6, 5, 2]"),
        ({"before": "others = [6, 6, 6, 6]\n"}, "[6, 5, 5, 2]"),
    ],
)
def test_they_are_not_packed_by_what_may_be_anything(changed, counts):
    found = mended(PROGRAM.format(**PLAIN | changed, counts=counts, packed=""), most=1)
    assert not any("packed" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_targets_that_still_have_the_first_token_are_not_packed():
    program = PROGRAM.format(**PLAIN, counts="[6, 5, 5, 2]", packed="").replace("words[:, 1:]", "words")
    found = mended(program, most=1)
    assert not any("packed" in fix.title for each in found.diagnoses for fix in each.fixes)
