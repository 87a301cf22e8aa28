"""A mask of an attention hides all keys from queries that are no padding."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.head = nn.Linear(3, 12), nn.Linear(4, 3)

    def forward(self, x):
        q, k, v = self.read(x).view(x.size(0), x.size(1), 3, 1, 4).permute(2, 0, 3, 1, 4)
        mask = torch.ones(q.size(2), k.size(2), dtype=torch.bool).tril(k.size(1) - q.size(2))
        return self.head(nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask).squeeze(1))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(3):
    x = torch.randn(5, 7, 3)
    loss = (model(x[:, :-1]) - x[:, 1:]).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("k.size(1) - q.size(2)", "k.size(2) - q.size(2)")

FAULT = Fault(
    code="SC1098",
    slug="queries_see_nothing",
    headline="a mask leaves queries of an attention no key at all",
    why=(
        "A causal mask of queries and keys has a diagonal that starts where the keys begin that came before the "
        "queries: at how many keys there are, less how many queries. Counted by another size it starts too late, and "
        "the first queries see nothing. Their softmax is no number, or what it weighs is zero."
    ),
    recognise=sees("queries_see_nothing"),
    bad=BAD,
    good=GOOD,
    lesson="Each query sees itself: torch.ones(t, s).tril(s - t).",
)
