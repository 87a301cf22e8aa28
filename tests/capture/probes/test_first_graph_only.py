"""The edges of one graph, on an axis of the nodes of one graph, and on one of the nodes of all of a batch."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.message, self.last = nn.Linear(3, 6), nn.Linear(6, 6), nn.Linear(6, 1)

    def forward(self, x):
        batch, steps, count, _ = x.shape
        h = {flat}
        heard = {heard}
        return self.last({mixed}).squeeze(-1)


ring = torch.arange(7)
start, end = torch.cat([ring, (ring + 1) % 7]), torch.cat([(ring + 1) % 7, ring])
{edges}
model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 5, 7, 3), torch.randn(4, 5, 7)) for _ in range(2)]
"""
OF_ALL = [
    "self.first(x).relu().reshape(batch * steps * count, -1)",
    "self.first(x.flatten(0, 2)).relu()",
    "self.first(x.contiguous().view(-1, 3))",
]
HEARD = [
    "torch.zeros_like(h).index_add(-2, end, h.index_select(-2, start))",
    "torch.zeros(len(h), 6).index_add_(0, end, self.message(h[start]).tanh())",
    "h.new_zeros(len(h), 6).scatter_add(0, end[:, None].expand(-1, 6), self.message(h)[start])",
]
OFFSETS = (
    "offsets = (torch.arange(20) * 7).unsqueeze(1)\nstart, end = (start + offsets).flatten(), (end + offsets).flatten()"
)


EACH = "(h + heard).view(batch, steps, count, 6)"


def found(flat, heard, edges="", mixed=EACH):
    return slugs(PROGRAM.format(flat=flat, heard=heard, edges=edges, mixed=mixed))


@pytest.mark.parametrize("heard", HEARD)
@pytest.mark.parametrize("flat", OF_ALL)
def test_edges_of_one_graph_among_the_nodes_of_all(flat, heard):
    assert found(flat, heard) == ["edges_not_offset"]


@pytest.mark.parametrize("heard", HEARD)
@pytest.mark.parametrize("flat", OF_ALL)
def test_edges_that_are_offset(flat, heard):
    assert found(flat, heard, OFFSETS) == []


LOOPS = "start, end = torch.cat([start, torch.arange(140)]), torch.cat([end, torch.arange(140)])"


@pytest.mark.parametrize("heard", HEARD)
def test_edges_from_each_node_to_itself_are_none_of_the_other_graphs(heard):
    assert found(OF_ALL[0], heard, LOOPS) == ["edges_not_offset"]
    assert found(OF_ALL[0], heard, f"{OFFSETS}\n{LOOPS}") == []


def test_nodes_that_have_edges_to_themselves_alone():
    assert found(OF_ALL[0], HEARD[0], "start = end = torch.arange(140)") == []


def test_an_axis_of_the_nodes_of_one_graph():
    assert found("self.first(x).reshape(batch * steps, count, -1)", HEARD[0]) == []


def test_rows_that_are_taken_and_added_up_nowhere():
    assert "edges_not_offset" not in found(OF_ALL[0], "self.message(h[start]).mean(0)")


def test_sums_of_their_own_for_the_first_graph():
    heard = "torch.zeros(count, 6).index_add(0, end, h[start]).mean(0)"
    assert "edges_not_offset" not in found(OF_ALL[0], heard)


def test_layers_of_one_thing_that_are_mixed_behind_its_edges():
    # Here the first two axes are no samples: heights and depths, whose lowest plane alone has edges.
    all_planes = f"{EACH} + {EACH}.mean((0, 1), keepdim=True)"
    assert "edges_not_offset" not in found(OF_ALL[0], HEARD[0], mixed=all_planes)
    # Steps may be mixed, as long as the samples are not.
    assert "edges_not_offset" in found(OF_ALL[0], HEARD[0], mixed=f"{EACH} + {EACH}.mean(1, keepdim=True)")
