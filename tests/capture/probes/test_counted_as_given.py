"""Rows that a module has sorted, and what it was given beside them counts them as they were."""

from __future__ import annotations

import pytest
from programs import audited, slugs

ROWS = """
class Grouped(nn.Module):
    def __init__(self):
        super().__init__()
        self.each = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))

    def forward(self, x, kind):
        {moved}
        {back}
        return out


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.head = Grouped(), nn.Linear(6, 4)

    def forward(self, both):
        x, kind, beside = both
        z = self.inner(x, kind)
        n = len(x)
        {read}
        return self.head(z)


def batch(n=15):
    kind = torch.randint(0, 3, (n,))
    x = torch.randn(n, 6)
    beside = {beside}
    return (x, kind, beside), {labels}


criterion = nn.CrossEntropyLoss()
model = Model()
batches = [batch() for _ in range(3)]
"""
_BY_SORT = """order = kind.argsort(stable=True)
        counts = torch.bincount(kind, minlength=3).tolist()
        out = torch.cat([layer(part) for layer, part in zip(self.each, x[order].split(counts))])"""
_BY_GROUPS = """order = torch.cat([(kind == k).nonzero()[:, 0] for k in range(3)])
        out = torch.cat([layer(x[kind == k]) for k, layer in enumerate(self.each)])"""
_TABLE = {
    "read": "z = (beside @ z).relu()",
    "beside": "(torch.rand(n, n) > 0.7).float() / n",
    "labels": "torch.randint(0, 4, (n,))",
}
_EDGES = {
    "read": "one, two = beside; z = torch.zeros(n, 6).index_add(0, two, z[one])",
    "beside": "torch.randint(0, n, (2, 40))",
    "labels": "torch.randint(0, 4, (n,))",
}
_GROUPS = {
    "read": "z = torch.zeros(4, 6).index_add(0, beside, z)",
    "beside": "torch.arange(n) % 4",
    "labels": "torch.randint(0, 4, (4,))",
}
_AGAIN = {"read": "z = self.inner(z, kind)", "beside": "x.sum()", "labels": "torch.randint(0, 4, (n,))"}
_LABELS = {"read": "z = z * 2", "beside": "x.sum()", "labels": "(x[:, 0] > 0).long()"}


@pytest.mark.parametrize("moved", [_BY_SORT, _BY_GROUPS])
@pytest.mark.parametrize("case", [_TABLE, _EDGES, _GROUPS])
def test_rows_in_an_order_of_their_own_meet_what_counts_them_as_given(moved, case):
    assert "rows_left_sorted" in slugs(ROWS.format(moved=moved, back="", **case))
    assert slugs(ROWS.format(moved=moved, back="out = out[order.argsort()]", **case)) == []
    placed = "out = torch.zeros_like(out).index_copy(0, order, out)"
    assert slugs(ROWS.format(moved=moved, back=placed, **case)) == []


def test_rows_are_sorted_twice_by_the_same():
    assert "rows_left_sorted" in slugs(ROWS.format(moved=_BY_SORT, back="", **_AGAIN))
    assert slugs(ROWS.format(moved=_BY_SORT, back="out = out[order.argsort()]", **_AGAIN)) == []


def test_groups_put_one_behind_the_other_meet_their_labels():
    assert slugs(ROWS.format(moved=_BY_GROUPS, back="", **_LABELS)) == ["rows_left_sorted"]
    assert slugs(ROWS.format(moved=_BY_GROUPS, back="out = out[order.argsort()]", **_LABELS)) == []
    sorted_before = _LABELS | {"labels": "(x[:, 0] > 0).long()[kind.argsort(stable=True)]"}
    assert slugs(ROWS.format(moved=_BY_GROUPS, back="", **sorted_before)) == []


@pytest.mark.parametrize(
    "case",
    [
        # Sums over all that are sorted in front, as risks are added up.
        {"read": "z = beside @ z", "beside": "torch.ones(n, n).tril()"},
        # A way back that was made with the batch.
        {"read": "z = z[beside]", "beside": "kind.argsort(stable=True).argsort()"},
        {
            "read": "z = torch.zeros(n, 6).scatter(0, beside[:, None].expand(n, 6), z)",
            "beside": "kind.argsort(stable=True)",
        },
        {"read": "z = beside @ z", "beside": "torch.eye(n)[kind.argsort(stable=True).argsort()]"},
        # What counts the rows as they will be.
        {"read": "z = beside @ z", "beside": "torch.rand(n, n)[kind.argsort(stable=True)]"},
        # The mean of all rows has no order.
        {"read": "z = beside @ z", "beside": "torch.ones(n, n) / n"},
    ],
)
def test_what_knows_the_order_of_the_rows_is_not_told(case):
    assert "rows_left_sorted" not in slugs(ROWS.format(moved=_BY_SORT, back="", labels=_TABLE["labels"], **case))


def test_the_rows_are_put_back_where_they_are_given_back():
    found = dict(audited(ROWS.format(moved=_BY_SORT, back="", **_TABLE)))
    assert [text.strip() for text in found["rows_left_sorted"]] == ["return out[order.argsort()]"]


@pytest.mark.parametrize(
    ("beside", "read"),
    [
        ("(torch.rand(n, n) > 0.7).float() / n", "z = (beside[order][:, order] @ z).relu()"),
        ("torch.arange(n) % 4", "z = torch.zeros(n, 6).index_add(0, beside[order], z)"),
        ("torch.randint(0, n, (2, 40))", "z = z[order.argsort()[beside[0]]] * z[order.argsort()][beside[1]]"),
        ("x[:, :1].tanh()", "z = z * beside[order]"),
        ("x[:, :1].tanh()", "z = z - beside.index_select(0, order)"),
    ],
)
def test_what_was_put_into_the_same_order_goes_with_the_rows(beside, read):
    body = ROWS.replace("        n = len(x)\n", "        n, order = len(x), kind.argsort(stable=True)\n")
    labels = "torch.randint(0, 4, (40,))" if "40" in beside else "(x[:, 0] > 0).long()[kind.argsort(stable=True)]"
    given = body.format(moved=_BY_SORT, back="", beside=beside, read=read, labels=labels)
    assert "rows_left_sorted" not in slugs(given)


def test_what_was_left_as_it_was_does_not():
    case = {"beside": "x[:, :1].tanh()", "read": "z = z * beside", "labels": "torch.randint(0, 4, (n,))"}
    assert "rows_left_sorted" in slugs(ROWS.format(moved=_BY_SORT, back="", **case))


SHUFFLED = """
class Keys(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(6, 4), nn.Linear(6, 4)
        self.register_buffer("others", torch.randn(4, 5))

    def keys(self, x):
        order = torch.randperm(len(x))
        return self.key(x[order])[order.argsort()]

    def forward(self, one, other):
        query = self.query(one)
        with torch.no_grad():
            key = self.keys(other)
        near = torch.einsum("nc,nc->n", query, key).unsqueeze(1)
        return torch.cat([near, torch.einsum("nc,ck->nk", query, self.others)], dim=1)


model = Keys()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
table = torch.randn(24, 6)
for rows in torch.randperm(24).split(8):
    x = table[rows]
    loss = F.cross_entropy(model(x + 0.1, x - 0.1), torch.zeros(8, dtype=torch.long))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_the_sort_of_a_drawn_order_puts_rows_back():
    assert slugs(SHUFFLED, after="") == []
