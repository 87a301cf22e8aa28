"""Steps that are read backwards beside the same steps as they are: turned back, left as they were read, or pooled."""

from __future__ import annotations

import pytest
from programs import audited, slugs

KIND = "reading_not_turned_back"
TAGGER = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.ahead, self.behind = nn.GRU(3, 8, batch_first={first}), nn.GRU(3, 8, batch_first={first})
        self.cell, self.enter, self.out = nn.LSTMCell(3, 8), nn.Linear(3, 8), nn.LazyLinear(5)

    def forward(self, x):
        a, _ = self.ahead(x)
        {read}
        return {out}


model = Model()
model(torch.randn({sizes}, 3))
criterion = nn.MSELoss()
batches = [(torch.randn({sizes}, 3), torch.randn({asked})) for _ in range(3)]
"""
LOOP = """steps, b = x.unbind(1), []
        h = c = torch.zeros(len(x), 8)
        for at in range(x.shape[1] - 1, -1, -1):
            h, c = self.cell(x[:, at], (h, c))
            b{put}"""
BACK = "b, _ = self.behind(x.flip(1))"
EACH = "self.out(torch.cat([a, b], dim=-1))"


def program(read, out, *, first=True, asked="4, 7, 5"):
    sizes = "4, 7" if first else "7, 4"
    return TAGGER.format(read=read, out=out, first=first, sizes=sizes, asked=asked if first else f"{sizes}, 5")


@pytest.mark.parametrize(
    ("read", "out", "is_first", "edit"),
    [
        (BACK, EACH, True, "return self.out(torch.cat([a, b.flip(1)], dim=-1))"),
        (BACK, "self.out(torch.relu(a) + b)", True, "return self.out(torch.relu(a) + b.flip(1))"),
        (BACK, "self.out(torch.stack((a, b), dim=2).flatten(2))", True, None),
        (BACK, "self.out(torch.cat([F.dropout(b, 0.1), self.enter(x)], 2))", True, None),
        ("b, _ = self.behind(x[:, torch.arange(6, -1, -1)])", EACH, True, None),
        ("b, _ = self.behind(torch.flip(x, [0]))", EACH, False, "return self.out(torch.cat([a, b.flip(0)], dim=-1))"),
        (LOOP.format(put=".append(h)"), "self.out(torch.cat([a, torch.stack(b, 1)], dim=-1))", True, None),
    ],
)
def test_readings_that_lie_as_they_were_read(read, out, is_first, edit):
    found = audited(program(read, out, first=is_first))
    (slug, edits), *others = [item for item in found if item[0] != "samples_or_steps"]
    assert (slug, others) == (KIND, [])
    assert edit is None or edits == [f"        {edit}\n"]


@pytest.mark.parametrize(
    ("read", "out", "asked"),
    [
        (BACK, "self.out(torch.cat([a, b.flip(1)], dim=-1))", "4, 7, 5"),
        ("b, _ = self.behind(x.flip(1)); b = b[:, torch.arange(6, -1, -1)]", EACH, "4, 7, 5"),
        (LOOP.format(put=".append(h)"), "self.out(torch.cat([a, torch.stack(b[::-1], 1)], dim=-1))", "4, 7, 5"),
        (LOOP.format(put=".insert(0, h)"), "self.out(torch.cat([a, torch.stack(b, 1)], dim=-1))", "4, 7, 5"),
        # The last place of each has read the whole sequence, and so has what is pooled.
        (BACK, "self.out(torch.cat([a, b], dim=-1)[:, -1])", "4, 5"),
        (BACK, "self.out(torch.cat([a, b], dim=-1).mean(1))", "4, 5"),
        (BACK, "self.out(torch.cat([a, b], dim=-1).amax(1))", "4, 5"),
        # Both in one direction, and two readings that have answers of their own.
        ("b, _ = self.behind(x)", EACH, "4, 7, 5"),
        (BACK, "torch.cat([self.out(F.pad(a, (0, 8))), self.out(F.pad(b, (8, 0)))], dim=-1)", "4, 7, 10"),
        # Steps that are only shown in the other order as well.
        ("b = x.flip(1)", "self.out(torch.cat([a, b], dim=-1))", "4, 7, 5"),
    ],
)
def test_readings_that_are_meant_as_they_lie(read, out, asked):
    assert KIND not in slugs(program(read, out, asked=asked))
