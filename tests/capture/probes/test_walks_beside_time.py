"""Recurrent layers and what was made step by step: lists, storages, worlds, and what only looks so."""

from __future__ import annotations

import pytest
from programs import audited, slugs

ROLLOUT = """
ROWS, STEPS = 6, 9


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(5, 8), nn.Tanh())
        self.rnn, self.act = nn.{layer}(8, 8{setting}), nn.Linear(8, 3)

    def forward(self, seen):
        out, _ = self.rnn(self.first(seen))
        return self.act(out)


{collect}


model = Policy()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    with torch.no_grad():
        seen, wanted = collect()
    loss = F.cross_entropy(model({given}).flatten(0, 1), {asked}.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
WRITTEN = """
def collect():
    kept, wanted = torch.zeros(STEPS, ROWS, 5), torch.zeros(STEPS, ROWS, dtype=torch.long)
    seen = torch.randn(ROWS, 5)
    for at in range(STEPS):
        kept[at] = seen
        wanted[at] = (seen[:, 0] > 0).long()
        seen = 0.9 * seen + 0.3 * torch.randn_like(seen)
    return kept, wanted
"""
COPIED = """
class Storage:
    def __init__(self):
        self.seen, self.wanted = torch.zeros(STEPS + 1, ROWS, 5), torch.zeros(STEPS + 1, ROWS, dtype=torch.long)
        self.at = 0

    def add(self, seen):
        self.seen.select(0, self.at).copy_(seen)
        self.wanted[self.at].copy_((seen[:, 1] > 0).long())
        self.at = (self.at + 1) % (STEPS + 1)


storage = Storage()


def collect():
    seen = torch.randn(ROWS, 5)
    for _ in range(STEPS + 1):
        storage.add(seen)
        seen = torch.where(torch.rand(ROWS, 1) < 0.1, torch.randn(ROWS, 5), torch.sin(seen) + 0.1)
    return storage.seen[:-1], storage.wanted[:-1]
"""
STACKED = """
class World:
    def reset(self):
        self.place, self.speed = torch.randn(ROWS, 2), torch.zeros(ROWS, 2)
        return self.look()

    def look(self):
        return torch.cat([self.place, self.speed, self.place.norm(dim=1, keepdim=True)], dim=1)

    def step(self, push):
        self.speed = 0.9 * self.speed + push
        self.place = self.place + 0.1 * self.speed
        return self.look()


def collect():
    world, kept = World(), []
    seen = world.reset()
    for _ in range(STEPS):
        kept.append(seen)
        seen = world.step(torch.randn(ROWS, 2))
    kept = torch.stack(kept{dim})
    return kept, (kept[..., 0] > 0).long()
"""
WAYS = [
    (WRITTEN, 0), (COPIED, 0), (STACKED.format(dim=""), 0), (STACKED.format(dim=", dim=1"), 1),
]  # fmt: skip


def program(collect, first, layer="GRU", given="seen", asked="wanted"):
    setting = ", batch_first=True" if first else ""
    return ROLLOUT.format(layer=layer, setting=setting, collect=collect, given=given, asked=asked)


@pytest.mark.parametrize(("collect", "time"), WAYS)
def test_the_steps_are_taken_for_samples(collect, time):
    assert slugs(program(collect, time == 0), "") == ["recurrent_along_batch"]
    assert slugs(program(collect, time == 1), "") == []


@pytest.mark.parametrize(
    ("given", "asked"),
    [("seen[:, torch.randperm(ROWS)[:4]]", "wanted[:, :4]"), ("seen * 2 - 1", "wanted"), ("seen[2:]", "wanted[2:]")],
)
def test_part_of_what_was_collected(given, asked):
    assert slugs(program(WRITTEN, True, "LSTM", given, asked), "") == ["recurrent_along_batch"]
    assert slugs(program(WRITTEN, False, "LSTM", given, asked), "") == []


def test_what_is_turned_before_it_is_read():
    assert slugs(program(WRITTEN, True, given="seen.transpose(0, 1)", asked="wanted.t()"), "") == []
    found = slugs(program(WRITTEN, False, given="seen.transpose(0, 1)", asked="wanted.t()"), "")
    assert found == ["recurrent_along_batch"]


def test_the_layer_is_told_which_axis_is_which():
    ((_, edits),) = audited(program(WRITTEN, True), "")
    assert edits == ["        self.rnn, self.act = nn.GRU(8, 8, batch_first=False), nn.Linear(8, 3)\n"]


ALONE = "return kept, (kept[..., 0] > 0).long()"


@pytest.mark.parametrize(
    "made",
    [
        # Sequences that have nothing to do with each other.
        "kept = torch.stack([torch.randn(STEPS, 5) for _ in range(ROWS)])",
        # Of one common start.
        "base = torch.randn(STEPS, 5); kept = torch.stack([base + torch.randn(STEPS, 5) for _ in range(ROWS)])",
        # Windows that slide along one series, each made of the one before.
        "window, found = torch.randn(STEPS, 5), []\n"
        "    for _ in range(ROWS):\n"
        "        found.append(window); window = torch.cat([window[1:], window[-1:] + torch.randn(1, 5)])\n"
        "    kept = torch.stack(found)",
        "window, found = torch.randn(STEPS, 5), []\n"
        "    for _ in range(ROWS):\n"
        "        found.append(window); window = window.roll(-1, 0) * 0.9\n"
        "    kept = torch.stack(found)",
        # Each sequence is made step by step, and they lie side by side.
        "found = []\n"
        "    for _ in range(ROWS):\n"
        "        seen, own = torch.randn(5), []\n"
        "        for _ in range(STEPS):\n"
        "            own.append(seen); seen = 0.9 * seen + torch.randn(5)\n"
        "        found.append(torch.stack(own))\n"
        "    kept = torch.stack(found)",
        "kept = torch.zeros(ROWS, STEPS, 5)\n"
        "    for row in range(ROWS):\n"
        "        kept[row] = torch.randn(STEPS, 5).cumsum(0)",
    ],
)
def test_samples_that_are_none(made):
    assert slugs(program(f"def collect():\n    {made}\n    {ALONE}\n", True), "") == []


LAYERS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(5))
        self.rnn, self.out = nn.GRU(8, 8{setting}), nn.Linear(8, 1)

    def forward(self, x):
        found = []
        for layer in self.layers:
            x = torch.tanh(layer(x))
            found.append(x)
        return self.out(self.rnn(torch.stack(found))[0].mean(0))[:, 0]


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(7, 8), torch.randn(7)) for _ in range(2)]
"""


def test_layers_are_no_steps_of_their_own():
    assert "recurrent_along_batch" not in slugs(LAYERS.format(setting=""))


@pytest.mark.parametrize("index", ["row", "row, :"])
def test_a_batch_that_is_drawn_row_by_row(index):
    loop = f"for row in range(ROWS):\n        kept[{index}] = torch.randn(STEPS, 5)"
    made = f"kept = torch.zeros(ROWS, STEPS, 5)\n    {loop}"
    assert slugs(program(f"def collect():\n    {made}\n    {ALONE}\n", True), "") == []


WRITER = """
class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.read = nn.GRU(3, 5, batch_first=True)
        self.cell, self.score = nn.{layer}, nn.Linear(6, 4)

    def forward(self, x):
        read, last, carry, out = self.read(x)[0], x.new_zeros({last}), None, []
        for t in range(x.shape[{along}]):
            {round}
            out.append({kept})
        return torch.{joined}


model, criterion = Writer(), nn.MSELoss()
batches = [(torch.randn(7, 5, 3), torch.randn(7, 5, 4)) for _ in range(2)]
"""
ROWS_LAST = {"last": "7, 1, 4", "along": 1, "kept": "last", "joined": "cat(out, dim=1)"}
FED = "step, carry = self.cell(torch.cat([read[:, t:t + 1], last], -1), carry); last = self.score(step)"
SQUEEZED = "step, carry = self.cell(torch.cat([read[:, t], last[:, 0]], -1)[:, None], carry); last = self.score(step)"


@pytest.mark.parametrize(
    ("layer", "parts"),
    [
        ("LSTM(9, 6)", {"round": FED}),
        ("GRU(9, 6)", {"round": SQUEEZED}),
        ("RNN(9, 6)", {"round": FED, "kept": "last.squeeze(1)", "joined": "stack(out, 1)"}),
    ],
)
def test_a_decoder_that_takes_its_samples_for_steps(layer, parts):
    assert slugs(WRITER.format(layer=layer, **(ROWS_LAST | parts))) == ["recurrent_along_batch"]


@pytest.mark.parametrize(
    ("layer", "parts"),
    [
        ("LSTM(9, 6, batch_first=True)", {"round": FED}),
        # Time in front, one step a round.
        (
            "LSTM(9, 6)",
            {
                "round": "step, carry = self.cell(torch.cat([read[:, t], last], -1)[None], carry); "
                "last = self.score(step[0])",
                "last": "7, 4",
                "joined": "stack(out, 1)",
            },
        ),
    ],
)
def test_decoders_that_walk_along_the_steps(layer, parts):
    assert slugs(WRITER.format(layer=layer, **(ROWS_LAST | parts))) == []


PIECES = """
class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.score = nn.LSTM(3, 6), nn.Linear(6, 4)

    def forward(self, series):
        carry, out = None, []
        for piece in series.split(4, dim=0):
            step, carry = self.cell(piece, carry)
            out.append(self.score(step))
        return torch.cat(out, dim={axis})


model, criterion = Stateful(), nn.MSELoss()
batches = [(torch.randn(20, 1, 3), torch.randn({asked}, 4)) for _ in range(2)]
"""


@pytest.mark.parametrize(("axis", "asked"), [(0, "20, 1"), (1, "4, 5")])
def test_pieces_of_one_series(axis, asked):
    assert slugs(PIECES.format(axis=axis, asked=asked)) == []
