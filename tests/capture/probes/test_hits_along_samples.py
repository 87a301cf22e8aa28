"""Measures of the best few guesses: along the ranks of each sample they are right, along the samples they are not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(6, 9)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, y = torch.randn({shape}, 6), torch.randint(0, 9, ({shape},))
    loss = F.cross_entropy(model(x).flatten(0, -2), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
total = 0
with torch.no_grad():
    for _ in range(3):
        x, y = torch.randn({shape}, 6), torch.randint(0, 9, ({shape},))
        hits = {hits}
        total += {measure}
print(total)
"""
ROWS = "model(x).topk(4, dim=1).indices == y.unsqueeze(1)"
SORTED = "model(x).argsort(1, descending=True)[:, :4].eq(y.view(-1, 1))"
COLUMNS = "model(x).topk(4, 1, True, True)[1].t() == y.view(1, -1).expand(4, 13)"
STEPS = "model(x).topk(4).indices == y[..., None]"


def program(hits, measure, shape="13"):
    return PROGRAM.format(hits=hits, measure=measure, shape=shape)


@pytest.mark.parametrize(
    ("hits", "wrong", "right", "shape"),
    [
        (ROWS, "hits.any(dim=0).float().mean().item()", "hits.any(dim=1).float().mean().item()", "13"),
        (SORTED, "hits.float().amax(0).mean().item()", "hits.float().amax(1).mean().item()", "13"),
        (ROWS, "hits.float().max(0).values.sum().item()", "hits.float().max(1).values.sum().item()", "13"),
        (COLUMNS, "hits.any(dim=1).sum().item()", "hits.any(dim=0).sum().item()", "13"),
        (STEPS, "hits.any(dim=1).float().mean().item()", "hits.any(dim=2).float().mean().item()", "5, 3"),
        # The rank at which each sample was hit.
        (
            SORTED.replace("[:, :4]", ""),
            "(1 / (hits.float().argmax(dim=0) + 1)).mean().item()",
            "(1 / (hits.float().argmax(dim=1) + 1)).mean().item()",
            "13",
        ),
    ],
)
def test_each_sample_is_asked_whether_it_was_hit(hits, wrong, right, shape):
    assert audited(program(hits, wrong, shape), "") == [("hits_along_samples", [f"        total += {right}\n"])]
    assert slugs(program(hits, right, shape), "") == []


@pytest.mark.parametrize(
    ("hits", "measure"),
    [
        # How often each rank is right, and whether anything was hit at all.
        (ROWS, "hits.float().mean(0).cumsum(0)[-1].item()"),
        (ROWS, "hits.sum(dim=0).amax().item()"),
        (ROWS, "hits.any().item()"),
        (ROWS, "hits[:, :3].reshape(-1).float().sum().item()"),
        # Which of the ranks were ever right, as a list of them.
        (ROWS, "len(hits.any(dim=0).tolist())"),
        # Of labels that are a set for each sample, each is found or not.
        ("(model(x).topk(4).indices[:, :, None] == torch.randint(0, 9, (13, 1, 3)))",
         "hits.any(dim=1).float().mean().item()"),
        # One guess a place, against labels of their own.
        ("model(x).argmax(1).view(1, -1).expand(3, -1) == torch.randint(0, 9, (3, 13))",
         "hits.any(dim=0).float().mean().item()"),
    ],
)  # fmt: skip
def test_what_is_asked_of_other_things_than_samples(hits, measure):
    assert slugs(program(hits, measure), "") == []
