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
        "In a causal mask each query sees the keys up to its own place. Where there are more keys than queries, "
        "the diagonal lies as many places further on as there are more keys. Worked out of other sizes it lies too "
        "far back, and the first queries see no key at all. Their softmax is not a number, or what comes out for "
        "them is zero."
    ),
    recognise=sees("queries_see_nothing"),
    bad=BAD,
    good=GOOD,
    lesson="Each query sees itself: torch.ones(t, s).tril(s - t).",
)
