"""Axes and layout: each mistake in several ways of writing it, beside correct programs that come close to it."""

from __future__ import annotations

import pytest
from programs import audited, slugs

RECURRENT = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8, batch_first={first})
        self.linear = nn.Linear(8, 1)

    def forward(self, x):
        return self.linear(self.gru(x)[0]).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
data = [(torch.randn(7, 3), torch.randn(7)) for _ in range(12)]
order = [4, 9, 1, 7, 0, 11, 3, 8, 2, 10, 5, 6]
batches = []
for k in range(0, 12, 4):
    pairs = [data[i] for i in order[k : k + 4]]
    batches.append(({stack}))
"""
SIDE_BY_SIDE = "torch.stack([p[0] for p in pairs], 1), torch.stack([p[1] for p in pairs], 1)"
TURNED = "torch.stack([p[0] for p in pairs]).transpose(0, 1), torch.stack([p[1] for p in pairs]).t()"
IN_FRONT = "torch.stack([p[0] for p in pairs]), torch.stack([p[1] for p in pairs])"


@pytest.mark.parametrize("stack", [SIDE_BY_SIDE, TURNED])
def test_samples_that_were_stacked_in_no_order_are_samples_on_whichever_axis(stack):
    found = audited(RECURRENT.format(first="True", stack=stack))
    assert [slug for slug, *_ in found] == ["recurrent_along_batch"]
    assert found[0][1] == ["        self.gru = nn.GRU(3, 8, batch_first=False)\n"]
    assert slugs(RECURRENT.format(first="False", stack=stack)) == []


def test_samples_in_front():
    assert slugs(RECURRENT.format(first="False", stack=IN_FRONT)) == ["recurrent_along_batch"]
    assert slugs(RECURRENT.format(first="True", stack=IN_FRONT)) == []


def test_columns_that_are_picked_in_another_order_are_no_samples():
    program = RECURRENT.format(first="True", stack=IN_FRONT)
    picked = program + "batches = [(torch.stack([x[:, :, c] for c in (1, 2, 0)], -1), y) for x, y in batches]\n"
    assert slugs(picked) == []
    turned = "batches = [(x[:, torch.tensor([3, 0, 5, 1, 2, 6, 4])], y) for x, y in batches]\n"
    assert slugs(program + turned) == []


ATTENTION = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2{first})
        self.linear = nn.Linear(8, 1)

    def forward(self, x):
        return self.linear(self.attention(x, x, x, need_weights=False)[0].mean(1)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 7, 8), torch.randn(5)) for _ in range(3)]
"""


def test_the_constructor_of_an_attention_is_what_to_change():
    found = audited(ATTENTION.format(first=""))
    assert [slug for slug, *_ in found] == ["attention_along_batch"]
    assert found[0][1] == ["        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)\n"]
    assert slugs(ATTENTION.format(first=", batch_first=True")) == []


TIME_IN_FRONT = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 8)
        self.places = nn.Parameter(torch.randn(20, 1, 8) * 0.1)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
        self.linear = nn.Linear(8, 11)

    def forward(self, tokens):
        values = self.embed(tokens){turned}
        {placed}
        hidden = self.encoder(values{masked})
        return self.linear(hidden{turned})


model = Model()
criterion = lambda scores, labels: nn.functional.cross_entropy(scores.transpose(1, 2), labels)
texts = [torch.randint(0, 11, (5, 8)) for _ in range(3)]
batches = [(text[:, :-1], text[:, 1:]) for text in texts]
"""
PLACED = "values = values + self.places[: values.size(0)]"
MASKED = ", src_mask=nn.Transformer.generate_square_subsequent_mask(values.size(0))"


@pytest.mark.parametrize(("placed", "masked"), [(PLACED, MASKED), (PLACED, ""), ("pass", MASKED)])
def test_what_counts_along_axis_0_all_the_way_was_to_be_given_time_in_front(placed, masked):
    found = audited(TIME_IN_FRONT.format(turned="", placed=placed, masked=masked))
    assert [slug for slug, *_ in found] == ["attention_along_batch"]
    assert [line.strip() for line in found[0][1]] == [
        "values = self.embed(tokens).transpose(0, 1)",
        f"hidden = self.encoder(values{masked}).transpose(0, 1)",
    ]
    assert slugs(TIME_IN_FRONT.format(turned=".transpose(0, 1)", placed=placed, masked=MASKED)) == []


STATE_GIVEN = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8{first})
        self.linear = nn.Linear(8, 1)

    def forward(self, x):
        state = torch.zeros(1, x.{count}, 8)
        return self.linear(self.gru(x, state)[0][:, -1]).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 7, 3), torch.randn(5)) for _ in range(3)]
"""


STATES = ["torch.randn(1, x.{count}, 8)", "self.begin.expand(-1, x.{count}, -1).contiguous()"]


@pytest.mark.parametrize("state", STATES, ids=["drawn", "learned"])
def test_a_state_that_is_as_good_for_one_sample_as_for_another_hides_no_turned_layer(state):
    program = STATE_GIVEN.replace("torch.zeros(1, x.{count}, 8)", state).replace(
        "self.linear =", "self.begin = nn.Parameter(torch.randn(1, 1, 8))\n        self.linear ="
    )
    assert slugs(program.format(first="", count="size(1)")) == ["recurrent_along_batch"]
    assert slugs(program.format(first=", batch_first=True", count="size(0)")) == []
    in_front = program.replace("self.gru(x,", "self.gru(x.transpose(0, 1),").replace("[:, -1]", "[-1]")
    assert slugs(in_front.format(first="", count="size(0)")) == []


@pytest.mark.parametrize(("wrong", "right"), [("size(1)", "size(0)"), ("shape[1]", "shape[0]")])
def test_a_state_that_was_counted_along_the_other_axis_turns_with_its_layer(wrong, right):
    found = audited(STATE_GIVEN.format(first="", count=wrong))
    assert [slug for slug, *_ in found] == ["recurrent_along_batch"]
    assert [line.strip() for line in found[0][1]] == [
        "self.gru = nn.GRU(3, 8, batch_first=True)",
        f"state = torch.zeros(1, x.{right}, 8)",
    ]
    assert slugs(STATE_GIVEN.format(first=", batch_first=True", count=right)) == []


@pytest.mark.parametrize("made", ["nn.LogSoftmax(dim={})", "nn.LogSoftmax({})"])
def test_the_constructor_of_a_softmax_in_a_row_of_layers(made):
    program = """
    model = nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 4), {})
    criterion = nn.NLLLoss()
    batches = [(torch.randn(5, 6), torch.randint(0, 4, (5,))) for _ in range(3)]
    """
    found = audited(program.format(made.format(0)))
    assert [slug for slug, *_ in found] == ["reduced_along_batch"]
    assert found[0][1] == [f"model = nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 4), {made.format(1)})\n"]
    assert slugs(program.format(made.format(1))) == []


WEIGHED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 6)

    def forward(self, x):
        mass = self.linear(x).exp()
        return mass / {total}


model = Model()
criterion = lambda p, y: -(p * y).sum(1).log().mean()
batches = [(torch.randn(5, 6), torch.rand(5, 6)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    "total", ["mass.sum()", "mass.sum().clamp(min=1e-8)", "torch.sum(mass)", "(mass.sum() + 1e-9)"]
)
def test_one_sum_for_all_samples(total):
    assert slugs(WEIGHED.format(total=total)) == ["reduced_along_batch"]


@pytest.mark.parametrize("total", ["mass.sum(1, keepdim=True)", "mass.detach().sum(0)", "6.0"])
def test_sums_of_one_sample_and_statistics_of_the_batch(total):
    assert slugs(WEIGHED.format(total=total)) == []


def test_a_joint_distribution_over_all_pairs_is_meant():
    program = """
    model = nn.Linear(6, 2)

    def criterion(z, p):
        near = 1 / (1 + torch.cdist(z, z) ** 2)
        q = near / near.sum()
        return (p * (p.clamp(min=1e-9).log() - q.log())).sum()

    batches = [(torch.randn(5, 6), torch.full((5, 5), 0.04)) for _ in range(3)]
    """
    assert slugs(program) == []


PAIRS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.linear = nn.Linear(6, 8), nn.Linear(16, 3)

    def forward(self, x):
        a, b = self.encode(x[0]), self.encode(x[1])
        return self.linear({pair})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [((torch.randn(4, 6), torch.randn(4, 6)), torch.randint(0, 3, (4,))) for _ in range(3)]
"""


@pytest.mark.parametrize("pair", ["torch.cat([a, b], dim=0).view(4, -1)", "torch.cat((a, b)).reshape(len(a), 16)"])
def test_parts_one_behind_the_other_that_are_cut_into_rows(pair):
    assert slugs(PAIRS.format(pair=pair)) == ["reshaped_instead_of_permuted"]


@pytest.mark.parametrize("pair", ["torch.cat([a, b], dim=1)", "torch.stack([a, b], 1).view(4, -1)"])
def test_parts_side_by_side(pair):
    assert slugs(PAIRS.format(pair=pair)) == []


SCORES = """
model = nn.Conv1d(3, {classes}, 3, padding=1)


def criterion(scores, labels):
    return F.cross_entropy({rows}, labels.reshape(-1))


batches = [(torch.randn(4, 3, 6), torch.randint(0, {classes}, (4, 6))) for _ in range(3)]
"""


@pytest.mark.parametrize("classes", [2, 3, 6])
@pytest.mark.parametrize("rows", ["scores.reshape(-1, {0})", "scores.view(24, {0})", "scores.reshape(4 * 6, -1)"])
def test_scores_cut_into_rows_that_mix_classes_and_steps(rows, classes):
    found = slugs(SCORES.format(rows=rows.format(classes), classes=classes))
    # With as many classes as steps both orders fit all that is seen.
    assert found == (["rows_in_another_order"] if classes != 6 else [])


@pytest.mark.parametrize("classes", [2, 3, 6])
@pytest.mark.parametrize("rows", ["scores.permute(0, 2, 1).reshape(-1, {0})", "scores.mT.flatten(0, 1)"])
def test_scores_that_were_turned_first(rows, classes):
    assert slugs(SCORES.format(rows=rows.format(classes), classes=classes)) == []


SHAPED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.score, self.linear = nn.Conv2d(1, 6, 1), nn.Linear(6, 1), nn.Linear(6, 3)

    def forward(self, x):
        u = self.conv(x)
        {names}
        p = {pixels}
        return self.linear((self.score(p).softmax(1) * p).sum(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 1, {h}, {w}), torch.randint(0, 3, (4,))) for _ in range(3)]
"""


# With as many pixels as channels the names alone say it; else the layers in front and behind do.
@pytest.mark.parametrize(("size", "slug"), [((5, 7), "features_reshaped"), ((2, 3), "axes_renamed")])
@pytest.mark.parametrize(
    ("names", "pixels"),
    [
        ("b, c, h, w = u.shape", "u.view(b, h * w, c)"),
        ("b, c, h, w = u.size()", "u.reshape(b, -1, c)"),
        ("b, c = u.size(0), u.size(1)", "torch.reshape(u, (b, -1, c))"),
        ("pass", "u.view(u.size(0), -1, u.size(1))"),
    ],
)
def test_a_reshape_that_renames_axes(size, slug, names, pixels):
    assert slugs(SHAPED.format(names=names, pixels=pixels, h=size[0], w=size[1])) == [slug]


@pytest.mark.parametrize("size", [(5, 7), (2, 3)])
@pytest.mark.parametrize(
    ("names", "pixels"),
    [
        ("b, c, h, w = u.shape", "u.permute(0, 2, 3, 1).reshape(b, h * w, c)"),
        ("b, c, h, w = u.shape", "u.view(b, c, h * w).transpose(1, 2)"),
        ("b, c, h, w = u.shape; u = u.permute(0, 2, 3, 1)", "u.reshape(b, h * w, c)"),
        ("b, h, w, c = u.permute(0, 2, 3, 1).shape", "u.permute(0, 2, 3, 1).reshape(b, h * w, c)"),
    ],
)
def test_a_reshape_that_keeps_axes(size, names, pixels):
    assert slugs(SHAPED.format(names=names, pixels=pixels, h=size[0], w=size[1])) == []


HEADS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.linear = nn.Linear(3, 12), nn.Linear(12, 1)

    def forward(self, x):
        B, T, C = x.shape
        B, T, C = self.q(x).shape[0], 7, 12
        q = self.q(x)
        n, t, d = q.shape
        h = {heads}
        w = (h @ h.transpose(-2, -1)).softmax(-1) @ h
        return self.linear(w.transpose(1, 2).reshape(n, t, d).mean(1)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 7, 3), torch.randn(5)) for _ in range(3)]
"""


def test_heads_that_are_cut_out_of_the_steps():
    assert slugs(HEADS.format(heads="q.view(n, 4, t, 3)")) == ["axes_renamed"]
    assert slugs(HEADS.format(heads="q.view(n, 4, t, d // 4)")) == ["axes_renamed"]
    assert slugs(HEADS.format(heads="q.view(n, t, 4, d // 4).transpose(1, 2)")) == []


PLACES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.places = nn.Embedding(9, 8), nn.Embedding(20, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        places = {places}
        return self.linear(self.encoder(self.embed(x) + self.places(places)).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 9, ({size}, 6)), torch.randint(0, 3, ({size},))) for _ in range(3)]
"""


@pytest.mark.parametrize("size", [4, 6])
def test_positions_that_were_spread_over_the_steps(size):
    for places in ("torch.arange(x.size(0)).unsqueeze(1).expand_as(x)", "torch.arange(len(x))[:, None].repeat(1, 6)"):
        assert slugs(PLACES.format(places=places, size=size)) == ["positions_along_batch"]
    for places in ("torch.arange(x.size(1)).unsqueeze(0).expand_as(x)", "(x % 2 * torch.arange(len(x))[:, None])"):
        assert slugs(PLACES.format(places=places, size=size)) == []


FILLED = """
import numpy as np
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(4, 8), nn.Linear(8, 1)

    def forward(self, x):
        return self.linear(self.lstm(x)[0]).squeeze(-1)


def filled(episodes):
    longest = max(len(seen) for seen, _ in episodes)
    x, y, keep = torch.zeros(longest, 12, 4), torch.zeros(longest, 12), torch.zeros(longest, 12)
    for k, (seen, wanted) in enumerate(episodes):
        x[: len(seen), k] = torch.from_numpy(seen)
        y[: len(seen), k] = torch.from_numpy(wanted)
        keep[: len(seen), k] = 1
    return x, (y, keep)


def episode():
    seen = draws.normal(size=(draws.integers(3, 21), 4)).astype(np.float32)
    return seen, seen.sum(1)[::-1].cumsum()[::-1].copy()


model, draws = Model(), np.random.default_rng(13)
criterion = lambda p, y: ((p - y[0]) ** 2 * y[1]).sum() / y[1].sum()
batches = [filled([episode() for _ in range(12)]) for _ in range(6)]
"""


def test_episodes_that_are_written_into_a_batch_with_time_in_front():
    assert "recurrent_along_batch" not in slugs(FILLED)
