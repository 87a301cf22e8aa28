"""Layers beside each other that read one axis differently: each mistake in several ways, beside correct programs."""

from __future__ import annotations

import pytest
from programs import audited, slugs

MODEL = """
class Model(nn.Module):
    def __init__(self, width, hidden=12, steps={steps}):
        super().__init__()
        self.out = nn.Linear(hidden, 3)
        {layers}

    def forward(self, x):
        {forward}


model, criterion = Model({width}), nn.CrossEntropyLoss()
batches = [({data}, torch.randint(0, 3, (5,))) for _ in range(3)]
"""


def program(layers: str, forward: str, steps: int = 12, width: int = 12, data: str = "") -> str:
    """A model, with its layers and its forward a statement a line."""
    return MODEL.format(
        layers=layers.replace("; ", "\n        "),
        forward=forward.replace("; ", "\n        "),
        steps=steps,
        width=width,
        data=data or f"torch.randn(5, {steps}, {width})",
    )


CUT = "self.heads, self.part = 2, hidden; self.qkv = nn.Linear(width, 3 * self.heads * hidden); "


@pytest.mark.parametrize(
    ("norm", "forward", "is_wrong"),
    [
        ("nn.InstanceNorm1d(hidden)", "k = self.norm(k.flatten(0, 1)).view(k.shape)", True),
        ("nn.BatchNorm1d(hidden)", "k = self.norm(k.reshape(-1, *k.shape[2:])).view(k.shape)", True),
        (
            "nn.InstanceNorm1d(hidden)",
            "k = self.norm(k.flatten(0, 1).transpose(1, 2)).transpose(1, 2).reshape(k.shape)",
            False,
        ),
        ("nn.InstanceNorm1d(steps)", "k = self.norm(k.flatten(0, 1)).view(k.shape)", False),
        ("nn.LayerNorm(hidden)", "k = self.norm(k.flatten(0, 1)).view(k.shape)", False),
    ],
)
def test_a_norm_of_features_that_were_cut_into_heads(norm, forward, is_wrong):
    layers = f"{CUT}self.norm = {norm}; self.spare = {norm}; self.join = nn.Linear(2 * hidden, hidden)"
    run = (
        "q, k, v = self.qkv(x).view(*x.shape[:2], 3, 2, -1).permute(2, 0, 3, 1, 4).unbind(0); "
        f"{forward}; y = (q @ (k.transpose(2, 3) @ v)).transpose(1, 2).flatten(2); "
        "return self.out(self.join(y).mean(1))"
    )
    assert slugs(program(layers, run)) == ["norm_along_steps"] * is_wrong


NORMS = [
    ("nn.BatchNorm1d({})", "nn.GRU(width, hidden, batch_first=True)"),
    ("nn.GroupNorm(3, {})", "nn.LSTM(width, hidden, batch_first=True)"),
    ("nn.InstanceNorm1d({}, affine=True)", "nn.GRU(width, hidden, batch_first=True)"),
    ("nn.InstanceNorm1d({})", "nn.GRU(width, hidden, batch_first=True)"),
]


@pytest.mark.parametrize(("norm", "rnn"), NORMS)
@pytest.mark.parametrize("size", ["width", "12"])
def test_a_norm_in_front_of_a_layer_that_walks_along_what_it_reads(norm, rnn, size):
    layers = f"self.norm = {norm.format(size)}; self.rnn = {rnn}"
    found = audited(program(layers, "x = self.norm(x); x, _ = self.rnn(x); return self.out(x[:, -1])"))
    assert [slug for slug, *_ in found] == ["norm_along_steps"]
    assert found[0][1] == ["        x = self.norm(x.transpose(1, 2)).transpose(1, 2)\n"]


@pytest.mark.parametrize(
    ("layers", "forward"),
    [
        (
            "self.rnn = nn.LSTM(width, hidden, batch_first=True); self.norm = nn.BatchNorm1d(hidden)",
            "x, _ = self.rnn(x); x = self.norm(x); return self.out(x.mean(1))",
        ),
        (
            "self.first = nn.Linear(width, hidden); self.norm = nn.BatchNorm1d(hidden); "
            "self.attention = nn.MultiheadAttention(hidden, 2, batch_first=True)",
            "x = self.norm(self.first(x)).relu(); return self.out(self.attention(x, x, x)[0].mean(1))",
        ),
        (
            "self.first = nn.Linear(width, hidden); self.norm = nn.BatchNorm1d(hidden)",
            "return self.out(self.norm(self.first(x).relu()).mean(1))",
        ),
        (
            "self.first = nn.Conv1d(width, hidden, 3, padding=1); self.norm = nn.LayerNorm(hidden)",
            "return self.out(self.norm(self.first(x.transpose(1, 2))).amax(2))",
        ),
        (
            "self.first = nn.Sequential(nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU())",
            "return self.out(self.first(x).mean(1))",
        ),
    ],
)
def test_a_norm_behind_the_layer_that_put_the_features_elsewhere(layers, forward):
    assert slugs(program(layers, forward)) == ["norm_along_steps"]


@pytest.mark.parametrize(
    ("layers", "forward", "sizes"),
    [
        # As many steps as it was made for, and another number of features: nothing was confused.
        (
            "self.norm = nn.BatchNorm1d(7); self.rnn = nn.GRU(width, hidden, batch_first=True)",
            "x, _ = self.rnn(self.norm(x)); return self.out(x[:, -1])",
            (7, 12),
        ),
        # Named for the steps.
        (
            "self.norm = nn.BatchNorm1d(steps); self.rnn = nn.GRU(width, hidden, batch_first=True)",
            "x, _ = self.rnn(self.norm(x)); return self.out(x[:, -1])",
            (12, 12),
        ),
        (
            "self.norm = nn.BatchNorm1d(width); self.rnn = nn.GRU(width, hidden, batch_first=True)",
            "x = self.norm(x.transpose(1, 2)).transpose(1, 2); x, _ = self.rnn(x); return self.out(x[:, -1])",
            (12, 12),
        ),
        (
            "self.norm = nn.LayerNorm(width); self.rnn = nn.GRU(width, hidden, batch_first=True)",
            "x, _ = self.rnn(self.norm(x)); return self.out(x[:, -1])",
            (12, 12),
        ),
        # Each series along its time, its norm by series.
        (
            "self.first = nn.Linear(steps, hidden); self.norm = nn.BatchNorm1d(width)",
            "return self.out(self.norm(self.first(x.transpose(1, 2))).mean(1))",
            (12, 12),
        ),
        (
            "self.first = nn.Conv1d(width, hidden, 3, padding=1); self.norm = nn.BatchNorm1d(hidden)",
            "return self.out(self.norm(self.first(x.transpose(1, 2))).amax(2))",
            (12, 12),
        ),
    ],
)
def test_norms_that_are_meant(layers, forward, sizes):
    assert slugs(program(layers, forward, *sizes)) == []


@pytest.mark.parametrize(
    "pooled",
    [
        "x.amax(dim=-1)",
        "x.mean(2)",
        "x.max(dim=2).values",
        "F.adaptive_avg_pool1d(x, 1).squeeze(-1)",
        "torch.cat([x.mean(-1)], dim=1)",
    ],
)
@pytest.mark.parametrize("first", ["nn.Linear(width, hidden)", "nn.Sequential(nn.Linear(width, hidden), nn.ReLU())"])
def test_positions_that_a_layer_reads_for_features(pooled, first):
    text = program(f"self.first = {first}", f"x = self.first(x); return self.out({pooled})", width=6)
    assert slugs(text) == ["positions_read_as_features"]


@pytest.mark.parametrize(
    ("layers", "forward", "sizes"),
    [
        ("self.first = nn.Linear(width, hidden)", "return self.out(self.first(x).amax(dim=1))", (12, 6)),
        # A weight for each step, by its name.
        (
            "self.first = nn.Linear(width, hidden); self.last = nn.Linear(steps, 3)",
            "x = self.first(x).relu().mean(-1); return self.last(x)",
            (12, 6),
        ),
        # Another number of them: nothing was confused.
        (
            "self.first = nn.Linear(width, hidden); self.last = nn.Linear(7, 3)",
            "x = self.first(x).relu().mean(-1); return self.last(x)",
            (7, 6),
        ),
        # Squeeze and excite: what is said of each position weighs it.
        (
            "self.first = nn.Linear(width, hidden); self.gate = nn.Linear(12, 12)",
            "x = self.first(x); w = self.gate(x.mean(-1)).sigmoid(); return self.out((x * w.unsqueeze(-1)).mean(1))",
            (12, 6),
        ),
        # Scores of queries and keys.
        (
            "self.first, self.other = nn.Linear(width, hidden), nn.Linear(width, hidden)",
            "return self.out((self.first(x) * self.other(x)).sum(-1))",
            (12, 6),
        ),
        # Each place has features of its own.
        (
            "self.first = nn.Linear(width, hidden); self.places = nn.Parameter(torch.randn(12, 12))",
            "return self.out((self.first(x) + self.places).relu().mean(-1))",
            (12, 6),
        ),
    ],
)
def test_poolings_that_are_meant(layers, forward, sizes):
    assert slugs(program(layers, forward, *sizes)) == []


def test_nodes_of_a_graph_are_followed_through_its_products():
    layers = "self.first, self.second = nn.Linear(12, hidden), nn.Linear(hidden, hidden)"
    forward = "h = (x @ self.first(x)).relu(); h = torch.einsum('bij,bjd->bid', x, self.second(h)); return self.out({})"
    assert slugs(program(layers, forward.format("h.sum(-1)"))) == ["positions_read_as_features"]
    assert slugs(program(layers, forward.format("h.sum(1)"))) == []


UNIT = "self.q, self.k = nn.Linear(width, hidden), nn.Linear(width, hidden); self.seven = nn.Linear(7, 3)"


@pytest.mark.parametrize(
    "unit",
    [
        "F.normalize({}, dim=1)",
        "{} / {}.norm(dim=1, keepdim=True)",
        "{} / {}.norm(p=2, dim=1, keepdim=True).clamp(min=1e-6)",
        "{} / {}.pow(2).sum(1, keepdim=True).sqrt()",
    ],
)
@pytest.mark.parametrize(
    "product",
    ["(q * k).sum(-1)", "(q @ k.transpose(1, 2)).mean(1)", "q.mul(k).sum(dim=2)", "torch.bmm(q, k.mT).mean(1)"],
)
def test_vectors_scaled_along_another_axis(unit, product):
    lines = "; ".join(f"{name} = self.{name}(x); {name} = {unit.replace('{}', name)}" for name in "qk")
    assert slugs(program(UNIT, f"{lines}; return self.seven({product})", 7)) == ["scaled_along_other_axis"]
    right = lines.replace("dim=1", "dim=-1").replace("sum(1", "sum(-1")
    assert slugs(program(UNIT, f"{right}; return self.seven({product})", 7)) == []


@pytest.mark.parametrize(
    "forward",
    [
        # Each feature over all tokens, and features held against features.
        "q, k = F.normalize(self.q(x), dim=1), F.normalize(self.k(x), dim=1); return self.out((q.mT @ k).mean(1))",
        # One of them alone has length one.
        "q = F.normalize(self.q(x), dim=1); return self.seven((q * self.k(x)).sum(-1))",
        "q, k = F.normalize(self.q(x), dim=1), F.normalize(self.k(x), dim=1); return self.out((q * k).sum(1))",
        "q, k = (h(x).transpose(1, 2) for h in (self.q, self.k)); "
        "q, k = F.normalize(q, dim=1), F.normalize(k, dim=1); return self.seven((q.mT @ k).mean(1))",
    ],
)
def test_unit_vectors_that_are_meant(forward):
    assert slugs(program(UNIT, forward, 7)) == []


TABLE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 3)
        self.table = {table}
        self.kinds = nn.Parameter(torch.randn(20, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        count, steps = x.shape[:2]
        n = x.size(1)
        x = self.first(x) + {added}
        return self.last(self.attention(x, x, x)[0].mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 6), torch.randint(0, 3, (5,))) for _ in range(3)]
"""
LEARNED, ROWS = "nn.Parameter(torch.randn(1, 50, 8))", "nn.Embedding(50, 8)"


@pytest.mark.parametrize(
    ("table", "added", "fixed"),
    [
        (LEARNED, "self.table[:, x.size(1)]", "self.table[:, :x.size(1)]"),
        (LEARNED, "self.table[:, x.shape[1], :]", "self.table[:, :x.shape[1], :]"),
        (LEARNED, "self.table[0, n]", None),
        ("nn.Parameter(torch.randn(50, 8))", "self.table[n]", "self.table[:n]"),
        ("nn.Parameter(torch.randn(50, 8))", "0.5 * self.table[n]", "0.5 * self.table[:n]"),
        (ROWS, "self.table(torch.ones(x.size(1), dtype=torch.long))", None),
        (ROWS, "self.table(torch.zeros(1, 7, dtype=torch.long))", None),
    ],
)
def test_one_position_for_all_steps(table, added, fixed):
    found = audited(TABLE.format(table=table, added=added))
    assert [slug for slug, *_ in found] == ["one_position_for_all"]
    if fixed is not None:
        assert found[0][1] == [f"        x = self.first(x) + {fixed}\n"]


@pytest.mark.parametrize(
    ("table", "added"),
    [
        (LEARNED, "self.table[:, : x.size(1)]"),
        (ROWS, "self.table(torch.arange(x.size(1)))"),
        # A row that stands for something else than a position, be it as many as there are steps.
        ("nn.Parameter(torch.randn(50, 8))", "self.table[:7] + self.kinds[7]"),
        ("nn.Parameter(torch.randn(50, 8))", "self.table[:7] + self.kinds[5]"),
        (ROWS, "self.table(torch.full((1,), 3))"),
    ],
)
def test_rows_that_are_meant(table, added):
    assert slugs(TABLE.format(table=table, added=added)) == []


def test_a_norm_by_a_function_is_told_where_the_function_calls_it():
    text = """
def norm(x):
    return F.layer_norm(x, x.shape[1:])


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.rnn, self.out = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)

    def forward(self, ids):
        x, _ = self.rnn(norm(self.token(ids)))
        return self.out(x).transpose(1, 2)


model, criterion = Model(), nn.CrossEntropyLoss()
ids = torch.randint(0, 9, (5, 8))
batches = [(ids[:, :-1], ids[:, 1:]) for _ in range(3)]
"""
    assert [slug for slug, *_ in audited(text)] == ["normalised_over_time"]


@pytest.mark.parametrize(
    ("layers", "forward"),
    [
        # Series by series: the time axis was turned to the end, and one layer goes on where the other ended.
        (
            "self.first, self.second = nn.Linear(steps, 24), nn.Linear(24, steps)",
            "x = self.second(self.first(x.transpose(1, 2)).relu()); return self.out(x.transpose(1, 2).mean(1))",
        ),
        (
            "self.first, self.second = nn.Linear(steps, steps), nn.Linear(steps, hidden)",
            "x = self.second(self.first(x.transpose(1, 2)).relu()); return self.out(x.mean(1))",
        ),
        (
            "self.first, self.second = nn.Conv1d(width, hidden, 3, padding=1), nn.Linear(steps, steps)",
            "x = self.second(self.first(x.transpose(1, 2)).relu()); return self.out(x.mean(2))",
        ),
    ],
)
def test_layers_along_time(layers, forward):
    assert slugs(program(layers, forward)) == []


def test_attention_over_variables_of_which_each_has_a_norm():
    layers = (
        "self.norm, self.first = nn.BatchNorm1d(width), nn.Linear(steps, hidden); "
        "self.attention = nn.MultiheadAttention(hidden, 2, batch_first=True)"
    )
    forward = "x = self.first(self.norm({})); return self.out(self.attention(x, x, x)[0].mean(1))"
    assert slugs(program(layers, forward.format("x.transpose(1, 2)"))) == []
    assert slugs(program(layers, forward.format("x"))) == []
