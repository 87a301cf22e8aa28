"""Rows that are scored in another order, or among fewer, and what is kept, printed or selected by these scores."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

BODY = """
model = nn.Linear(6, 4)
shown = torch.randint(0, 4, (9,))
data = [(torch.randn(9, 6), torch.randint(0, 4, (9,)), torch.randperm(9)) for _ in range(2)]
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y, lengths in data:
    loss = F.cross_entropy(out := model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        {measured}
"""
SORTED = "s, order = lengths.sort(descending=True); q = model(x[order]).logsumexp(1) / s; "
ARGSORTED = "order = lengths.argsort(); q = model(x.index_select(0, order)).amax(1); "
FREE = "free = x[:, 0] > 0; rest = x[free]; best = model(rest).amax(1).topk(2).indices; "


# One after the other in one script, since each of them is to be silent.
RIGHT = (
    SORTED + "print(q[order.argsort()].tolist())",
    SORTED + "b = torch.empty_like(q); b[order] = q; print(b.tolist(), q.tolist(), y[order].tolist())",
    # Another order, by what was scored.
    SORTED + "by = q.argsort(); print(q[by].tolist())",
    ARGSORTED + "back = order.argsort(); print(q.index_select(0, back).tolist())",
    # Rows that were not sorted came in beside them.
    ARGSORTED + "print((q + model(x)[:, 0])[order].sum())",
    # Put back already, and sorted once more.
    SORTED + "b = torch.empty_like(q); b[order] = q; print(b[order])",
    SORTED + "print(q[order.argsort()][order])",
    # An order that is its own reverse.
    "order = torch.arange(9).argsort(descending=True); print(model(x[order])[order].tolist())",
    FREE + "print(rest[best].sum(), x[free][best].sum(), x[free.nonzero()[:, 0][best]].sum(), y[free][best].sum())",
    # These count all rows as they are.
    "best = model(x).amax(1).topk(2).indices; print(x[best], y[best])",
    "free = torch.arange(9) < 5; best = model(x[free]).amax(1).topk(2).indices; print(x[best])",
    ARGSORTED + "best = q.topk(3)[1]; print(x[order][best].sum(), x[order[best]].sum())",
    "o = model(x).argsort(1, descending=True).argsort(1); print((o[torch.arange(9), y] < 2).sum())",
    "_, o = model(x).sort(-1, True); print((o == y[:, None]).nonzero()[:, 1].float().mean())",
    # The class of a rank.
    "_, o = model(x).sort(-1, True); print((o.gather(1, y.view(-1, 1))[:, 0] == y).sum())",
    "_, o = model(x).sort(-1, True); print(o[torch.arange(9), y].tolist())",
    # What stands at a place that was chosen, and is no label of the loss.
    "_, o = out.sort(-1, True); print((o[torch.arange(9), shown] < 2).sum())",
    # Row k is the nearest one of row k, or the one behind it: places count both.
    "near = torch.cdist(x, x).argmin(1); best = model(x[near]).amax(1).topk(2).indices; print(x[best].sum())",
    "near = torch.cdist(x, x).topk(2).indices[:, 1]; i = model(x[near]).amax(1).argmax(); print(x[i].sum())",
    "behind = torch.arange(1, 9); best = model(x[behind]).amax(1).topk(2).indices; print(x[best].sum())",
)


@pytest.mark.parametrize(
    ("measured", "kind"),
    [
        ("\n        ".join(RIGHT), None),
        (SORTED + "print(q[order].tolist())", "put_back_by_the_order"),
        (ARGSORTED + "print(q.index_select(0, order).tolist())", "put_back_by_the_order"),
        (ARGSORTED + "print(q.gather(0, order).max())", "put_back_by_the_order"),
        (ARGSORTED + "print((q + model(x[order])[:, 0])[order].sum(), x[order])", "put_back_by_the_order"),
        (FREE + "print(x[best].sum())", "selected_among_others"),
        (FREE + "free[best] = False; print(free)", "selected_among_others"),
        (ARGSORTED + "best = q.topk(3)[1]; print(x[best].sum())", "selected_among_others"),
        (ARGSORTED + "i = q.argmax(); print(x[i].sum())", "selected_among_others"),
        (
            "o = model(x).argsort(1, descending=True); print((1 / (o[torch.arange(9), y] + 1.0)).mean())",
            "order_for_rank",
        ),
        ("_, o = model(x).sort(-1, True); print((o.gather(1, y.view(-1, 1)).squeeze(1) < 2).sum())", "order_for_rank"),
        ("o = out.argsort(1, descending=True); print((o.gather(1, y.view(-1, 1)) < 2).sum())", "order_for_rank"),
    ],
)
def test_places_count_the_rows_that_they_are_used_for(measured, kind, capsys):
    assert slugs(BODY, TRAIN.format(measured=measured)) == ([kind] if kind else [])


def test_it_is_told_where_the_order_is_used_again(capsys):
    measured = SORTED.replace("; ", "\n        ") + "q = q[order]; print(q.tolist())"
    told = lines_told(BODY, TRAIN.format(measured=measured))
    assert told == ["q = q[order]; print(q.tolist())"]
