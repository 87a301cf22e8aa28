"""A causal mask of the first steps is laid upon the queries of the last ones."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.keys, self.out = nn.Embedding(9, 8), nn.Linear(8, 8), nn.Linear(8, 9)

    def forward(self, x, cache=None):
        h = self.table(x)[:, None]
        keys = self.keys(h) if cache is None else torch.cat([cache, self.keys(h)], 2)
        seen = nn.functional.scaled_dot_product_attention(h, keys, keys, is_causal=CAUSAL)
        return self.out(h + seen)[:, 0], keys


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    text = torch.randint(0, 9, (4, 7))
    loss = nn.functional.cross_entropy(model(text[:, :-1])[0].transpose(1, 2), text[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    word, cache = torch.randint(0, 9, (2, 5)), None
    for _ in range(4):
        scores, cache = model(word, cache)
        word = scores[:, -1:].argmax(-1)
"""
)

GOOD, BAD = BAD.replace("CAUSAL", "cache is None"), BAD.replace("CAUSAL", "True")

FAULT = Fault(
    code="SC848",
    slug="newest_keys_hidden",
    headline="a causal mask hides the newest keys of a cache",
    why=(
        "A causal mask begins in the corner in which the first query meets the first key. A cache holds the keys of "
        "all steps and the queries are those of the last ones: a single query then sees the first key alone, though "
        "all keys lie before it."
    ),
    recognise=sees("newest_keys_hidden"),
    bad=BAD,
    good=GOOD,
    lesson="With a cache no mask is needed for one query; for several, mask[start : start + n, : start + n].",
)
