"""Numbers of rows in what was flattened: counted by the size of the inner axis, and by that of another."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PICKED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.linear = nn.Linear(3, 6), nn.Linear(6, 5)

    def forward(self, x):
        size, steps, _ = x.shape
        h = self.embed(x)
        last = x.abs().sum(2).argmax(1)
        first = x.sum(2).argmin(1)
        {pick}
        return self.linear(picked)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 9, 3), torch.randint(0, 5, (4,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("pick", "edit"),
    [
        (
            "flat = h.view(size * steps, 6)\n        picked = flat[torch.arange(size) * size + last]",
            "picked = flat[torch.arange(size) * steps + last]",
        ),
        ("picked = h.flatten(0, 1).index_select(0, last + size * torch.arange(len(x)))", None),
        ("picked = h.reshape(-1, 6).relu()[last + torch.arange(0, size * size, size)]", None),
        (
            "picked = F.embedding((torch.arange(size) * 4)[:, None] + last[:, None], h.flatten(0, 1))[:, 0]",
            None,
        ),
        (
            "at = (torch.arange(size) * size + last)[:, None].expand(-1, 6); picked = h.flatten(0, 1).gather(0, at)",
            None,
        ),
    ],
)
def test_rows_that_are_counted_with_another_size(pick, edit):
    (slug, edits), *others = audited(PICKED.format(pick=pick))
    assert (slug, others) == ("stride_of_other_axis", [])
    assert edits == ([f"        {edit}\n"] if edit else [])


@pytest.mark.parametrize(
    "pick",
    [
        "flat = h.view(size * steps, 6); picked = flat[torch.arange(size) * steps + last]",
        "picked = h.transpose(0, 1).reshape(-1, 6)[last * size + torch.arange(size)]",
        "picked = h[torch.arange(size), last]",
        "picked = h.flatten(0, 1)[last + torch.arange(0, size * steps, steps)]",
        # Every fourth row of all, and a row from a table that is no place.
        "picked = h.flatten(0, 1)[torch.arange(size) * size]",
        "picked = h.flatten(0, 1)[:4]",
        "picked = h.mean(1) + self.embed.weight.flatten()[torch.arange(6) * 2].view(1, 6)",
    ],
)
def test_rows_that_are_meant_as_they_are(pick):
    assert "stride_of_other_axis" not in slugs(PICKED.format(pick=pick))


MAPS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv2d(1, 6, 3, padding=1), nn.Linear(6, 5)

    def forward(self, x):
        maps = self.conv(x)
        height, width = maps.shape[2:]
        y, x = x.amax(3)[:, 0].argmax(1), x.amax(2)[:, 0].argmax(1)
        at = y * {stride} + x
        return self.linear(maps.flatten(2).gather(2, at.view(-1, 1, 1).expand(-1, 6, 1)).squeeze(2))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(12, 1, {sizes}), torch.randint(0, 5, (12,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("stride", "sizes", "found"),
    [("height", "5, 9", True), ("width", "5, 9", False), ("height", "7, 7", False), ("width", "9, 5", False)],
)
def test_places_of_a_map(stride, sizes, found):
    told = slugs(MAPS.format(stride=stride, sizes=sizes))
    assert told == (["stride_of_other_axis"] if found else [])


GRAPHS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.score, self.out = nn.Linear(3, 6), nn.Linear(12, 1), nn.Linear(6, 5)

    def forward(self, given):
        x, linked = given
        graphs, nodes = linked.shape[:2]
        h = self.embed(x)
        edges = linked.nonzero()
        flat = h.view(graphs * nodes, 6)
        {count}
        ends = torch.cat([flat.index_select(dim=0, index=source), torch.index_select(flat, 0, target)], dim=-1)
        scores = h.new_zeros(linked.shape)
        scores[edges[:, 0], edges[:, 1], edges[:, 2]] = self.score(ends).squeeze(-1)
        return self.out((scores @ h).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
linked = torch.rand({sizes}) < 0.4
batches = [((torch.randn({sizes[0]}, {sizes[1]}, 3), linked), torch.randint(0, 5, ({sizes[0]},))) for _ in range(3)]
"""
COUNTS = (
    "source = edges[:, 0] * {0} + edges[:, 1]\n        target = edges[:, 0] * {0} + edges[:, 2]",
    "first = {0} * edges.t()[0]\n        source, target = first + edges[:, 1], first + edges[:, 2]",
)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("stride", "found"), [("graphs", True), ("nodes", False)])
@pytest.mark.parametrize("sizes", [(4, 7, 7), (3, 8, 8)])
def test_edges_of_several_graphs(count, stride, found, sizes):
    told = audited(GRAPHS.format(count=count.format(stride), sizes=sizes))
    assert [slug for slug, _ in told] == (["stride_of_other_axis"] if found else [])
    edits = told[0][1] if told else []
    assert all("* nodes" in edit or "nodes *" in edit for edit in edits)
    assert len(edits) == found * count.count("{0}")


STORED = """
class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(3, 4)

    def forward(self, seen, allowed):
        return self.score(seen).masked_fill(~allowed, -1e8)


model = Actor()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
seen, allowed, taken = torch.randn({stored}, 3), torch.rand({stored}, 4) < 2, torch.randint(0, 4, {short})
steps = seen{cut}.reshape(-1, 3)
masks = {masks}
choices = taken.reshape(-1)
for rows in torch.randperm(len(choices)).split(18):
    optimizer.zero_grad()
    F.cross_entropy(model(steps[rows], masks[{rows}]), choices[rows]).backward()
    optimizer.step()
"""
LONGER, SHORT = "allowed.reshape(-1, 4)", "[:, :9]"


def stored(masks=LONGER, cut=SHORT, rows="rows", sizes=("6, 10", "(6, 9)")):
    return slugs(STORED.format(stored=sizes[0], short=sizes[1], cut=cut, masks=masks, rows=rows), "")


@pytest.mark.parametrize("masks", [LONGER, "allowed.flatten(0, 1)", "allowed.contiguous().view(6 * 10, 4)"])
def test_rows_that_have_one_step_more(masks):
    assert stored(masks) == ["stride_of_other_axis"]


@pytest.mark.parametrize(
    ("masks", "rows"),
    [
        ("allowed[:, :9].reshape(-1, 4)", "rows"),
        ("allowed[:, 1:].flatten(0, 1)", "rows"),
        (LONGER, "rows // 9 * 10 + rows % 9"),
        ("allowed.transpose(0, 1).reshape(-1, 4)", "rows % 9 * 6 + rows // 9"),
        ("(torch.rand(60, 4) < 2)", "rows"),
    ],
)
def test_rows_that_are_counted_in_what_they_were_made_of(masks, rows):
    assert stored(masks, rows=rows) == []


def test_a_last_step_behind_all_rows_displaces_nothing():
    assert stored(cut="[:9]", sizes=("10, 6", "(9, 6)")) == []
