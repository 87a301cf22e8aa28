"""Distances to centres, and between all pairs of items, along the features and along another axis."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PULLED = """
model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 4))

def criterion(out, groups):
    loss = 0
    for emb, group in zip(out, groups):
        for i in (1, 2):
            p = emb[group == i]
            {measured}
    return loss


def batch():
    return torch.randn(3, 10, 3), torch.tensor([0, 1, 2, 1, 2, 1, 1, 0, 2, 1]).repeat(3, 1)


batches = [batch() for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("measured", "wrong", "right"),
    [
        ("d = torch.norm(p - p.mean(0), dim={}); loss = loss + F.relu(d - 0.1).pow(2).mean()", 0, 1),
        ("d = (p - p.mean(dim=0, keepdim=True)).norm(dim={}); loss = loss + (d - 0.1).clamp(min=0).mean()", 0, 1),
        ("d = torch.linalg.norm(p - p.mean(0)[None], dim={}); loss = loss + torch.relu(d - 0.1).mean()", 0, -1),
        ("d = ((p - p.mean(0)) ** 2).sum({}).sqrt(); loss = loss + F.relu(d - 0.1).mean()", 0, 1),
        ("q = p.t(); d = (q - q.mean(1, keepdim=True)).norm(dim={}); loss = loss + F.relu(d - 0.1).mean()", 1, 0),
    ],
)
def test_a_distance_to_the_centre(measured, wrong, right):
    assert slugs(PULLED.format(measured=measured.format(wrong))) == ["distance_along_items"]
    assert slugs(PULLED.format(measured=measured.format(right))) == []


def test_the_edit_gives_the_other_axis():
    measured = "d = torch.norm(p - p.mean(0), dim=0)\n            loss = loss + F.relu(d - 0.1).mean()"
    found = audited(PULLED.format(measured=measured))
    assert [edits for _, edits, *_ in found] == [["            d = torch.norm(p - p.mean(0), dim=1)\n"]]


@pytest.mark.parametrize(
    "measured",
    [
        # How much the features vary, which must not be too little.
        "d = (p - p.mean(0)).pow(2).mean(0).sqrt(); loss = loss + F.relu(1 - d).mean()",
        "d = (p - p.mean(0)).norm(dim=0); loss = loss + F.relu(1 - d).mean()",
        # The spread itself.
        "loss = loss + ((p - p.mean(0)) ** 2).mean(0).sum()",
        # Correlations of features.
        "c = p - p.mean(0); c = c / c.norm(dim=0, keepdim=True); loss = loss + (c.t() @ c).pow(2).mean()",
        # Deviations of each step from its own mean over the features.
        "d = (p - p.mean(1, keepdim=True)).norm(dim=0); loss = loss + F.relu(d - 0.1).mean()",
    ],
)
def test_what_is_measured_along_the_items_on_purpose(measured):
    assert "distance_along_items" not in slugs(PULLED.format(measured=measured))


PAIRS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 8)
        self.centres = nn.Parameter(torch.randn(5, 8))

    def forward(self, x):
        e, c = self.embed(x), self.centres
        {scores}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 3), torch.randint(0, 5, (6,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("scores", "wrong", "right"),
    [
        ("return -((e[:, None] - c[None]) ** 2).sum({})", 1, 2),
        ("return -torch.norm(e.unsqueeze(1) - c, dim={})", 1, -1),
        ("return -(e.unsqueeze(1) - c.unsqueeze(0)).abs().sum(dim={}) / 2", 1, 2),
        ("return (e.unsqueeze(1) - c.unsqueeze(0)).pow(2).mean({}).neg().log_softmax(1)", 1, 2),
    ],
)
def test_distances_to_prototypes(scores, wrong, right):
    assert slugs(PAIRS.format(scores=scores.format(wrong))) == ["distance_along_items"]
    assert slugs(PAIRS.format(scores=scores.format(right))) == []


@pytest.mark.parametrize(
    "scores",
    [
        # What all differ by in each feature, read by a layer.
        "g = (e[:, None] - c[None]).pow(2).sum(1); return g @ c.t()",
        # One difference for each sample.
        "return -((e - c.mean(0)) ** 2)",
        # Kernels, added up over the features.
        "return (-(e[:, None] - c[None]) ** 2).exp().mean(2)",
        "return -torch.cdist(e, c)",
    ],
)
def test_differences_that_are_no_distances(scores):
    assert "distance_along_items" not in slugs(PAIRS.format(scores=scores))


THREE = """
embed = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 4))
optimizer = torch.optim.SGD(embed.parameters(), 0.01)
for x in torch.randn(3, 3, 7, 3):
    a, p, n = embed(x[0]), embed(x[1]), embed(x[2])
    {measured}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    "measured",
    [
        "loss = F.relu((a - p).pow(2).sum({axis}) - (a - n).pow(2).sum({axis}) + 0.5).mean()",
        "d, e = (a - p).norm(dim={axis}), (a - n).norm(dim={axis}); loss = (d - e + 1.0).clamp(min=0).mean()",
        "d, e = torch.norm(p - a, dim={axis}), torch.norm(a - n, dim={axis}); loss = F.softplus(d - e).sum()",
        "d, e = ((a - p) ** 2).sum({axis}).sqrt(), ((a - n) ** 2).sum({axis}).sqrt(); loss = F.relu(1 + d - e).mean()",
    ],
)
def test_what_is_like_an_item_and_what_is_not(measured):
    assert slugs(THREE.format(measured=measured.format(axis=0)), "") == ["distance_along_items"]
    assert slugs(THREE.format(measured=measured.format(axis=1)), "") == []


@pytest.mark.parametrize(
    "measured",
    [
        # How much the features of two views vary, one against the other.
        "d, e = (a - a.mean(0)).norm(dim=0), (p - p.mean(0)).norm(dim=0); loss = F.relu(d - e + 0.1).mean()",
        # Two tensors apart, and two others.
        "d, e = (a - p).norm(dim=0), (n - n.flip(0)).norm(dim=0); loss = F.relu(d - e + 0.1).mean()",
        # No margin: how far the features of all items are apart.
        "d, e = (a - p).norm(dim=0), (a - n).norm(dim=0); loss = (d - e).pow(2).mean()",
        # One number for all.
        "loss = F.relu((a - p).pow(2).sum() - (a - n).pow(2).sum() + 0.5)",
    ],
)
def test_two_distances_of_features_on_purpose(measured):
    assert "distance_along_items" not in slugs(THREE.format(measured=measured), "")


NODES = """
mix = nn.Sequential(nn.Linear(7, 7), nn.Tanh())
optimizer = torch.optim.SGD(mix.parameters(), 0.01)
for x in torch.randn(4, 3, 11, 7):
    a, p, n = (mix(part[{drawn}]) for part in x)
    loss = F.relu((a - p).pow(2).sum(0) - (a - n).pow(2).sum(0) + 0.5).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_what_keeps_its_size_may_be_nodes_with_channels_beside_them():
    assert slugs(NODES.format(drawn=":5"), "") == []
    assert slugs(NODES.format(drawn="torch.randperm(11)[:5]"), "") == ["distance_along_items"]
