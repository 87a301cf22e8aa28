"""Maps that gather the places of an image, and hand out again what they gathered: which axis each shares out."""

from __future__ import annotations

import pytest
from programs import audited, slugs

DOUBLE = """
class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.feats, self.gather, self.give = (nn.Conv2d(10, n, 1) for n in (7, 4, 4))
        self.both, self.back = nn.Conv2d(10, 8, 1), nn.Conv2d(7, 10, 1)
        self.table = nn.Parameter(torch.randn(4, 7))
        self.over_maps, self.over_places = nn.Softmax(dim=1), nn.Softmax(dim=2)

    def forward(self, x):
        b, _, h, w = x.shape
        f, g, d = self.feats(x).flatten(2), self.gather(x).flatten(2), self.give(x).flatten(2)
{body}
        return x + self.back(z.reshape(b, 7, h, w))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.attend, self.out = nn.Conv2d(3, 10, 3, padding=1), Attend(), nn.Linear(10, 5)

    def forward(self, x):
        return self.out(F.relu(self.attend(self.stem(x))).mean((2, 3)))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 3, 8, 9), torch.randint(0, 5, (6,))) for _ in range(3)]
"""


def of(*lines):
    return DOUBLE.format(body="\n".join(f"        {line}" for line in lines))


@pytest.mark.parametrize(
    ("wrong", "right", "rest"),
    [
        ("g = F.softmax(g, dim=1)", "g = F.softmax(g, dim=2)", "z = f.bmm(g.transpose(1, 2)).bmm(d.softmax(1))"),
        ("g = self.over_maps(g)", "g = self.over_places(g)", "z = (f @ g.mT) @ self.over_maps(d)"),
        (
            "g = g.softmax(1)",
            "g = g.softmax(2)",
            "z = torch.einsum('bcm,bmp->bcp', torch.einsum('bcp,bmp->bcm', f, g), d.softmax(1))",
        ),
        # Places in front, and what hands out on the left.
        (
            "g = g.transpose(1, 2).softmax(dim=2)",
            "g = g.transpose(1, 2).softmax(dim=1)",
            "z = (d.mT.softmax(2) @ (g.transpose(1, 2) @ f.transpose(1, 2))).transpose(1, 2)",
        ),
        (
            "g, d = self.both(x).flatten(2).chunk(2, 1); g = g.softmax(1)",
            "g, d = self.both(x).flatten(2).chunk(2, 1); g = g.softmax(2)",
            "z = torch.matmul(torch.matmul(f, g.permute(0, 2, 1)), d.softmax(dim=1))",
        ),
    ],
)
def test_what_gathers_the_places_shares_out_the_places(wrong, right, rest):
    assert slugs(of(wrong, rest)) == ["weights_along_other_axis"]
    assert slugs(of(right, rest)) == []


def test_the_axis_of_the_places_is_written():
    (_, (edit,)), *_ = audited(of("g = F.softmax(g, dim=1)", "z = f @ g.transpose(1, 2) @ F.softmax(d, dim=1)"))
    assert edit.strip() == "g = F.softmax(g, dim=2)"


@pytest.mark.parametrize(
    "lines",
    [
        # Places that compete for clusters, which are handed out as they were gathered.
        ("g = g.softmax(1)", "z = f @ g.mT @ g"),
        # A mean, however it is made one; or vectors of one length.
        ("g = g.softmax(1)", "z = (f @ g.mT / g.sum(2)[:, None]) @ d.softmax(1)"),
        ("g = g.softmax(1)", "g = g / g.sum(2, keepdim=True)", "z = f @ g.mT @ d.softmax(1)"),
        ("g = g.softmax(1)", "z = F.normalize(f @ g.mT, dim=1) @ d.softmax(1)"),
        # Each map paints what it gathered at one place of its own.
        ("g = g.softmax(2)", "z = f @ g.mT @ d.softmax(2)"),
        # Nothing is a mean here.
        ("z = f @ g.sigmoid().mT @ d.softmax(1)",),
        ("z = f @ g.softmax(1).mT @ d",),
        # Entries of a table that the places mix, or what is gathered and never handed out.
        ("z = (d.softmax(1).mT @ self.table).mT",),
        ("g = g.softmax(1)", "z = f + (f @ g.mT).mean(2, keepdim=True)"),
    ],
)
def test_maps_that_are_meant_as_they_are(lines):
    assert slugs(of(*lines)) == []


MEMORY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.value, self.write, self.read = (nn.Linear(6, n) for n in (7, 4, 4))
        self.out = nn.Linear(7, 5)

    def forward(self, x):
        written, read = self.write(x).softmax(-1), self.read(x).softmax(-1)
        return self.out((read @ (written.mT @ self.value(x))).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(8, 9, 6), torch.randint(0, 5, (8,))) for _ in range(3)]
"""


def test_a_memory_is_written_and_read_under_the_same_keys():
    assert slugs(MEMORY) == []
