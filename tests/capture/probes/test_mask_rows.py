"""Masks of the sequence that is looked at, laid along the one that looks."""

from __future__ import annotations

import pytest
from programs import slugs

LOOKS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 8, padding_idx=0)
        self.latent, self.q, self.k = nn.Linear(3, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.linear = nn.Linear(8, 3)

    def forward(self, x, prompt):
        keep = prompt != 0
        text, h = self.words(prompt), self.latent(x)
        q, k = self.q(h), self.k(text)
        {attend}
        return self.linear(h)


def batch():
    prompt = torch.randint(1, 20, (5, {words}))
    for row, size in zip(prompt, (7, 2, 4, 3, 6)):
        row[size:] = 0
    return (torch.randn(5, 6, 3), prompt), torch.randn(5, 6, 3)


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = Model()

    def forward(self, both):
        return self.model(*both)


model, criterion = Both(), nn.MSELoss()
batches = [batch() for _ in range(3)]
"""
WRONG = [
    "s = (q @ k.mT).masked_fill(~keep[:, -6:].unsqueeze(2), -1e9); h = s.softmax(-1) @ text",
    "s = torch.einsum('bqd,bkd->bqk', q, k) / 3 + (~keep[:, :6, None]).float() * -1e9; h = s.softmax(2) @ text",
    "m = keep[:, :6].unsqueeze(-1).expand(-1, -1, keep.size(1)); s = torch.where(m, torch.bmm(q, k.mT), -1e9 * "
    "torch.ones(5, 6, keep.size(1))); h = F.softmax(s, dim=-1) @ text",
    "m = torch.zeros(5, 6, keep.size(1)).masked_fill(~keep[:, :6, None], -1e9); "
    "h = F.scaled_dot_product_attention(q, k, text, attn_mask=m)",
]


@pytest.mark.parametrize("words", [9, 6 + 1])
@pytest.mark.parametrize("attend", WRONG)
def test_a_mask_of_keys_along_the_queries(attend, words):
    assert slugs(LOOKS.format(attend=attend, words=words)) == ["mask_along_wrong_axis"]


@pytest.mark.parametrize(
    "attend",
    [
        "s = (q @ k.mT).masked_fill(~keep.unsqueeze(1), -1e9); h = s.softmax(-1) @ text",
        "h = F.scaled_dot_product_attention(q, k, text, attn_mask=keep[:, None])",
        # The queries have a padding of their own.
        "m = x.sum(-1) > 0; s = (q @ k.mT).masked_fill(~keep[:, None], -1e9).masked_fill(~m[..., None], -1e9); "
        "h = s.softmax(-1) @ text",
        # Samples that are looked at by nobody.
        "m = (keep.sum(1) > 3)[:, None, None]; s = (q @ k.mT).masked_fill(~keep[:, None], -1e9).masked_fill(~m, -1e9); "
        "h = s.softmax(-1) @ text",
        # The text looks at the rest, and what is padding in it does not.
        "s = (k @ q.mT).masked_fill(~keep[:, :, None], -1e9); h = h + (s.softmax(-1) @ h).mean(1, keepdim=True)",
    ],
)
def test_masks_that_are_meant_as_they_are(attend):
    assert slugs(LOOKS.format(attend=attend, words=9)) == []


POINTS = """
class Pointer(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.give, self.take = nn.Linear(5, 9), nn.Linear(9, 11), nn.Linear(9, 11)
        self.table = nn.Parameter(torch.randn(9, 6))

    def forward(self, both):
        x, absent = both
        h = self.body(x).tanh()
        {scores}
        return s.log_softmax({axis})


def loss_of(log, chosen):
    return F.nll_loss(log.transpose(1, 2), chosen, ignore_index=-100)


def batch():
    x, absent, chosen = torch.randn(4, 6, 5), torch.ones(4, 6).bool(), torch.full((4, 6), -100)
    for row, size in enumerate((6, 3, 5, 4)):
        x[row, size:], absent[row, :size] = 0.0, False
        chosen[row, :size] = torch.randint(0, size, (size,))
    return (x, absent), chosen


model, criterion = Pointer(), loss_of
batches = [batch() for _ in range(3)]
"""
PAIRS = "s = self.give(h) @ self.take(h).transpose(1, 2) / 3"


@pytest.mark.parametrize(
    "scores",
    [
        f"{PAIRS}; s = s.masked_fill(absent.unsqueeze(2), -1e9)",
        f"{PAIRS}; s = s.masked_fill(torch.eye(6).bool(), -1e9); s = s.masked_fill(absent[..., None], -1e9)",
        "s = torch.einsum('bid,bjd->bij', self.give(h), self.take(h)) + absent[:, :, None].float() * -1e9",
    ],
)
def test_places_that_are_empty_keep_a_share_of_what_is_chosen(scores):
    assert slugs(POINTS.format(scores=scores, axis="-1")) == ["mask_along_wrong_axis"]


@pytest.mark.parametrize(
    ("scores", "axis"),
    [
        (f"{PAIRS}; s = s.masked_fill(absent.unsqueeze(1), -1e9)", -1),
        (f"{PAIRS}; s = s.masked_fill(torch.eye(6).bool(), -1e9).masked_fill(absent[:, None], -1e9)", -1),
        (f"{PAIRS}; s = s.masked_fill(absent[:, None] | absent[:, :, None], -1e9)", -1),
        # As many classes as there are places.
        ("s = (h @ self.table).masked_fill(absent.unsqueeze(2), -1e9)", -1),
    ],
)
def test_places_that_are_empty_and_cannot_be_chosen(scores, axis):
    assert slugs(POINTS.format(scores=scores, axis=axis)) == []


# A decoder of short sequences, filled up in front or behind: what is hidden from each step are all later ones too.
DECODES = """
class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(20, 8, padding_idx=0), nn.Embedding(7, 8)
        self.q, self.k, self.out = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 20)

    def forward(self, ids):
        real, causal = ids != 0, torch.ones(6, 6, dtype=torch.bool).tril()
        h = self.words(ids) + self.places(real.long().cumsum(1))
        m = causal & {mask}
        {attend}
        return self.out(h)


def batch():
    ids = torch.randint(1, 20, (5, 7))
    for row, size in zip(ids, (5, 2, 4, 3, 6)):
        row[{filler}] = 0
    return ids[:, :-1], ids[:, 1:].masked_fill(ids[:, :-1] == 0, 0)


model, scored = Decoder(), nn.CrossEntropyLoss(ignore_index=0)
criterion = lambda out, target: scored(out.flatten(0, 1), target.flatten())
batches = [batch()]
"""
FRONT, BEHIND = ":-size", "size:"
FILLED = "h = h + (self.q(h) @ self.k(h).mT).masked_fill(~m, -1e9).softmax(-1) @ h"
GIVEN = "h = h + F.scaled_dot_product_attention(self.q(h), self.k(h), h, attn_mask=m.float().log().clamp(min=-1e9))"


@pytest.mark.parametrize("attend", [FILLED, GIVEN])
def test_a_mask_of_queries_beside_one_of_later_steps(attend):
    found = {
        (mask, filler): slugs(DECODES.format(mask=mask, attend=attend, filler=filler))
        for mask in ("real[:, :, None]", "real[:, None, :]")
        for filler in (FRONT, BEHIND)
    }
    assert found.pop(("real[:, :, None]", FRONT)) == ["mask_along_wrong_axis"]
    assert not any("mask_along_wrong_axis" in one for one in found.values())
