"""Parts of a batch of which one was put into another order; beside both moved, mixed, and drawn apart on purpose."""

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Field(nn.Module):
    def __init__(self):
        super().__init__()
        self.kinds, self.net = nn.Embedding(3, 4), nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 5))

    def forward(self, x, t, kind):
        return self.net(torch.cat([x, t, self.kinds(kind)], 1))


def nearest(cost):
    order = torch.zeros(len(cost), dtype=torch.long)
    for _ in range(len(cost)):
        row, column = divmod(int(cost.argmin()), len(cost))
        order[row] = column
        cost[row], cost[:, column] = float("inf"), float("inf")
    return order


centres, batches = torch.randn(3, 5), []
for _ in range(3):
    kind = torch.randint(0, 3, (7,))
    batches.append((centres[kind] + 0.1 * torch.randn(7, 5), kind))
model = Field()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, kind in batches:
    noise, t = torch.randn_like(x), torch.rand(len(x), 1)
    {body}
    loss = F.mse_loss(model({given}), {wanted})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
ASSIGNED = "order = nearest(torch.cdist(noise, x))"


def found(body, given="t * x + (1 - t) * noise, t, kind", wanted="x - noise"):
    return slugs(PROGRAM.format(body=body.replace("; ", "\n    "), given=given, wanted=wanted), "")


@pytest.mark.parametrize("order", [ASSIGNED, "order = x.norm(dim=1).argsort()", "_, order = x[:, 0].sort()"])
@pytest.mark.parametrize("move", ["x = x[order]", "x = x.index_select(0, order)", "x = x[order, :]"])
def test_a_label_that_stays_behind(order, move):
    if move != "x = x[order, :]":
        assert found(f"{order}; {move}") == ["rows_moved_alone"]
    assert found(f"{order}; x, kind = x[order], kind[order]") == []


def test_a_label_that_is_moved_and_its_sample_that_is_not():
    assert found(f"{ASSIGNED}; kind = kind[order]") == ["rows_moved_alone"]


@pytest.mark.parametrize(
    "body",
    [
        # Noise belongs to nobody.
        "order = nearest(torch.cdist(x, noise)); noise = noise[order]",
        "order = torch.randperm(len(x)); x = x[order]",
        "x, kind = x[x.norm(dim=1).argsort()], kind[x.norm(dim=1).argsort()]",
        "x = x[x.norm(dim=1).argsort()][x.norm(dim=1).argsort().argsort()]",
    ],
)
def test_orders_that_are_meant(body):
    assert found(body) == []


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("0.7 * x + 0.3 * x[order], t, kind", "x"),
        ("x[order], t, kind", "x"),
        ("x, t, kind", "x[order]"),
    ],
)
def test_rows_that_are_mixed_or_held_against_their_own(given, wanted):
    assert "rows_moved_alone" not in found("order = x.norm(dim=1).argsort()", given, wanted)


LOADED = """
from torch.utils.data import DataLoader, TensorDataset
from torch.nn.utils.rnn import pack_padded_sequence


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.gru, self.out = nn.Embedding(9, 4), nn.GRU(4, 6, batch_first=True), nn.Linear(8, 3)

    def forward(self, words, lengths, place):
        _, last = self.gru(pack_padded_sequence(self.words(words), lengths, batch_first=True))
        return self.out(torch.cat([last[-1], place], 1))


data = TensorDataset(
    torch.randint(0, 9, (24, 7)), torch.randint(1, 8, (24,)), torch.randn(24, 2), torch.randint(0, 3, (24,))
)
model = Reader()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for words, lengths, place, kind in DataLoader(data, 6, shuffle=True):
    lengths, order = lengths.sort(descending=True)
    {move}
    loss = F.cross_entropy(model(words, lengths, place), kind)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_what_is_read_beside_sequences_that_were_sorted():
    assert slugs(LOADED.format(move="words, kind = words[order], kind[order]"), "") == ["rows_moved_alone"]
    assert slugs(LOADED.format(move="words, place, kind = words[order], place[order], kind[order]"), "") == []


_COST = "cost = torch.cdist(noise, x)"


@pytest.mark.parametrize(
    "order",
    [
        "order = (-cost).softmax(1).multinomial(1).squeeze(1)",
        "order = cost.argmin(1)",
        "_, order = (noise @ x.t()).max(dim=1)",
        "order = ((noise[:, None] - x[None]) ** 2).sum(-1).topk(1, largest=False).indices[:, 0]",
        "order = torch.multinomial(torch.exp(-cost).flatten(), len(x)) % len(x)",
        "order = torch.multinomial(torch.softmax(-cost.flatten() / 2, 0), len(x), replacement=True) % len(x)",
        "order = torch.multinomial((-2 * cost.reshape(-1)).exp(), len(x)).remainder(len(x))",
        "plan = cost.sum(1)[:, None] * (-cost).exp(); order = (plan / plan.sum()).view(-1).multinomial(7) % len(x)",
    ],
)
def test_rows_that_are_picked_for_the_noise(order):
    assert found(f"{_COST}; {order}; x = x[order]") == ["rows_moved_alone"]
    assert found(f"{_COST}; {order}; x, kind = x[order], kind[order]") == []


@pytest.mark.parametrize(
    ("body", "given", "wanted"),
    [
        # The batch is read as it was, too; noise that is picked for the batch; rows that are picked by chance alone.
        (f"{_COST}; order = cost.argmin(1)", "x, t, kind", "x[order]"),
        (f"{_COST}; noise = noise[cost.argmin(0)]", "t * x + (1 - t) * noise, t, kind", "x - noise"),
        ("x = x[torch.randint(0, len(x), (len(x),))]", "t * x + (1 - t) * noise, t, kind", "x - noise"),
        # The label is that of what the rows were picked for.
        (
            "other = centres[kind] + noise; order = torch.cdist(other, x).argmin(1); x = x[order]",
            "t * x + (1 - t) * other, t, kind",
            "x - other",
        ),
    ],
)
def test_rows_that_may_be_picked_so(body, given, wanted):
    assert found(body, given, wanted) == []


def test_a_helper_that_knows_no_labels():
    helper = "def coupled(noise, x):\n    order = torch.cdist(noise, x).argmin(1)\n    return x[order]\n\n\n"
    body = PROGRAM.replace("centres, batches", helper + "centres, batches")
    filled = body.format(body="x = coupled(noise, x)", given="t * x + (1 - t) * noise, t, kind", wanted="x - noise")
    assert slugs(filled, "") == ["rows_moved_alone"]


COUPLED = """def coupled(noise, x, kind):
    plan = torch.softmax(-torch.cdist(noise, x).flatten(), 0)
    pick = torch.multinomial(plan, len(x), replacement=True)
    i, j = pick // len(x), pick % len(x)
    return noise[i], x[j], kind{moved}


"""


def line_told(moved, body):
    program = PROGRAM.replace("centres, batches", COUPLED.format(moved=moved) + "centres, batches")
    return lines_told(program.format(body=body, given="t * x + (1 - t) * noise, t, kind", wanted="x - noise"), "")


def test_pairs_that_are_drawn_by_a_plan_move_what_belongs_to_their_rows():
    together = "noise, x, kind = coupled(noise, x, kind)"
    assert line_told("", together) == ["return noise[i], x[j], kind"]
    assert line_told("", "noise, x, _ = coupled(noise, x, kind)") == [
        "loss = F.mse_loss(model(t * x + (1 - t) * noise, t, kind), x - noise)"
    ]
    assert line_told("[j]", together) == []
