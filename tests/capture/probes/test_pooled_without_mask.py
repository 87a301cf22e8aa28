"""Means over sequences in evaluation, of which the model alone was told where the padding is."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(20, 8)
        self.layer = {layer}

    def forward(self, ids, mask):
        h = self.table(ids)
        {read}
        return h

model = Encoder().{mode}()
rows = [torch.randint(1, 20, (n,)) for n in {sizes}]
with torch.no_grad():
    for at in range(0, len(rows), 4):
        ids = nn.utils.rnn.pad_sequence(rows[at:at + 4], batch_first={first})
        mask = {mask}
        h = model(ids, mask)
        {pooled}
        print(pooled.sum().item())
"""
ENCODER = "nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)"
BY_HAND = """
        scores = h @ h.transpose(1, 2) / 8 ** 0.5
        h = self.layer(scores.masked_fill(mask[:, None] == 0, float("-inf")).softmax(-1) @ h)
"""
PLAIN = {
    "layer": ENCODER,
    "read": "h = self.layer(h, src_key_padding_mask=mask == 0)",
    "mode": "eval",
    "sizes": "(3, 6, 5, 7, 4, 2, 9, 5)",
    "first": True,
    "mask": "(ids != 0).long()",
    "pooled": "pooled = h.mean(dim=1)",
}
KEPT = "pooled = (h * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"mode": "train"}, True),
        ({"layer": "nn.Linear(8, 8)", "read": BY_HAND}, True),
        ({"mask": "ids == 0", "read": "h = self.layer(h, src_key_padding_mask=mask)"}, True),
        # The model finds out for itself.
        ({"read": "h = self.layer(h, src_key_padding_mask=ids == 0)"}, True),
        ({"layer": ENCODER.replace("batch_first=True", ""), "first": False,
          "read": "h = self.layer(h, src_key_padding_mask=(mask == 0).t())", "pooled": "pooled = h.mean(0)"}, True),
        ({"pooled": KEPT}, False),
        ({"pooled": "pooled = h.mean(dim=2)"}, False),
        ({"pooled": "pooled = h[:, 0]"}, False),
        ({"pooled": "pooled = torch.stack([row[:n].mean(0) for row, n in zip(h, mask.sum(1).tolist())])"}, False),
        # The share of what is kept comes in behind the mean.
        ({"pooled": "pooled = (h * mask[..., None]).mean(1) / mask.float().mean(1, keepdim=True)"}, False),
        ({"read": PLAIN["read"] + " * mask[..., None]", "pooled": "pooled = h.mean(1) / mask.float().mean(1)[:, None]"},
         False),
        # Nothing is padded.
        ({"sizes": "(6, 6, 6, 6, 4, 4, 4, 4)"}, False),
        # The mask is that of the steps which come later: no row of it ends.
        ({"mask": "torch.ones_like(ids).tril()", "sizes": "(6, 6, 6, 6)",
          "read": "h = self.layer(h, src_key_padding_mask=mask == 0)"}, False),
    ],
)  # fmt: skip
def test_means_of_what_a_model_has_made_of_padding(change, found):
    assert slugs(PROGRAM.format(**PLAIN | change), "") == (["padding_pooled"] if found else [])
