"""Axes known by their use: classes by the loss, heads by how they were cut, samples by a loader's own collate."""

from __future__ import annotations

import pytest
from programs import slugs

GUESS = """
net = nn.Conv1d(3, 6, 3, padding=1)
for _ in range(3):
    x, y = torch.randn(5, 3, 6), torch.randint(0, 6, (5, 6))
    scores = net(x)
    loss = F.cross_entropy(scores, y)
    loss.backward()
    print(({guess} == {label}).float().mean().item())
"""


@pytest.mark.parametrize(
    ("guess", "label", "found"),
    [
        ("scores.argmax(-1)", "y", True),
        ("scores.detach().softmax(1).max(2)[1]", "y", True),
        ("scores.transpose(1, 2).argmax(1)", "y", True),
        ("scores.argmax(1)", "y", False),
        ("scores.transpose(1, 2).argmax(-1)", "y", False),
        ("scores.argmax(-1)", "torch.zeros(5, 6).long()", False),
    ],
)
def test_classes_are_where_the_loss_takes_them(guess, label, found):
    assert slugs(GUESS.format(guess=guess, label=label), "") == ["argmax_along_other_axis"] * found


def test_a_loss_of_both_directions_has_guesses_of_both_directions():
    body = """
    net = nn.Linear(3, 6)
    for _ in range(2):
        x, other, y = torch.randn(6, 3), torch.randn(6, 6), torch.arange(6)
        scores = net(x) @ other.t()
        (F.cross_entropy(scores, y) + F.cross_entropy(scores.t(), y)).backward()
        print((scores.argmax(1) == y).sum().item(), (scores.t().argmax(1) == y).sum().item())
    """
    assert slugs(body, "") == []


HEADS = """
qkv, out = nn.Linear(8, 24), nn.Linear(8, 5)
for _ in range(2):
    x, y = torch.randn(3, 6, 8), torch.randint(0, 5, (3,))
    q, k, v = (z.view(3, 6, 2, 4).transpose(1, 2) for z in qkv(x).chunk(3, -1))
    z = F.scaled_dot_product_attention(q, k, v)
    loss = F.cross_entropy(out({joined}).mean(1), y)
    loss.backward()
"""
CUT_AT_ONCE = [
    ("q, k, v = (z.view(3, 6, 2, 4).transpose(1, 2) for z in qkv(x).chunk(3, -1))", line)
    for line in (
        "q, k, v = qkv(x).view(3, 6, 2, 12).transpose(1, 2).chunk(3, -1)",
        "q, k, v = qkv(x).reshape(3, 6, 2, 12).permute(0, 2, 1, 3).split(4, -1)",
    )
]


@pytest.mark.parametrize("cut", CUT_AT_ONCE)
@pytest.mark.parametrize(
    ("joined", "found"), [("z.reshape(3, 6, 8)", True), ("z.transpose(1, 2).reshape(3, 6, 8)", False)]
)
def test_queries_keys_and_values_may_be_cut_into_heads_as_one(cut, joined, found):
    assert slugs(HEADS.replace(*cut).format(joined=joined), "") == ["axes_renamed"] * found


@pytest.mark.parametrize(
    ("joined", "found"),
    [
        ("z.reshape(3, 6, 8)", True),
        ("z.contiguous().view(3, 6, 8)", True),
        ("z.reshape(3, 6, 2, 4).flatten(2)", True),
        ("z.transpose(1, 2).reshape(3, 6, 2, 4).flatten(2)", False),
        ("z.transpose(1, 2).reshape(3, 6, 8)", False),
        ("z.permute(0, 2, 1, 3).flatten(2)", False),
    ],
)
def test_heads_are_joined_where_they_belong(joined, found):
    assert slugs(HEADS.format(joined=joined), "") == ["axes_renamed"] * found


CROPS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 5)

    def forward(self, x):
        scores = self.linear(torch.cat([x[:, :4], x[:, 4:8], x[:, 8:]]))
        return {mean}


net = Net()
for _ in range(2):
    x, y = torch.randn(6, 12), torch.randint(0, 5, (6,))
    loss = F.cross_entropy(net(x), y)
    loss.backward()
"""


@pytest.mark.parametrize(
    ("mean", "found"),
    [
        ("scores.view(6, 3, -1).mean(1)", True),
        ("scores.view(3, 6, -1).mean(0)", False),
        ("torch.stack(scores.split(6)).mean(0)", False),
    ],
)
def test_rows_of_one_sample_are_cut_as_they_were_put_together(mean, found):
    assert slugs(CROPS.format(mean=mean), "") == ["reshaped_instead_of_permuted"] * found


def test_bags_of_neighbouring_rows_are_left_alone():
    body = """
    net = nn.Linear(4, 5)
    for _ in range(2):
        x, y = torch.randn(12, 4), torch.randint(0, 5, (4,))
        F.cross_entropy(net(x).view(4, 3, -1).mean(1), y).backward()
    """
    assert slugs(body, "") == []


def test_a_moment_that_is_sought_beside_the_class_is_meant():
    both = GUESS + "    print((scores.argmax(2) == y).float().mean().item())\n"
    assert slugs(both.format(guess="scores.argmax(1)", label="y"), "") == []
    assert slugs(both.format(guess="scores.argmin(1)", label="y"), "") == ["argmax_along_other_axis"]


SQUARES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(4, 8), nn.Linear(4, 8)

    def forward(self, pair):
        return self.left(pair[0]) @ self.right(pair[1]).transpose(1, 2)


def criterion(scores, labels):
    {names}
    return F.cross_entropy({rows}, labels)


model = Model()
batches = [(torch.randn(2, {b}, 6, 4), torch.arange(6).repeat({b})) for _ in range(3)]
"""


@pytest.mark.parametrize("batch_size", [3, 6])
@pytest.mark.parametrize(
    ("names", "rows", "found"),
    [
        ("b, n, _ = scores.shape", "scores.reshape(b * n, n)", False),
        ("b, n, m = scores.size()", "scores.view(b * n, m)", False),
        ("b, n, m = scores.size()", "scores.view(b * n, n)", False),
        ("b, n = scores.size(0), scores.size(1)", "scores.view(-1, n)", False),
        ("n = scores.shape[1]", "torch.reshape(scores, (-1, n))", False),
        # Named beside each other, they are two.
        ("b, n, m = scores.shape", "scores.reshape(b, m, n).flatten(0, 1)", True),
    ],
)
def test_the_rows_and_the_columns_of_a_square_have_one_name(batch_size, names, rows, found):
    assert slugs(SQUARES.format(names=names, rows=rows, b=batch_size)) == ["axes_renamed"] * found


MEASURED = """
net = nn.Conv1d(3, 6, 3, padding=1)
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for _ in range(3):
    x, y = torch.randn(5, 3, 8), torch.randint(0, 6, (5, 8))
    loss = F.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
net.eval()
with torch.no_grad():
    scores, size = net(x), 8
    guess = {guess}
    print((guess == {label}).float().mean().item())
"""


@pytest.mark.parametrize(
    ("guess", "label", "found"),
    [
        ("scores.reshape(5, size, 6).argmax(-1)", "y", ["reshaped_instead_of_permuted"]),
        ("scores.softmax(1).view(len(x), -1, 6).max(2).indices", "y", ["reshaped_instead_of_permuted"]),
        ("scores.transpose(1, 2).argmax(-1)", "y", []),
        ("scores.transpose(1, 2).reshape(5, size, 6).argmax(-1)", "y", []),
        ("scores.view(5, 6, 2, 4).argmax(1).view(5, size)", "y", []),
        ("scores.transpose(1, 2).reshape(-1, 6).argmax(1).view(5, size)", "y", []),
        # What is asked for is no class, and the reshape is as wrong.
        ("scores.reshape(5, size, 6).argmax(-1)", "torch.zeros(5, 8)", ["axes_renamed"]),
    ],
)
def test_scores_that_an_evaluation_cuts_into_classes(guess, label, found):
    assert slugs(MEASURED.format(guess=guess, label=label), "") == found


@pytest.mark.parametrize(("places", "found"), [(1, False), (2, True)])
def test_scores_of_a_single_place_have_nothing_to_turn(places, found):
    program = MEASURED.format(guess=f"scores.reshape(5, {places}, 6).argmax(-1)", label="y")
    program = program.replace("(5, 3, 8)", f"(5, 3, {places})").replace("(5, 8)", f"(5, {places})")
    assert slugs(program, "") == ["reshaped_instead_of_permuted"] * found


VOTES = """
model = nn.Conv1d(3, {classes}, 1)
for _ in range(2):
    x, y = torch.randn(5, 3, 8), torch.randint(0, {classes}, (5, 8))
    loss = F.cross_entropy(model(x), y)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= 0.1 * p.grad
model.eval()
votes = torch.zeros(9, {classes})
with torch.no_grad():
    for _ in range(3):
        x, places = torch.randn(4, 3, {size}), torch.randint(0, 9, (4, {size}))
        chances = model(x).{chances}
        for rows, at in zip(chances, places.view({at})):
            votes[at] = 0.9 * votes[at] + 0.1 * rows
print(votes.sum().item())
"""


@pytest.mark.parametrize(
    ("chances", "at", "found"),
    [
        ("softmax(1).reshape(4, 7, 6)", "4, 7", ["reshaped_instead_of_permuted"]),
        ("softmax(1).reshape(-1, 6)", "-1", ["reshaped_instead_of_permuted"]),
        ("softmax(dim=-2).view(28, 6)", "-1", ["reshaped_instead_of_permuted"]),
        ("softmax(1).transpose(1, 2)", "4, 7", []),
        ("softmax(1).transpose(1, 2).reshape(-1, 6)", "-1", []),
        ("softmax(1).mT.reshape(4, 7, 6)", "4, 7", []),
        # What is no chance of the classes may be a row of anything.
        ("sigmoid().reshape(4, 7, 6)", "4, 7", []),
    ],
)
def test_chances_of_classes_stay_in_one_row(chances, at, found):
    at = at if "[:, :, :6]" not in chances else "4, 7)[:, :6].reshape(4, 6"
    assert slugs(VOTES.format(classes=6, size=7, chances=chances, at=at), "") == found


def test_chances_at_a_single_place_are_in_their_order_anyhow():
    assert slugs(VOTES.format(classes=6, size=1, chances="softmax(1).reshape(-1, 6)", at="-1"), "") == []
