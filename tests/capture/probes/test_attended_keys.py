"""Attentions between two padded sequences that a script writes out: masks along the keys, or along the queries."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
def filled(rows):
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
    return ids, ids > 0


def drawn(*lengths):
    return filled([torch.randint(1, 13, (n,)).tolist() for n in lengths])


class Attention(nn.Module):
    def forward(self, text, asked, in_text, in_asked):
        scores = {scores}
        {mask}
        return {read}


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.attention, self.head = nn.Embedding(13, 6), Attention(), nn.Linear(12, 1)

    def forward(self, text, in_text, asked, in_asked):
        text, asked = self.embedding(text), self.embedding(asked)
        read = self.attention(text, asked, in_text, in_asked)
        return self.head(torch.cat([text, read], 2)).squeeze(2).masked_fill(~in_text, -1e4)


model = Reader()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    loss = F.cross_entropy(model(*drawn(9, 5, 7, 8), *drawn(4, 3, 6, 2)), torch.tensor([3, 1, 4, 0]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SCORES, READ = "text @ asked.mT", "scores.softmax(2) @ asked"
TURNED = {"scores": "asked @ text.mT", "read": "scores.softmax(1).mT @ asked"}
HEADS = {
    "scores": "torch.einsum('nqhd,nkhd->nhqk', text.unflatten(2, (2, 3)), asked.unflatten(2, (2, 3)))",
    "read": "torch.einsum('nhqk,nkhd->nqhd', scores.softmax(-1), asked.unflatten(2, (2, 3))).flatten(2)",
}
ALONG = "mask_along_wrong_axis"


def program(mask, scores=SCORES, read=READ):
    return PROGRAM.format(mask=mask, scores=scores, read=read)


@pytest.mark.parametrize(
    ("mask", "changes"),
    [
        ("scores = scores.masked_fill(~in_text.unsqueeze(2), -1e4)", {}),
        ("scores = torch.where(in_text[:, :, None], scores, torch.tensor(-1e4))", {}),
        ("scores = scores + (1 - in_text.float())[:, :, None] * -1e4", {}),
        ("scores = scores.masked_fill(~in_text[:, None, :], -1e9)", TURNED),
        ("scores = scores.masked_fill(~in_text[:, None, :, None], -1e4)", HEADS),
    ],
)
def test_rows_are_hidden_and_no_keys(mask, changes):
    assert slugs(program(mask, **changes), "") == [ALONG]


def test_the_mask_that_nobody_reads_is_the_fix():
    ((slug, edits),) = audited(program("scores = scores.masked_fill(~in_text.unsqueeze(2), -1e4)"), "")
    assert slug == ALONG
    assert [line.strip() for line in edits] == ["scores = scores.masked_fill(~in_asked[:, None, :], -1e4)"]
    assert slugs(program(edits[0].strip()), "") == []


@pytest.mark.parametrize(
    ("mask", "changes"),
    [
        ("scores = scores.masked_fill(~in_asked.unsqueeze(1), -1e4)", {}),
        # Rows of padding are hidden as well as the keys.
        ("scores = scores.masked_fill(~in_text.unsqueeze(2), -1e4).masked_fill(~in_asked[:, None], -1e4)", {}),
        ("scores = scores.masked_fill(~(in_text[:, :, None] & in_asked[:, None]), -1e4)", {}),
        ("scores = scores.masked_fill(~in_asked[:, :, None], -1e9)", TURNED),
        # A softmax for each direction, with the mask of its own keys.
        (
            "rows = scores.masked_fill(~in_text.unsqueeze(2), -1e4).softmax(1)\n"
            "        scores = scores.masked_fill(~in_asked[:, None], -1e4)",
            {"read": "scores.softmax(2) @ asked + scores.softmax(2) @ (rows.mT @ text)"},
        ),
        ("scores = scores.masked_fill(~in_asked[:, None, None], -1e4)", HEADS),
    ],
)
def test_keys_are_hidden(mask, changes):
    assert slugs(program(mask, **changes), "") == []


def test_keys_that_are_no_padding():
    body = program("scores = scores.masked_fill(~in_text.unsqueeze(2), -1e4)").replace(
        "drawn(4, 3, 6, 2)", "drawn(*[5] * 4)"
    )
    assert slugs(body, "") == []
