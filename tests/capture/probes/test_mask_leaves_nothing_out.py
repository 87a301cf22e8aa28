"""Masks of padded rows that hide nothing: made of lengths behind the padding, or of nothing but ones."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
texts = [torch.randint(1, 11, (count,)).tolist() for count in (3, 9, 5, 7, 2, 6)]
filled = [text + [0] * (9 - len(text)) for text in texts]
ids = torch.tensor(filled)
given = {given}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.head = nn.Embedding(11, 6), nn.Linear(6, 3)
        self.look = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, ids, given):
        h = self.words(ids)
        {pooled}
        return self.head(h)


model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
loss = F.cross_entropy(model(ids, given), torch.tensor([0, 2, 1, 1, 0, 2]))
loss.backward()
optimizer.step()
"""
MEAN = "h = (h * given.unsqueeze(-1)).sum(1) / given.sum(1, keepdim=True)"
LENGTHS = "given = (torch.arange(ids.shape[1]) < given[:, None]).float()\n        " + MEAN
SCORED = "h = (h.sum(-1).masked_fill(~given, -1e9).softmax(1).unsqueeze(1) @ h).squeeze(1)"
ATTENDED = "h = self.look(h[:, :1], h, h, key_padding_mask=given)[0][:, 0]"


@pytest.mark.parametrize(
    ("given", "pooled"),
    [
        ("torch.ones(6, 9)", MEAN),
        ("torch.tensor([len(row) for row in filled])", LENGTHS),
        ("torch.ones_like(ids, dtype=torch.bool)", SCORED),
        ("torch.zeros_like(ids).bool()", ATTENDED),
    ],
)
def test_a_mask_of_padded_rows_hides_nothing(given, pooled):
    assert slugs(PROGRAM.format(given=given, pooled=pooled), "") == ["mask_leaves_nothing_out"]


@pytest.mark.parametrize(
    ("given", "pooled"),
    [
        ("torch.tensor([len(row) for row in texts])", LENGTHS),
        # The rows are full, or what stands at their ends stands within them as well.
        ("ids.random_(1, 11).mul(0).add(1).float()", MEAN),
        ("(ids.__setitem__((slice(None), 0), 0), torch.ones(6, 9))[1]", MEAN),
        # The padding counts whatever the mask says.
        ("torch.ones(6, 9)", "h = (h * given.unsqueeze(-1)).sum(1) + h[:, -1]"),
    ],
)
def test_masks_that_hide_what_they_should(given, pooled):
    assert "mask_leaves_nothing_out" not in slugs(PROGRAM.format(given=given, pooled=pooled), "")


NUMBERS = """
clips = [torch.randn(count) for count in (6, 15, 9, 12, 3, 15)]
{filled}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cut, self.head = nn.Conv1d(1, 4, 3, stride=3), nn.Linear(4, 3)

    def forward(self, x, given):
        h = self.cut(x.unsqueeze(1)).transpose(1, 2)
        return self.head((h * given.unsqueeze(-1)).sum(1) / given.sum(1, keepdim=True))


model = Model()
loss = F.cross_entropy(model(x, given.float()), torch.tensor([0, 2, 1, 1, 0, 2]))
loss.backward()
"""
EACH = "rows = [F.pad(clip, (0, 15 - len(clip))) for clip in clips]\nx = torch.stack(rows)\n"
COUNTED = "given = torch.stack([torch.arange(5) < len(row) // 3 for row in {}])"


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        (EACH + COUNTED.format("rows"), [EACH.splitlines()[0]]),
        ("x = nn.utils.rnn.pad_sequence(clips, True)\ngiven = torch.ones(6, 5)", ["given = torch.ones(6, 5)"]),
        (EACH + COUNTED.format("clips"), []),
        # The script itself has filled up nothing.
        ("x = torch.stack([torch.cat([clip, clip.repeat(5)])[:15] for clip in clips])\ngiven = torch.ones(6, 5)", []),
    ],
)
def test_masks_of_frames_of_numbers_that_were_filled_up(filled, told):
    assert lines_told(NUMBERS.format(filled=filled), "") == told


TOLD = PROGRAM.replace("nn.Linear(6, 3)", "nn.Linear(6, 11)").replace(
    "loss = F.cross_entropy(model(ids, given), torch.tensor([0, 2, 1, 1, 0, 2]))",
    "loss = F.cross_entropy(model(ids[:, :-1], given).flatten(0, 1), ids[:, 1:].flatten())",
)


@pytest.mark.parametrize(
    ("given", "is_told"),
    [("torch.ones(6, 8)", False), ("(torch.arange(8) < torch.tensor([len(row) for row in filled])[:, None])", True)],
)
def test_ones_are_meant_where_a_model_has_to_tell_what_fills_rows_up(given, is_told):
    found = slugs(TOLD.format(given=given, pooled="h = h * given.unsqueeze(-1)"), "")
    assert ("mask_leaves_nothing_out" in found) == is_told
