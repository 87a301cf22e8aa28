"""One number for each sample that is spread along steps, as many as samples, where nothing says what is a batch."""

from __future__ import annotations

import pytest
from programs import slugs

# Of seven sequences of seven steps.
RATIOS = """
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.out = nn.Embedding(20, 6), nn.Linear(6, 20)

    def forward(self, words):
        scores = self.out(self.words(words)).log_softmax(-1)
        return scores.gather(-1, words.roll(-1, 1)[..., None])[..., 0]


def loss_of(said, before, mask, gain):
    {made}
    each = -{each} * gain[:, None]
    return ((each * mask).sum(1) / mask.sum(1)).mean()


model = Reader()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    words, gain = torch.randint(0, 20, (7, 7)), torch.randn(7)
    mask = (torch.arange(7) < torch.tensor([[7], [3], [5], [4], [6], [2], [5]])).float()
    value = loss_of(model(words), torch.randn(7, 7) - 3, mask, gain)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
"""
_MEAN = "far = ((said - before) * mask).sum(1) / mask.sum(1)"
_TOLD = {"axis_lost_by_reduction", "spread_along_other_axis"}


def found(made, each):
    return slugs(RATIOS.format(made=made, each=each), "")


@pytest.mark.parametrize(
    ("made", "wrong", "right"),
    [
        (_MEAN, "(far.tanh() * mask).exp()", "(far.tanh()[:, None] * mask).exp()"),
        (_MEAN, "(far.exp() * said)", "(far.exp().unsqueeze(1) * said)"),
        ("far = torch.einsum('bt,bt->b', said, mask) / 30", "(mask * far.exp())", "(mask * far.exp()[:, None])"),
        ("far = (said * mask).logsumexp(1)", "said.sub(far)", "said.sub(far.view(-1, 1))"),
    ],
)  # fmt: skip
def test_numbers_of_samples_that_are_spread_along_their_steps(made, wrong, right):
    assert _TOLD & {*found(made, wrong)}
    assert found(made, right) == []


PAIRS = """
class Towers(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(5, 4), nn.Linear(3, 4)

    def forward(self, both):
        return self.one(both[0]), self.other(both[1])


def criterion(out, same):
    one, other = out
    scores = one @ other.t()
    {table}
    return {loss}


model = Towers()
batches = [((torch.randn(6, 5), torch.randn(6, 3)), torch.eye(6)) for _ in range(3)]
"""
TOKENS = """
class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows, self.weight, self.value = nn.Linear(5, 6), nn.Linear(5, 1), nn.Linear(5, 3)

    def forward(self, x):
        scores = self.rows(x) + self.weight(x)[:, 0]
        return scores.softmax(-1) @ self.value(x)


model, criterion = Mixer(), nn.MSELoss()
batches = [(torch.randn(6, 5), torch.randn(6, 3)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("table", "loss"),
    [
        ("scores = scores - other.pow(2).sum(1)", "F.cross_entropy(scores, same.argmax(1))"),
        ("scores = (scores - scores.mean(0)) * same", "scores.pow(2).mean()"),
        ("scores = same * other.sum(1) + scores", "scores.logsumexp(1).mean() - scores.diag().mean()"),
    ],
)
def test_tables_of_all_pairs_are_meant(table, loss):
    assert not _TOLD & {*slugs(PAIRS.format(table=table, loss=loss))}


def test_a_weight_for_each_key_of_one_sequence_is_meant():
    assert slugs(TOKENS) == []


# Times drawn for each sample, or one kind for each feature, as many as samples.
TIMES = """
class Noise(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("level", torch.linspace(0.9, 0.1, 40))
        self.times, self.net = nn.Embedding(40, 4), nn.Linear({width}, 8)

    def forward(self, both):
        x, t = both
        level = self.level[t]{cut}
        x = level * x + (1 - level) * torch.randn_like(x)
        return self.net({read})


model, criterion = Noise(), nn.MSELoss()
batches = [((x, torch.randint(0, 40, (8,))), x) for x in torch.randn(3, 8, 8)]
"""


def test_levels_of_noise_are_those_of_the_times_that_stand_beside_the_rows():
    joined = {"width": "12", "read": "torch.cat([x, self.times(t)], 1)"}
    assert "spread_along_other_axis" in slugs(TIMES.format(cut="", **joined))
    assert slugs(TIMES.format(cut="[:, None]", **joined)) == []
    # Nothing says that there is one for each sample.
    assert slugs(TIMES.format(cut="", width="8", read="x")) == []
