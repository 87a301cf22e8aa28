"""Grids, masks and maps that meet position by position, flattened in the same order and in others."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

MAPS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.less = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 6, 3, 2, 1)
        self.place, self.linear, self.wide = nn.Linear(2, 6), nn.Linear(6, 5), nn.Linear(8, 5)
        self.table = nn.Parameter(torch.randn({w}, {h}, 6))
        self.rows, self.columns = nn.Embedding({h}, 6), nn.Embedding({w}, 6)

    def forward(self, x):
        h, w = x.shape[2:]
        maps = self.conv(x).tanh()
        flat = maps.flatten(2).transpose(1, 2)
        {body}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 2, {h}, {w}), torch.randint(0, 5, (4,))) for _ in range(3)]
"""
GRID = (
    "grid = torch.stack(torch.meshgrid(torch.arange({}), torch.arange({}), indexing='{}'), -1).reshape(-1, 2).float()"
)
ADDED = "return self.linear((flat + self.place(grid)).relu().mean(1))"
BESIDE = "return self.wide(torch.cat([flat, grid.expand(len(x), -1, -1)], -1).relu().amax(1))"
SHAKEN = "steps = torch.arange({}).view(-1, 1) * 10 + torch.arange({})"


@pytest.mark.parametrize("use", [ADDED, BESIDE])
@pytest.mark.parametrize(
    ("sizes", "indexing", "is_wrong"),
    [("w h", "ij", True), ("h w", "xy", True), ("h w", "ij", False), ("w h", "xy", False)],
)
def test_a_grid_beside_a_map(use, sizes, indexing, is_wrong):
    body = GRID.format(*sizes.split(), indexing) + "\n        " + use
    assert slugs(MAPS.format(h=5, w=8, body=body)) == (["flattened_in_other_order"] if is_wrong else [])


def test_on_a_square_map_nothing_is_said():
    body = GRID.format("w", "h", "ij") + "\n        " + ADDED
    assert slugs(MAPS.format(h=6, w=6, body=body)) == []


@pytest.mark.parametrize(
    ("sizes", "is_wrong"),
    [(("w", "h"), True), (("h", "w"), False)],
)
@pytest.mark.parametrize(
    "use",
    [
        "return self.linear((flat * steps.flatten()[:, None] / 80).amax(1))",
        "return self.linear(torch.where(steps.reshape(1, -1, 1) % 3 == 0, flat, flat * 0).amax(1))",
        "return self.linear((flat.mT * steps.view(h * w)).mean(2) / 80)",
    ],
)
def test_numbers_of_places(use, sizes, is_wrong):
    body = SHAKEN.format(*sizes) + "\n        " + use
    assert slugs(MAPS.format(h=5, w=8, body=body)) == (["flattened_in_other_order"] if is_wrong else [])


@pytest.mark.parametrize(
    ("parts", "is_wrong"), [("(h, w), (h // 2, w // 2)", False), ("(w, h), (w // 2, h // 2)", True)]
)
def test_levels_one_behind_the_other(parts, is_wrong):
    body = f"""levels = torch.cat([flat, self.less(maps).flatten(2).mT], 1)
        grids = [torch.arange(a * b).view(a, b).flip(0).reshape(-1, 1) for a, b in ({parts})]
        return self.linear((levels * torch.cat(grids).float()).mean(1))"""
    assert slugs(MAPS.format(h=6, w=8, body=body)) == (["flattened_in_other_order"] if is_wrong else [])


@pytest.mark.parametrize(
    "body",
    [
        # A table that is learned place by place, and the same number everywhere.
        "return self.linear((flat + self.table.flatten(0, 1)).relu().mean(1))",
        "return self.linear((flat * torch.full((w, h), 0.5).reshape(-1, 1)).mean(1))",
        # A map that is read along its rows and along its columns.
        "return self.linear(torch.cat([flat, maps.transpose(2, 3).flatten(2).mT], 1).amax(1))",
        "return self.wide(torch.cat([flat, maps.mT.flatten(2).mT[..., :2]], -1).amax(1))",
        # Rows and columns with a vector each.
        "return self.linear((flat * (self.rows.weight[:, None] + self.columns.weight).flatten(0, 1)).mean(1))",
        # What was turned there is turned back.
        "return self.linear((flat + maps.mT.flatten(2).view(-1, 6, w, h).mT.flatten(2).mT).relu().mean(1))",
    ],
)
def test_orders_that_are_meant_as_they_are(body):
    assert slugs(MAPS.format(h=5, w=8, body=body)) == []


def test_two_maps_of_which_one_was_turned():
    body = "return self.linear((flat + maps.transpose(2, 3).flatten(2).mT).relu().mean(1))"
    assert slugs(MAPS.format(h=5, w=8, body=body)) == ["flattened_in_other_order"]


PIXELS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.classify, self.project = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 4, 1), nn.Conv2d(6, 5, 1)

    def forward(self, x):
        h = self.conv(x).relu()
        return self.classify(h), self.project(h)


def contrast(maps, labels):
    vectors = F.normalize(maps.permute(0, 2, 3, 1).flatten(1, 2), dim=-1)
    rows = {rows}
    labels = {labels}
    itself = torch.eye(len(rows), dtype=torch.bool)
    same = (labels == labels.t()).masked_fill(itself, False).float()
    shares = (rows @ rows.t() / 0.2).masked_fill(itself, -1e9).log_softmax(1)
    return -(same * shares).sum(1).mean()


model = Model()
batches = [(torch.randn(3, 2, 4, 4), torch.randint(0, 4, (3, 4, 4))) for _ in range(3)]


def criterion(out, labels):
    return F.cross_entropy(out[0], labels) + 0.1 * contrast(out[1], labels)
"""


@pytest.mark.parametrize(
    ("rows", "right"),
    [
        ("torch.cat(torch.unbind(vectors, dim=1), dim=0)", "torch.cat(torch.unbind(vectors, dim=0), dim=0)"),
        ("torch.cat([vectors[:, k] for k in range(16)])", "torch.cat([vectors[k] for k in range(3)])"),
        ("torch.cat([*vectors.transpose(0, 1)])", "torch.cat([*vectors])"),
        ("torch.stack(vectors.unbind(1)).flatten(0, 1)", "torch.stack(vectors.unbind(0)).flatten(0, 1)"),
        ("vectors.transpose(0, 1).reshape(-1, 5)", "vectors.reshape(-1, 5)"),
    ],
)
def test_rows_that_were_taken_apart_and_joined(rows, right):
    labels = "labels.contiguous().view(-1, 1)"
    assert slugs(PIXELS.format(rows=rows, labels=labels)) == ["flattened_in_other_order"]
    assert slugs(PIXELS.format(rows=right, labels=labels)) == []


@pytest.mark.parametrize(
    ("rows", "labels"),
    [
        # Both pixel by pixel.
        ("torch.cat(vectors.unbind(1))", "labels.flatten(1).t().reshape(-1, 1)"),
        ("torch.cat(vectors.unbind(1))", "torch.cat(labels.flatten(1).unbind(1))[:, None]"),
        # The labels of each image, once for each of its pixels, as views of a sample have them.
        ("torch.cat(vectors.unbind(1))", "labels[:, 0, 0].repeat(16)[:, None]"),
        # Along the features nothing was turned.
        ("torch.cat([*vectors.flatten(0, 1).split(5)])", "labels.reshape(-1, 1)"),
        ("torch.cat(vectors.flatten(0, 1).unbind(1)).view(5, -1).t()", "labels.reshape(-1, 1)"),
    ],
)
def test_rows_that_come_in_the_order_of_the_labels(rows, labels):
    assert slugs(PIXELS.format(rows=rows, labels=labels)) == []


def test_the_place_is_where_the_pieces_are_joined():
    rows = "torch.cat(vectors.unbind(1))"
    assert lines_told(PIXELS.format(rows=rows, labels="labels.reshape(-1, 1)")) == [f"rows = {rows}"]


MEASURED = """
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(4, 9), nn.Linear(9, 3, bias=False)

    def forward(self, x):
        return self.linear(self.gru(x.transpose(0, 1))[0])


model = Tagger()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, y = torch.randn(6, 11, 4), torch.randint(0, 3, (6, 11))
    loss = F.cross_entropy(model(x).permute(1, 2, 0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    x, y = torch.randn({size}, 11, 4), torch.randint(0, 3, ({size}, 11))
    guess = model(x).argmax(dim=-1)
    {guess}
    {hits}
    print(hits.float().mean().item())
"""


@pytest.mark.parametrize(
    ("size", "guess", "hits", "told"),
    [
        (5, "flat = guess.reshape(-1)", "hits = flat == y.reshape(-1)", ["flat = guess.reshape(-1)"]),
        (5, "flat = guess.flatten()", "hits = flat.eq(y.flatten())", ["flat = guess.flatten()"]),
        (5, "flat = guess.t().reshape(-1)", "hits = flat == y.t().reshape(-1)", ["flat = guess.t().reshape(-1)"]),
        (5, "flat = guess.t().reshape(-1)", "hits = flat == y.reshape(-1)", []),
        (5, "flat = guess.reshape(-1)", "hits = flat == y.t().reshape(-1)", []),
        (5, "flat = guess.t()", "hits = flat == y", []),
        (5, "flat = guess.reshape(-1)", "hits = flat == flat.mode().values", []),
        # As many steps as samples: nothing can be seen.
        (11, "flat = guess.reshape(-1)", "hits = flat == y.reshape(-1)", []),
    ],
)
def test_guesses_held_against_labels(size, guess, hits, told):
    assert lines_told(MEASURED.format(size=size, guess=guess, hits=hits), "") == told


CENTRES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.classify = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 4, 1)

    def forward(self, x):
        maps = self.conv(x)
        return maps, self.classify(maps.relu())


def spread(maps, labels):
    rows = {rows}
    labels = {labels}
    {picked}
    return picked.pow(2).mean()


model = Model()
batches = [(torch.randn(3, 2, 5, 8), torch.randint(0, 4, (3, 5, 8))) for _ in range(3)]


def criterion(out, labels):
    return F.cross_entropy(out[1], labels) + 0.1 * spread(out[0], labels)
"""
TURNED, RIGHT = "maps.transpose(1, 3).reshape(-1, 6)", "maps.permute(0, 2, 3, 1).reshape(-1, 6)"


@pytest.mark.parametrize(
    "picked",
    [
        "picked = torch.cat([rows[labels == k] - rows[labels == k].mean(0) for k in range(4)])",
        "picked = rows[labels.gt(1)]",
        "picked = torch.zeros(4, 6).index_add(0, labels, rows)",
    ],
)
@pytest.mark.parametrize(
    ("rows", "labels", "told"),
    [
        (TURNED, "labels.reshape(-1)", [f"rows = {TURNED}"]),
        (RIGHT, "labels.mT.reshape(-1)", ["labels = labels.mT.reshape(-1)"]),
        (RIGHT, "labels.reshape(-1)", []),
        (TURNED, "labels.mT.reshape(-1)", []),
    ],
)
def test_rows_beside_the_flags_that_pick_them(picked, rows, labels, told):
    assert lines_told(CENTRES.format(rows=rows, labels=labels, picked=picked)) == told


def test_flags_of_whole_rows_are_read_as_they_are():
    picked = "picked = rows.view(3, 40, 6)[labels.view(3, 40).amax(1) > 2]"
    assert lines_told(CENTRES.format(rows=TURNED, labels="labels.reshape(-1)", picked=picked)) == []


ACTIONS = """
model = nn.Linear(6, 4)
batches = [(torch.randn(7, 5, 6), torch.randint(0, 4, (7, 5))) for _ in range(3)]


def criterion(scores, actions):
    chosen = actions{turn}.reshape(-1, 1)
    return -scores{scores}.reshape(-1, 4).log_softmax(1).gather(1, chosen).mean()
"""


@pytest.mark.parametrize(
    ("turn", "scores", "told"),
    [
        (".t()", "", ["chosen = actions.t().reshape(-1, 1)"]),
        ("", "", []),
        (".t()", ".transpose(0, 1)", []),
    ],
)
def test_actions_that_are_picked_of_rows(turn, scores, told):
    assert sorted({*lines_told(ACTIONS.format(turn=turn, scores=scores))}) == told
