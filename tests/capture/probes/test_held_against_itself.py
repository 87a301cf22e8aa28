"""What is held against itself, against a part of itself, against all others, or against nothing at all."""

from __future__ import annotations

import pytest
from programs import TRAIN, slugs

LAST = "\nmodel, criterion = nn.Linear(6, 5), {criterion}\nbatches = [{batch} for _ in range(2)]\n"
CHANGES = "k = 0\nlabels = torch.randint(0, 3, (4, 6))\nprices = torch.randn(4, 6).cumsum(1)\n"


def learned(made, front=""):
    batch = "(labels.float(), goals)" if "labels" in made else "(prices, goals)"
    return f"{CHANGES}{front}goals = {made}\n" + LAST.format(criterion="nn.MSELoss()", batch=batch)


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        ("(labels[:, 1:] != labels[:, 1:]).float()", True),
        ("prices[:, 1:] - prices[:, 1:]", True),
        ("prices[:, :-1] > prices[:, :-1]", True),
        ("labels[:, 1:].eq(labels[:, :-1]).float()", False),
        ("prices[:, 1:] - prices[:, :-1]", False),
        # Asks which of them are no numbers.
        ("prices[:, 1:] != prices[:, 1:]", False),
        ("prices[:, 1:] * prices[:, 1:]", False),
        # Another piece each time.
        ("prices[:, (k := 1 - k) : k + 5] - prices[:, (k := 1 - k) : k + 5]", False),
    ],
)
def test_pieces_that_meet_themselves(made, wrong):
    made = f"({made}).float()"
    assert ("piece_against_itself" in slugs(learned(made))) is wrong


AGREE = """
def criterion(scores, y):
    {halves}
    agreed = F.kl_div(one, other, log_target={log}, reduction="batchmean")
    return F.cross_entropy(scores, y) + agreed


model = nn.Sequential(nn.Dropout(0.3), nn.Linear(5, 6))
batches = [(x.repeat(2, 1), torch.randint(0, 6, (4,)).repeat(2)) for x in torch.randn(2, 4, 5)]
"""


@pytest.mark.parametrize(
    ("halves", "log", "wrong"),
    [
        ("one, other = F.log_softmax(scores, 1).chunk(2, 1)", True, True),
        ("one, other = scores.log_softmax(-1).split(3, dim=-1)", True, True),
        (
            "log = scores.log_softmax(1)\n    one, other = log.tensor_split(2, dim=1)\n    other = other.exp()",
            False,
            True,
        ),
        ("one, other = scores.log_softmax(-1).chunk(2)", True, False),
        ("one, other = (half.log_softmax(1) for half in scores.chunk(2, dim=1))", True, False),
    ],
)
def test_halves_of_one_distribution(halves, log, wrong):
    assert slugs(AGREE.format(halves=halves, log=log)) == ["shares_cut_apart"] * wrong


RETURNS = """
def rollout():
    seen, value = torch.randn(4, 9, 3), torch.randn(9, 1)
    goals = []
    for obs in seen.flip(0):
        reward = obs[:, 0] * obs[:, 1]
        value = {reward} + 0.9 * value
        goals.append(value)
    return seen.flatten(0, 1), torch.cat(goals[::-1]){behind}


model, criterion = nn.Linear(3, 1), lambda value, goal: {loss}
batches = [rollout() for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("reward", "behind", "loss", "wrong"),
    [
        ("reward", "", "(goal - value).square().mean()", True),
        ("reward[None]", "", "(value - goal).abs().mean()", True),
        ("reward.view(1, -1)", ".detach()", "(goal - value).square().mean()", True),
        ("reward[:, None]", "", "(goal - value).square().mean()", False),
        # What a distribution of nine atoms may be worth.
        ("torch.linspace(-1, 1, 9)", "", "(goal - value).square().mean()", False),
        ("torch.tensor([[-4, -3.0, -2, -1, 0, 1, 2, 3, 4]])", "", "(goal - value).square().mean()", False),
        ("reward.unsqueeze(-1)", "[:, 0]", "(goal - value[:, 0]).square().mean()", False),
    ],
)
def test_returns_of_all_places(reward, behind, loss, wrong):
    found = slugs(RETURNS.format(reward=reward, behind=behind, loss=loss))
    assert ("many_targets_for_one" in found) is wrong


SERIES = """
series = torch.sin(torch.arange(60.0) / 3) + torch.arange(60) / 50
frames = series.unfold(0, 9, 1)
x, y = frames[:, :-1], frames[:, {which}]
model, criterion = {model}, lambda out, y: F.mse_loss(out.squeeze(-1), y)
order = torch.randperm(len(x))
batches = [(x[rows], y[rows]) for rows in order.split(26)]
"""


@pytest.mark.parametrize(("which", "wrong"), [("0", True), ("-2", True), ("-1", False)])
@pytest.mark.parametrize("model", ["nn.Linear(8, 1)", "nn.Sequential(nn.Linear(8, 9), nn.Tanh(), nn.Linear(9, 1))"])
def test_forecasts_of_an_end_of_the_window(model, which, wrong):
    assert slugs(SERIES.format(model=model, which=which)) == ["target_not_shifted"] * wrong


TASKS = """
first, second = nn.Linear(1, 8), nn.Linear(8, 1)
optimizer = torch.optim.SGD([*first.parameters(), *second.parameters()], 0.01)
net = lambda x: second(torch.tanh(first(x)))
for _ in range(2):
    x, clean = torch.rand(12, 1), torch.rand(12, 1)
    y, noisy = x.sin(), clean + torch.randn(12, 1)
    task = [(each, each.cos()) for each in (torch.rand(9, 1) for _ in range(2))]
    loss = {one}
    loss = loss + {two}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("one", "two", "wrong"),
    [
        ("F.mse_loss(net(x[:6]), x[:6].sin())", "F.l1_loss(net(goal := x[6:].sin()), goal)", True),
        ("F.mse_loss(net(task[0][0]), task[0][1])", "F.smooth_l1_loss(net(task[1][1]), task[1][1])", True),
        # What rests is to stay where it is: nothing else is known of it.
        ("F.mse_loss(net(x[:6]), y[:6])", "F.mse_loss(net(clean), clean)", False),
        ("F.l1_loss(net(x), y)", "F.smooth_l1_loss(net(noisy), noisy)", False),
        ("F.mse_loss(net(x[:6]), y[:6])", "F.mse_loss(net(x[6:]), y[6:])", False),
        ("F.mse_loss(net(x), x)", "F.mse_loss(net(clean), clean)", False),
        # What is clean already is to come back as it is.
        ("F.mse_loss(net(noisy), clean)", "F.mse_loss(net(clean), clean)", False),
    ],
)
def test_calls_that_are_given_what_they_are_asked_for(one, two, wrong):
    assert slugs(TASKS.format(one=one, two=two), "") == ["given_its_target"] * wrong


WRITES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.out = nn.Embedding(9, 4), nn.Linear(4, 9)

    def forward(self, x):
        return self.out(self.words(x))


model = Model().eval()
with torch.no_grad():
    word = torch.tensor([3])
    for _ in range(4):
        shares = {shares}
        word = {pick}
    print(word)
"""


@pytest.mark.parametrize(
    ("shares", "pick", "wrong"),
    [
        ("model(word).softmax(0)", "shares.argmax(1)", True),
        ("F.log_softmax(model(word), dim=-2)", "shares[0].topk(1).indices", True),
        ("torch.softmax(model(word), 0)", "shares.exp().max(-1)[1]", True),
        ("model(word).softmax(1)", "shares.argmax(1)", False),
        ("model(word).softmax(-1)", "torch.multinomial(shares, 1)[:, 0]", False),
        ("model(word)", "shares.argmax(-1)", False),
    ],
)
def test_words_that_are_sought_among_equals(shares, pick, wrong):
    assert slugs(WRITES.format(shares=shares, pick=pick), "") == ["softmax_beside_classes"] * wrong


SEEN = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.layer = nn.Linear(3, 24), nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        n = x.shape[1]
        q, k, v = self.read(x).chunk(3, -1)
        return self.head({attended})


model, criterion = Model(), nn.MSELoss()
batches = [(x[:, :-1], x[:, 1:]) for x in torch.randn(2, 5, 8, 3)]
"""
CUT = "F.scaled_dot_product_attention(q, k, v, attn_mask={})"


@pytest.mark.parametrize(
    ("attended", "wrong"),
    [
        (CUT.format("torch.ones(n, n, dtype=torch.bool).tril(x.size(2) - n)"), True),
        (CUT.format("torch.tril(torch.ones(n, n), diagonal=len(x) - n).bool()"), True),
        ("self.layer(q, k, v, attn_mask=torch.ones(n, n, dtype=torch.bool).triu(4 - n))[0].nan_to_num()", True),
        # Nobody asks what the first ones say.
        (
            CUT.format("torch.ones(n, n, dtype=torch.bool).tril(x.size(2) - n)")
            + "[:, 4:].mean(1, True).expand(q.shape)",
            False,
        ),
        # So many steps are not known yet.
        (CUT.format("torch.ones(n, n, dtype=torch.bool).tril(-3)"), False),
        # Rows that fill up the last block.
        (CUT.format("(torch.arange(n) < 5)[:, None] & torch.ones(n, n, dtype=torch.bool).tril()"), False),
        (CUT.format("torch.ones(n, n, dtype=torch.bool).tril()"), False),
        # Each step sees those before it, and the first one nothing.
        (CUT.format("torch.ones(n, n, dtype=torch.bool).tril(-1)") + ".nan_to_num()", False),
        ("self.layer(q, k, v, attn_mask=torch.full((n, n), -torch.inf).triu(1))[0]", False),
    ],
)
def test_queries_that_a_mask_leaves_no_key(attended, wrong):
    assert ("queries_see_nothing" in slugs(SEEN.format(attended=attended))) is wrong


MEASURED = """
class Hits:
    def __init__(self):
        self.hits = self.count = 0

    def add(self, guess, y):
        self.hits += {hits}
        self.count += {count}


hits = Hits()
model = nn.Linear(5, {width})
x = torch.randn(12, 5)
batches, criterion = [(x, (x[:, :{width}] > 0).float()) for _ in range(2)], nn.BCEWithLogitsLoss()
"""
ADDED = TRAIN + "model.eval()\nwith torch.no_grad():\n    hits.add((model(x) > 0).float(), y)\n"


@pytest.mark.parametrize(
    ("hits", "count", "wrong"),
    [
        ("(guess == y).sum().item()", "y.size(1)", True),
        ("int((y == guess).sum())", "guess.shape[-1]", True),
        ("(guess == y).sum().item()", "y.numel()", False),
        ("(guess != y + 2).sum().item()", "y.size(1)", False),
        # How many a sample has, and samples that are counted for something else.
        ("(guess == y).sum().item()", "y.size(0)", False),
        (
            "(guess == y).sum().item()",
            "y.size(1)\n        self.all = getattr(self, 'all', 0)\n        self.all += y.numel()",
            False,
        ),
        ("(guess == y).all(1).sum().item()", "y.size(0)", False),
        ("(guess == y).float().mean().item()", "1", False),
    ],
)
def test_more_hits_than_guesses(hits, count, wrong):
    assert slugs(MEASURED.format(hits=hits, count=count, width=1), ADDED) == ["counted_beside_hits"] * wrong


def test_hits_of_one_of_several_samples():
    program = MEASURED.format(hits="(guess == y).sum().item()", count="y.size(1)", width=3)
    assert slugs(program, ADDED) == []
