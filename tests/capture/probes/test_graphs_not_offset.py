"""Graphs in one batch whose edges stay in their own graph or not, and other edges between groups of nodes."""

from __future__ import annotations

import pytest
from programs import slugs

TOGETHER = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.message, self.head = nn.Linear(4, 6), nn.Linear(6, 1)

    def forward(self, x, edges, which):
        start, end = {ends}
        sent = torch.relu(self.message(x))
        heard = sent + {heard}
        count = int(which.max()) + 1
        return self.head({pooled})[:, 0]

def graph(size):
    ends = [(at, at - 1) for at in range(1, size)] + [(at - 1, at) for at in range(1, size)]
    return torch.randn(size, 4), torch.tensor(ends).T, torch.randn(())

def together(graphs):
    sizes = [len(nodes) for nodes, _, _ in graphs]
    {before}
    x = torch.cat([nodes for nodes, _, _ in graphs])
    edges = torch.cat([ends + first for (_, ends, _), first in zip(graphs, before)], 1)
    which = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    return x, edges, which, torch.stack([target for _, _, target in graphs])

model = Net()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
data = [graph(3 + at % 5) for at in range(40)]
for x, edges, which, y in torch.utils.data.DataLoader(data, 10, shuffle=True, collate_fn=together):
    {between}
    loss = F.mse_loss(model(x, edges, which), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
ADDED = {
    "ends": "edges",
    "heard": "torch.zeros(len(x), 6).index_add(0, end, sent[start])",
    "pooled": "torch.zeros(count, 6).index_add(0, which, heard)",
}
SCATTERED = {
    "ends": "edges[0], edges[1]",
    "heard": "torch.zeros(len(x), 6).scatter_add(0, end[:, None].expand(-1, 6), sent[start])",
    "pooled": "torch.zeros(count, 6).scatter_add(0, which.unsqueeze(1).expand(-1, 6), heard)",
}
TOTAL = "before = [sum(sizes[:at]) for at in range(len(sizes))]"


def program(way, before=TOTAL, between="pass"):
    return TOGETHER.format(before=before, between=between, **way)


@pytest.mark.parametrize("way", [ADDED, SCATTERED])
@pytest.mark.parametrize("before", ["before = [0] + sizes[:-1]", "before = [0] * len(sizes)"])
def test_edges_that_are_moved_on_by_too_little_point_at_the_first_graphs(way, before):
    assert slugs(program(way, before), "") == ["edges_not_offset"]


@pytest.mark.parametrize("way", [ADDED, SCATTERED])
@pytest.mark.parametrize(
    "between",
    [
        "pass",
        # Edges between all groups, as between kinds of nodes or clusters.
        "edges = torch.randint(0, len(x), (2, 60))",
        # Few graphs have any edge, and these stay in their own.
        "edges = edges[:, edges[1] < 3]",
        # One node hears of all others.
        "edges = torch.stack([torch.arange(len(x)), torch.zeros(len(x), dtype=torch.long)])",
        # The groups are spread over the nodes, as colours are.
        "which = which[torch.randperm(len(which))]",
    ],
)
def test_edges_of_which_more_than_the_first_groups_have_some_are_left_alone(way, between):
    assert "edges_not_offset" not in slugs(program(way, between=between), "")


def test_edges_from_nodes_to_what_joins_them_are_numbers_of_two_things():
    way = ADDED | {"heard": "sent.new_zeros(10, 6).index_add(0, end % 10, sent[start])[which]"}
    assert "edges_not_offset" not in slugs(program(way, "before = [0] * len(sizes)"), "")


@pytest.mark.parametrize("way", [ADDED, SCATTERED])
def test_numbers_of_nodes_hold_no_samples_that_could_mix(way):
    assert slugs(program(way), "") == []
