"""Edits that leave padding out of a loss or of an attention: with each of them the program has no finding."""

from __future__ import annotations

import pytest
from programs import audited, slugs

WORDS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 8, padding_idx=0)
        self.q, self.k, self.linear = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, ids):
        h = self.words(ids)
        {body}


def ids():
    found = torch.randint(1, 20, (5, 9))
    for row, size in zip(found, (9, 2, 4, 3, 6)):
        row[size:] = 0
    return found


"""
ATTENDS = (
    WORDS
    + """
model, criterion = Model(), nn.MSELoss()
batches = [(ids(), torch.randn(5, 3)) for _ in range(3)]
"""
)
KEPT = """s = self.q(h) @ self.k(h).mT
        s = {filled}
        kept = (ids != 0).unsqueeze(-1).float()
        return self.linear(((s.softmax(-1) @ h) * kept).sum(1) / kept.sum(1))"""
TAGS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.linear = nn.Embedding(20, 8, padding_idx=0), nn.Linear(8, 4)

    def forward(self, ids):
        return self.linear(self.words(ids))


model = Model()
asked = {loss}
criterion = lambda scores, tags: asked(scores.flatten(0, 1), tags.flatten())
pad = torch.nn.utils.rnn.pad_sequence
words = [[torch.randint(1, 20, (size,)) for size in (9, 2, 4, 3, 6)] for _ in range(3)]
batches = [(pad(some, batch_first=True), pad([1 + one % 3 for one in some], batch_first=True)) for some in words]
"""


@pytest.mark.parametrize(
    ("filled", "edited"),
    [
        (
            "s.masked_fill((ids == 0).unsqueeze(2), -1e9)",
            "s = s.masked_fill((ids == 0).unsqueeze(2).transpose(-1, -2), -1e9)",
        ),
        (
            "s.masked_fill(ids[..., None] == 0, -1e9)",
            "s = s.masked_fill((ids[..., None] == 0).transpose(-1, -2), -1e9)",
        ),
    ],
)
def test_the_mask_is_turned_where_the_scores_are_filled(filled, edited):
    ((slug, edits),) = audited(ATTENDS.format(body=KEPT.format(filled=filled)))
    assert slug == "mask_along_wrong_axis"
    assert [edit.strip() for edit in edits] == [edited]
    assert slugs(ATTENDS.format(body=KEPT.format(filled=edited.removeprefix("s = ")))) == []


@pytest.mark.parametrize(
    ("loss", "edited"),
    [
        ("nn.CrossEntropyLoss()", "nn.CrossEntropyLoss(ignore_index=0)"),
        ("nn.CrossEntropyLoss(label_smoothing=0.1)", "nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=0)"),
    ],
)
def test_the_loss_is_told_which_class_is_padding(loss, edited):
    ((slug, edits),) = audited(TAGS.format(loss=loss))
    assert slug == "padding_asked_for"
    assert [edit.strip() for edit in edits] == [f"asked = {edited}"]
    assert slugs(TAGS.format(loss=edited)) == []


TURNED = ATTENDS.format(
    body="""mask = {mask}
        kept = (ids != 0).unsqueeze(-1).float()
        h = {attended}
        return self.linear((h * kept).sum(1) / kept.sum(1))"""
)
SCALED = "F.scaled_dot_product_attention(h, h, h, attn_mask=mask)"
TWICE = f"F.scaled_dot_product_attention(self.q(h), {SCALED}, h, attn_mask=mask)"
FILLED = "(self.q(h) @ h.mT).masked_fill(mask, -1e9).softmax(-1) @ h"
BESIDE = f"{SCALED} + mask.float().mean((1, 2))[:, None, None]"


@pytest.mark.parametrize(
    ("mask", "attended", "edited"),
    [
        ("ids.eq(0)[:, None, :]", SCALED, "mask = ids.ne(0)[:, None, :]"),
        ("(ids == 0).unsqueeze(1)", SCALED, "mask = (ids != 0).unsqueeze(1)"),
        ("torch.eq(ids, 0)[:, None]", TWICE, "mask = torch.ne(ids, 0)[:, None]"),
        ("(ids != 0)[:, None]", FILLED, "mask = (ids == 0)[:, None]"),
        # What else reads the mask may be right: it is turned where it is given.
        ("ids.eq(0)[:, None, :]", BESIDE, None),
    ],
)
def test_a_mask_is_turned_round_where_it_is_compared_for(mask, attended, edited):
    program = TURNED.format(mask=mask, attended=attended)
    ((slug, edits),) = audited(program)
    assert slug == "mask_turned_round"
    assert [edit.strip() for edit in edits] == ([edited] if edited else [])
    if edited:
        assert slugs(TURNED.format(mask=edited.removeprefix("mask = "), attended=attended)) == []
