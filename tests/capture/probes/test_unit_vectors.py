"""Vectors that are scaled or compared along another axis than their features: views, tokens, embeddings."""

from __future__ import annotations

import pytest
from programs import slugs

VIEWS = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(6, 8, batch_first=True)
        self.head = nn.Linear(8, 5)
        self.norm = nn.LayerNorm(5)

    def forward(self, x):  # (batch_size, views, steps, num_features)
        h = self.encoder(x.flatten(0, 1))[0]
        z = self.head(h{taken}).unflatten(0, (len(x), 3))
        return {unit}


model = Encoder()
batches = [(torch.randn(4, 3, 7, 6), torch.randint(0, 2, (4,))) for _ in range(2)]


def criterion(z, labels):
    {rows}
    table = {product} / 0.2
    same = labels.repeat_interleave(len(z) // len(labels))
    same = same[:, None] == same
    return -(table.log_softmax(1) * same[: len(table), : table.size(1)]).mean()
"""
LAST_STEP = {"taken": "[:, -1]", "rows": "z = z.flatten(0, 1)"}
ALL_STEPS = {"taken": "", "rows": "z = z.flatten(0, 2)"}


@pytest.mark.parametrize(
    ("taken", "unit", "product"),
    [
        (LAST_STEP, "F.normalize(z, dim=1)", "z @ z.t()"),
        (LAST_STEP, "z / z.norm(dim=1, keepdim=True).clamp(min=1e-6)", "torch.einsum('id,jd->ij', z, z)"),
        (ALL_STEPS, "z / z.square().sum(2, keepdim=True).sqrt()", "z.mm(z.T)"),
        (ALL_STEPS, "2 * F.normalize(z, dim=2)", "(z[:, None] * z[None]).sum(-1)"),
    ],
)
def test_vectors_scaled_along_an_axis_that_is_flattened_with_others(taken, unit, product):
    program = VIEWS.format(**taken, unit=unit, product=product)
    assert slugs(program) == ["scaled_along_other_axis"]
    right = unit.replace("dim=1", "dim=-1").replace("dim=2", "dim=-1").replace("sum(2", "sum(-1")
    assert slugs(VIEWS.format(**taken, unit=right, product=product)) == []


@pytest.mark.parametrize(
    ("unit", "product"),
    [
        # How features go together over all views.
        ("F.normalize(z, dim=-1)", "z.t() @ z"),
        # Behind a norm no length is what it was.
        ("self.norm(F.normalize(z, dim=1))", "z @ z.t()"),
        # Shares of the views in each feature are no lengths.
        ("F.normalize(z.exp(), p=1, dim=1)", "z @ z.t()"),
        ("F.normalize(F.normalize(z, dim=1), dim=-1)", "z @ z.t()"),
    ],
)
def test_views_that_are_scaled_as_they_are_meant(unit, product):
    assert slugs(VIEWS.format(**LAST_STEP, unit=unit, product=product)) == []


COSINES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.student, self.teacher = {student}, nn.Linear(6, 8)

    def forward(self, x):
        with torch.no_grad():
            aim = {aim}
        return F.cosine_similarity(self.student(x), aim, dim={dim})


model, criterion = Model(), lambda out, _: (1 - out).mean()
batches = [(torch.randn(5, 7, 6), torch.zeros(5)) for _ in range(3)]
"""


def test_cosines_of_embeddings_along_their_positions():
    program = COSINES.format(student="nn.Linear(6, 8)", aim="self.teacher(x)", dim="{}")
    assert [slugs(program.format(dim)) for dim in (1, -2)] == [["scaled_along_other_axis"]] * 2
    assert [slugs(program.format(dim)) for dim in (-1, 2)] == [[]] * 2


SERIES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.linear = nn.LSTM(4, 9, batch_first=True), nn.Linear(9, 4)

    def forward(self, x):
        return self.linear(self.rnn(x)[0])


student, teacher = Model(), Model()
optimizer = torch.optim.SGD(student.parameters(), 0.01)
for x in [torch.randn(5, 8, 4) for _ in range(2)]:
    out, aim = student(x[:, 1:]), teacher(x[:, 1:]).detach()
    loss = {distance} - F.cosine_similarity(out, aim, dim=1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("distance", ["F.mse_loss(out, x[:, :-1])", "(x[:, :-1] - out).abs().mean()"])
def test_cosines_along_time_of_what_is_to_be_near_data(distance):
    # What is held against data is a series, too.
    assert slugs(SERIES.format(distance=distance), "") == []
    assert slugs(SERIES.format(distance="out.square().mean()"), "") == ["scaled_along_other_axis"]


def test_cosines_of_series_along_time():
    # What is asked for is data: how it goes up and down over time is what is compared.
    assert slugs(COSINES.format(student="nn.Linear(6, 6)", aim="x.cumsum(1)", dim=1)) == []


TOKENS = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = {embed}
        self.start = nn.Parameter(torch.randn(7, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def forward(self, x):
        x = {embedded}
        h = self.start.expand(len(x), -1, -1) + self.attention(x, x, x, need_weights=False)[0]
        return h + self.mlp(h)


student, teacher = Encoder(), Encoder().requires_grad_(False)
cosines = nn.CosineSimilarity({dim})


def criterion(z, h):
    {lines}


batches = [torch.randn(5, {sizes}) for _ in range(3)]
optimizer = torch.optim.SGD(student.parameters(), 0.01)
for x in batches:
    loss = criterion(student(x), teacher(x))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LINEAR = {"embed": "nn.Linear(6, 8)", "embedded": "self.embed(x)", "sizes": "7, 6"}
CONV = {"embed": "nn.Conv1d(6, 8, 1)", "embedded": "self.embed(x).transpose(1, 2)", "sizes": "6, 7"}


@pytest.mark.parametrize("layers", [LINEAR, CONV])
@pytest.mark.parametrize(
    "lines",
    [
        "return 1 - F.cosine_similarity(z[:, 1:], h[:, 1:], dim={dim}).mean()",
        "return 1 - cosines(z, h).mean()",
        "return F.mse_loss(F.normalize(z, dim={dim}), F.normalize(h, dim={dim}))",
        "z = z / z.norm(dim={dim}, keepdim=True); h = h / h.norm(dim={dim}, keepdim=True); return (z - h).pow(2).sum()",
    ],
)
def test_tokens_that_are_compared_along_their_positions(layers, lines):
    # Of a teacher that stays as it is, squares may tell where its features lie.
    learns = {".requires_grad_(False)": "", "student.parameters()": "[*student.parameters(), *teacher.parameters()]"}
    both = TOKENS
    for old, new in () if "cos" in lines else learns.items():
        both = both.replace(old, new)
    wrong, right = (both.format(**layers, lines=lines.format(dim=dim), dim=dim) for dim in (1, -1))
    assert slugs(wrong, "") == ["scaled_along_other_axis"]
    assert slugs(right, "") == []


@pytest.mark.parametrize(
    "lines",
    [
        # How each feature goes up and down over the positions.
        "return 1 - F.cosine_similarity(z - z.mean(1, keepdim=True), h - h.mean(1, keepdim=True), dim=1).mean()",
        # Here it is the features that lie along axis 1.
        "return 1 - F.cosine_similarity(z.transpose(1, 2), h.transpose(1, 2), dim=1).mean()",
        "return 1 - F.cosine_similarity(z.mean(1), h.mean(1), dim=1).mean()",
        # Where each feature of a teacher lies among the positions.
        "return F.mse_loss(F.normalize(z, dim=1), F.normalize(h, dim=1))",
        "z = F.normalize(z, dim=1); h = F.normalize(h.detach(), dim=1); return (z - h).square().sum()",
        # Shares of the positions in each feature.
        "return F.mse_loss(F.normalize(z.exp(), p=1, dim=1), F.normalize(h.exp(), p=1, dim=1))",
    ],
)
def test_tokens_that_are_compared_as_they_are_meant(lines):
    assert slugs(TOKENS.format(**LINEAR, lines=lines, dim=""), "") == []


@pytest.mark.parametrize("call", ["F.cosine_similarity(z, h)", "F.mse_loss(F.normalize(z), h)"])
def test_tokens_whose_axis_is_left_at_its_default(call):
    assert slugs(TOKENS.format(**LINEAR, lines=f"return 1 - {call}.mean()", dim=""), "") == [
        "normalised_at_default_axis"
    ]


# A question and what may answer it.
CHOSEN = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.ask, self.answer, self.conv = nn.Linear(6, 8), nn.Linear(6, 8), nn.Conv1d(4, 8, 1)

    def forward(self, x):
        q, o = self.ask(x[:, 0]), self.answer(x[:, 1:])
        return {scores} * 5


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 5, 6), torch.randint(0, 4, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    "scores", ["F.cosine_similarity(q.unsqueeze(1), o)", "torch.cosine_similarity(torch.tanh(q)[:, None, :], o.relu())"]
)
def test_one_question_and_many_answers_at_the_default_axis(scores):
    assert slugs(CHOSEN.format(scores=scores)) == ["normalised_at_default_axis"]


@pytest.mark.parametrize(
    "scores",
    [
        "F.cosine_similarity(q.unsqueeze(1), o, dim=-1)",
        "F.cosine_similarity(q.unsqueeze(1), o, 2)",
        "F.cosine_similarity(q.unsqueeze(2), o.transpose(1, 2))",
        "F.cosine_similarity(q.repeat_interleave(4, 0), o.flatten(0, 1)).view(5, 4)",
        "torch.stack([F.cosine_similarity(q, one) for one in o.unbind(1)], 1)",
        # Channels that a convolution made, against the one course that they have in common.
        "F.cosine_similarity(x[:, :1], self.conv(x[:, 1:]))",
    ],
)
def test_one_question_and_many_answers_along_the_features(scores):
    assert slugs(CHOSEN.format(scores=scores)) == []


SCALED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net, self.qkv, self.out = nn.Linear(9, 6), nn.Linear(9, 24), nn.Linear(12, 2)

    def forward(self, x):  # (batch_size, views, num_features)
        e = self.net(x)
        {lines}


def loss_of(table):
    table = table.flatten(0, -2)
    return F.cross_entropy(table, torch.arange(len(table)) % table.size(1))


model, criterion = Model(), lambda out, _: loss_of(out)
batches = [(torch.randn(5, 7, 9), None) for _ in range(2)]
"""


@pytest.mark.parametrize(
    "lines",
    [
        "a, *_ = torch.unbind(F.normalize(e, dim={dim}), dim=1); return a @ a.t()",
        "z = torch.cat(list((e / e.norm(dim={dim}, keepdim=True)).unbind(1))); return z @ z.t()",
        # The inverse of a length; a mean of several shots for one prototype.
        "e = e * (e.pow(2).sum({dim}, keepdim=True) + 1e-8).rsqrt(); return e @ e.mT",
        "p = F.normalize(e, dim={dim}).mean(1); q = F.normalize(self.net(x[:, 0]), dim=1); return 5 * q @ p.t()",
        # Distances, of each pair of vectors or of each vector alone.
        "e = F.normalize(e, dim={dim}); return -torch.cdist(e, e[:, :3])",
        "e = F.normalize(e, dim={dim}); return -(e[:, 1:] - e[:, :-1]).pow(2).sum(-1)",
        # Heads that were cut out of the features.
        "q, k = self.qkv(x).view(5, 7, 2, 3, 4).permute(2, 0, 3, 1, 4)\n"
        "        q, k = F.normalize(q, dim={head}), F.normalize(k, dim={head})\n"
        "        return q @ k.mT * 8",
        "q, k = self.qkv(x).view(5, 7, 2, 3, 4).permute(2, 0, 3, 1, 4)\n"
        "        q, k = F.normalize(q, dim={heads}), F.normalize(k, dim={heads})\n"
        "        return q @ k.mT * 8",
    ],
)
def test_vectors_that_are_compared_have_their_length_along_their_features(lines):
    assert slugs(SCALED.format(lines=lines.format(dim=1, head=2, heads=1))) == ["scaled_along_other_axis"]
    assert slugs(SCALED.format(lines=lines.format(dim=2, head=3, heads=3))) == []


@pytest.mark.parametrize(
    "lines",
    [
        # Squares that are only added up: how each feature lies over the views is what is to be the same.
        "e = F.normalize(e, dim=1); return (e[:, 1:] - e[:, :-1]).pow(2).sum(-1).mean()[None, None]",
        # How features go together over the views, in each head.
        "q, k = self.qkv(x).view(5, 7, 2, 3, 4).permute(2, 0, 3, 4, 1)\n"
        "        return F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).mT",
    ],
)
def test_vectors_that_are_scaled_along_what_is_compared(lines):
    assert slugs(SCALED.format(lines=lines)) == []


def test_so_have_those_that_are_compared_behind_the_training_alone():
    program = """
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    x, y = torch.randn(20, 6), torch.randint(0, 3, (20,))
    for at in (0, 10):
        loss = F.cross_entropy(model(x[at : at + 10]), y[at : at + 10])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        one, two = (F.normalize(model(rows), dim={dim}) for rows in (x, torch.randn(15, 6)))
        print((y[(two @ one.t()).topk(2, 1).indices] == 1).float().mean())
    """
    found = [slugs(program.format(dim=dim), after="") for dim in (0, 1)]
    assert found == [["scaled_along_other_axis"], []]
