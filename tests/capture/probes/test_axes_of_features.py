"""Axes of features, classes and steps: each mistake in several ways of writing it, beside correct programs."""

from __future__ import annotations

import pytest
from programs import audited, slugs

POOLED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = {score}
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        {weights}
        return self.linear((w * x).sum(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 8), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize("score", ["nn.Linear(8, 1)", "nn.Sequential(nn.Linear(8, 4), nn.Tanh(), nn.Linear(4, 1))"])
@pytest.mark.parametrize("softmax", ["F.softmax(self.score(x), {})", "torch.softmax(self.score(x) / 2, dim={})"])
def test_a_softmax_of_one_score(score, softmax):
    found = audited(POOLED.format(score=score, weights=f"w = {softmax.format(-1)}"))
    assert [slug for slug, *_ in found] == ["softmax_of_one"]
    assert found[0][1] == [f"        w = {softmax.format(1)}\n"]
    assert slugs(POOLED.format(score=score, weights=f"w = {softmax.format(1)}")) == []


@pytest.mark.parametrize(
    ("weights", "wrong", "right"),
    [
        ("w = {}(self.conv(x.transpose(1, 2))).transpose(1, 2)", "nn.Softmax(dim=1)", "nn.Softmax(dim=2)"),
        ("w = torch.bmm(x[:, -1:].mean(1).unsqueeze(1), x.transpose(1, 2)).softmax({}).transpose(1, 2)", "1", "2"),
        ("w = (x @ x[:, -1].unsqueeze(2)).softmax({})", "-1", "1"),
    ],
)
def test_a_softmax_along_an_axis_made_for_one_score(weights, wrong, right):
    score = "nn.Linear(8, 1)\n        self.conv = nn.Conv1d(8, 1, 3, padding=1)"
    found = audited(POOLED.format(score=score, weights=weights.format(wrong)))
    assert "softmax_of_one" in [slug for slug, *_ in found]
    assert slugs(POOLED.format(score=score, weights=weights.format(right))) == []


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        ("w = self.score(x.reshape(-1, 8)).view(-1, 1).softmax(1).view(5, 7, 1)", ["softmax_of_one"]),
        ("w = self.score(x.reshape(-1, 8)).reshape(35, 1).softmax(-1).view(5, 7, 1)", ["softmax_of_one"]),
        ("w = self.score(x.reshape(-1, 8)).view(-1, 7).softmax(1).view(5, 7, 1)", []),
        ("w = self.score(x.reshape(-1, 8)).view(5, 7, 1).softmax(1)", []),
        ("w = self.score(x).view(5, 1, 7).softmax(2).view(5, 7, 1)", []),
    ],
)
def test_single_scores_that_a_view_leaves_so(weights, found):
    assert slugs(POOLED.format(score="nn.Linear(8, 1)", weights=weights)) == found


def test_a_number_of_experts_that_happens_to_be_one():
    program = POOLED.format(score="nn.Linear(8, experts)", weights="w = self.score(x).softmax(-1)")
    assert slugs("experts = 1\n" + program) == []


NORMED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.project = {layer}
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        return self.linear({normed})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 6), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize("call", ["F.normalize(self.project(x))", "F.normalize(torch.relu(self.project(x)), p=2)"])
def test_a_normalisation_at_its_default_axis(call):
    assert slugs(NORMED.format(layer="nn.Linear(6, 8)", normed=call + ".mean(1)")) == ["normalised_at_default_axis"]


@pytest.mark.parametrize(
    ("layer", "call"),
    [
        ("nn.Linear(6, 8)", "F.normalize(self.project(x), dim=-1).mean(1)"),
        ("nn.Linear(6, 8)", "F.normalize(self.project(x), dim=1).mean(1)"),
        ("nn.Linear(6, 8)", "F.normalize(self.project(x).mean(1))"),
        ("nn.Conv1d(7, 8, 1)", "F.normalize(self.project(x)).mean(2)"),
    ],
)
def test_normalisations_that_are_meant(layer, call):
    assert slugs(NORMED.format(layer=layer, normed=call)) == []


GUESSED = """
model, criterion = nn.Linear(6, 5), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range({steps}):
    x, y = torch.randn(5, 6), torch.randint(0, 5, (5,))
    scores = model(x)
    loss = criterion(scores, y)
    loss.backward()
    optimizer.step()
    {during}
model.eval()
with torch.no_grad():
    scores = model(x)
    {after}
"""


@pytest.mark.parametrize(
    ("guess", "edit"),
    [("scores.argmax({0})", "scores.argmax(1)"), ("scores.max(dim={0})[1]", "scores.max(dim=1)[1]")],
)
def test_guesses_along_the_samples(guess, edit):
    wrong = f"hits = ({guess.format(0)} == y).sum().item()"
    during, after = (
        audited(GUESSED.format(steps=2, during=wrong, after="pass"), ""),
        audited(GUESSED.format(steps=9, during="pass", after=wrong), ""),
    )
    for found in (during, after):
        assert [slug for slug, *_ in found] == ["argmax_along_batch"]
        assert edit in found[0][1][0]
    right = f"hits = ({guess.format(1)} == y).sum().item()"
    assert slugs(GUESSED.format(steps=9, during=right, after=right), "") == []


@pytest.mark.parametrize(
    ("hits", "found"),
    [
        ("scores.topk(3, dim=0).indices.t() == y[:, None]", True),
        ("scores.topk(3, 0, True, True)[1].eq(y.view(1, -1).expand(3, -1)).t()", True),
        ("scores.topk(3, dim=1).indices == y[:, None]", False),
        ("scores.topk(3, 1, True, True)[1].t().eq(y.view(1, -1).expand(3, -1)).t()", False),
        ("scores.topk(3).indices == y[:, None]", False),
        # Which samples have most of each class.
        ("scores.topk(3, dim=0).indices == 2", False),
    ],
)
def test_the_likeliest_few_are_sought_along_the_classes(hits, found):
    program = GUESSED.format(steps=9, during="pass", after=f"print(({hits}).any(1).float().mean().item())")
    assert slugs(program, "") == (["argmax_along_batch"] if found else [])


def test_retrieval_is_measured_both_ways():
    program = """
    model = nn.Linear(6, 4)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    for _ in range(3):
        scores = model(torch.randn(5, 6)) @ model(torch.randn(5, 6)).t()
        y = torch.arange(5)
        loss = F.cross_entropy(scores, y) + F.cross_entropy(scores.t(), y)
        loss.backward()
        optimizer.step()
        hits = (scores.argmax(0) == y).sum().item() + (scores.argmax(1) == y).sum().item()
    """
    assert slugs(program, "") == []


WINDOWS = """
class Model(nn.Module):
    def __init__(self, window=12, features=6):
        super().__init__()
        self.conv, self.linear = nn.Conv1d({channels}, 8, {kernel}, padding="same"), nn.Linear(8, 1)

    def forward(self, x):
        return self.linear(self.conv({given}).relu().mean(2)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
series = torch.randn(90, 6)
starts = torch.randint(0, 70, (3, 4))
batches = [(torch.stack([{cut} for i in row]), torch.stack([series[i + 12, 0] for i in row])) for row in starts]
"""


@pytest.mark.parametrize("cut", ["series[i : i + 12]", "(series[i : i + 12] - series[i]) / 2"])
def test_steps_for_channels(cut):
    wrong = {"channels": "window", "kernel": 3, "given": "x", "cut": cut}
    assert slugs(WINDOWS.format(**wrong)) == ["steps_for_channels"]
    assert slugs(WINDOWS.format(**wrong | {"kernel": 1})) == []
    right = wrong | {"channels": "features", "given": "x.transpose(1, 2)"}
    assert slugs(WINDOWS.format(**right)) == []


TABLED = WINDOWS.replace(
    "batches = [(torch.stack([{cut} for i in row]), torch.stack([series[i + 12, 0] for i in row])) for row in starts]",
    "import numpy as np\n"
    "table = torch.from_numpy(np.stack([series.numpy()[i : i + 12] for i in range(0, 70, {by})]))\n"
    "batches = [(table[rows], table[rows, -1, 0] ** 2) for rows in torch.randperm(len(table)).split({size})[:3]]",
)


@pytest.mark.parametrize("by", [1, 3])
def test_windows_that_numpy_cut_say_by_their_numbers_which_axis_is_time(by):
    wrong = {"channels": "window", "kernel": 3, "given": "x", "by": by, "size": 5}
    assert slugs(TABLED.format(**wrong)) == ["steps_for_channels"]
    assert slugs(TABLED.format(**wrong | {"channels": "features", "given": "x.transpose(1, 2)"})) == []
    # Pieces that lie behind each other may be maps of any kind.
    assert slugs(TABLED.format(**wrong | {"by": 12, "size": 2})) == []


SMOOTHED = WINDOWS.replace("self.conv({given}).relu().mean(2)", "self.smooth({given}){back}.mean(1)").replace(
    'self.conv, self.linear = nn.Conv1d({channels}, 8, {kernel}, padding="same"), nn.Linear(8, 1)',
    "self.smooth, self.linear = nn.{pool}(3, stride=1, padding=1), nn.Linear(6, 1)",
)


@pytest.mark.parametrize("pool", ["AvgPool1d", "MaxPool1d"])
def test_a_pool_that_slides_along_the_columns(pool):
    wrong = {"pool": pool, "given": "x", "back": "", "cut": "series[i : i + 12]"}
    assert slugs(SMOOTHED.format(**wrong)) == ["steps_for_channels"]
    right = wrong | {"given": "x.transpose(1, 2)", "back": ".transpose(1, 2)"}
    assert slugs(SMOOTHED.format(**right)) == []
    # Of what a layer has made of the columns nobody knows which are neighbours.
    mixed = SMOOTHED.replace("self.smooth({given})", "self.smooth(self.mix(x))").replace(
        "        self.smooth,", "        self.mix = nn.Linear(6, 6)\n        self.smooth,"
    )
    assert slugs(mixed.format(**wrong)) == []


FORECAST = """
class Model(nn.Module):
    def __init__(self, seq_len=6, pred_len=6, width=6):
        super().__init__()
        self.linear = nn.Linear({size}, pred_len)

    def forward(self, x):
        return {out}


model, criterion = Model(), nn.MSELoss()
series = torch.randn(90, 6)
starts = [[7, 40, 2], [61, 3, 33], [12, 50, 20]]
batches = [
    (torch.stack([series[i : i + 6] for i in row]), torch.stack([series[i + 6 : i + 12] for i in row]))
    for row in starts
]
"""


def test_features_for_steps():
    assert slugs(FORECAST.format(size="seq_len", out="self.linear(x)")) == ["features_for_steps"]
    assert slugs(FORECAST.format(size="seq_len", out="self.linear(x.transpose(1, 2)).transpose(1, 2)")) == []
    assert slugs(FORECAST.format(size="width", out="self.linear(x)")) == []


def test_a_layer_norm_over_steps_and_features_leaks():
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.norm = nn.Embedding(9, 8), nn.LayerNorm({size})
            self.gru, self.linear = nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)

        def forward(self, x):
            return self.linear(self.gru(self.norm(self.embedding(x)))[0]).transpose(1, 2)

    model = Model()
    criterion = lambda scores, s: F.cross_entropy(scores, s[:, 1:])
    texts = [torch.randint(0, 9, (4, 8)) for _ in range(3)]
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    for s in texts:
        loss = criterion(model(s[:, :-1]), s)
        loss.backward()
        optimizer.step()
    """
    assert slugs(program.format(size="[7, 8]"), "") == ["normalised_over_time"]
    assert slugs(program.format(size="8"), "") == []


ATTENDED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(6, 8) for _ in range(3))
        self.linear = nn.Linear(8, 1)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        {attend}
        return self.linear(h.mean(1)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 7, 6), torch.randn(5)) for _ in range(3)]
"""
SPLIT = "q, k, v = (t.view(5, 7, 2, 4).transpose(1, 2) for t in (q, k, v)); "
JOIN = "; h = h.transpose(1, 2).reshape(5, 7, 8)"


@pytest.mark.parametrize(
    ("attend", "axes"),
    [
        ("h = F.dropout(F.softmax(q @ k.mT / 3, dim={}), 0.1) @ v", (1, 2)),
        ("h = torch.bmm(torch.bmm(q, k.transpose(1, 2)).softmax({}), v)", (1, -1)),
        ("w = torch.einsum('bqd,bkd->bqk', q, k).softmax({}); h = torch.einsum('bqk,bkd->bqd', w, v)", (1, 2)),
        (SPLIT + "h = (q @ k.mT).softmax({}) @ v" + JOIN, (1, 3)),
        (SPLIT + "h = (q @ k.mT).softmax({}) @ v" + JOIN, (2, -1)),
    ],
)
def test_weights_along_another_axis(attend, axes):
    assert slugs(ATTENDED.format(attend=attend.format(axes[0]))) == ["weights_along_other_axis"]
    assert slugs(ATTENDED.format(attend=attend.format(axes[1]))) == []


@pytest.mark.parametrize(
    "attend",
    [
        # Slots compete for the items, and each slot takes the mean of what it got.
        "w = (q @ k.mT).softmax(1); w = w / w.sum(2, keepdim=True); h = w @ v",
        # Attention both ways.
        "s = q @ k.mT; h = s.softmax(2) @ v + s.softmax(1).mT @ v",
        "s = q @ k.mT; h = (s.softmax(2) * s.softmax(1)) @ v",
        # Along the features, and the steps shared out first: attention without a square.
        "h = q.softmax(-1) @ (k.softmax(1).mT @ v)",
        # Channels that look at channels.
        "h = ((q.mT @ k).softmax(-1) @ v.mT).mT",
        "h = (v.mT @ (k @ q.mT).softmax(1)).mT",
        # Soft assignment to clusters.
        "w = self.q(x).softmax(-1); h = w.mT @ v",
    ],
)
def test_weights_that_are_meant_as_they_are(attend):
    assert slugs(ATTENDED.format(attend=attend)) == []


def test_a_batch_that_is_cut_anew_on_its_way_to_the_model():
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.linear = nn.LSTM(3, 8), nn.Linear(8, 5)

        def forward(self, x):
            return self.linear(self.lstm(x)[0][-1])

    model, optimizer = Model(), None
    data, labels = torch.randn(12, 7, 3), torch.randint(0, 5, (12,))
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    for rows in (torch.randperm(12)[:4], torch.randperm(12)[:4], torch.randperm(12)[:4]):
        x = data[rows]
        x = {turned}
        loss = F.cross_entropy(model(x), labels[rows])
        loss.backward()
        optimizer.step()
    """
    # What one step leaves open, in a note, another one says.
    assert "reshaped_instead_of_permuted" in slugs(program.format(turned="x.view(7, 4, 3)"), "")
    assert slugs(program.format(turned="x.transpose(0, 1)"), "") == []


INVERTED = """
one, other = nn.Linear(12, 16), nn.Linear(9, 16)
first, second = torch.randn(24, 12), torch.randn(24, 9)
optimizer = torch.optim.SGD([*one.parameters(), *other.parameters()], 0.1)
for _ in range(3):
    scores = F.normalize(one(first[:10]), dim=1) @ F.normalize(other(second[:10]), dim=1).t()
    loss = F.cross_entropy(scores, torch.arange(10))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    hits = (scores.softmax(0).argmax(1) == torch.arange(10)).sum().item()
"""


def test_what_many_would_take_is_made_less_of_along_the_samples():
    assert slugs(INVERTED, "") == []


def test_it_is_so_where_only_the_measure_does_it():
    program = """
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = nn.Linear(12, 16), nn.Linear(9, 16)

        def forward(self, x, y):
            return F.normalize(self.one(x), dim=-1) @ F.normalize(self.other(y), dim=-1).t() * 10

    model, x, y = Two(), torch.randn(40, 12), torch.randn(40, 9)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(3):
        loss = F.cross_entropy(model(x[:16], y[:16]), torch.arange(16))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        hits = (model(x[16:], y[16:]).softmax(0).argmax(1) == torch.arange(24)).float().mean()
    """
    assert slugs(program, "") == []
