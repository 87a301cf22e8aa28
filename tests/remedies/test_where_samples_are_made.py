"""Arrays, channels and odd pictures changed where they are made; samplers, packed steps, pairs, shifted targets."""

import pytest
from mended import mended, printed

PICTURES = """
    import numpy as np
    from torch.utils.data import DataLoader, Dataset


    class Pictures(Dataset):
        def __len__(self):
            return 6

        def __getitem__(self, at):
            seen = np.random.default_rng(at).random({shape}).astype("float32")
            {made}
            return {given}


    net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(60, 2))
    for batch in DataLoader(Pictures(), batch_size=3):
        print(round(net({taken}).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("given", "taken"),
    [("seen, at", "batch[0]"), ('{"seen": seen, "at": at}', 'batch["seen"]')],
)
def test_channels_are_turned_in_the_data_set(given, taken):
    bad, good = "seen = torch.from_numpy(seen)", "seen = torch.from_numpy(seen).permute(2, 0, 1)"
    parts = {"shape": "(8, 7, 3)", "given": given, "taken": taken}
    found = mended(PICTURES.format(made=bad, **parts))
    assert found.output == printed(PICTURES.format(made=good, **parts))
    if "{" in given:
        assert found.changed == [good]


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (
            "seen = torch.from_numpy(seen).permute(2, 0, 1)",
            "seen = torch.from_numpy(seen if seen.ndim == 3 else np.stack([seen] * 3, -1)).permute(2, 0, 1)",
        ),
        (
            "seen = torch.from_numpy(seen); seen = seen[None] if seen.dim() == 2 else seen.permute(2, 0, 1)",
            "seen = torch.from_numpy(seen); "
            "seen = seen.expand(3, -1, -1) if seen.dim() == 2 else seen.permute(2, 0, 1)",
        ),
    ],
)
def test_a_picture_without_colors_among_others(bad, good):
    parts = {"shape": "(8, 7) if at % 3 == 1 else (8, 7, 3)", "given": "seen, at", "taken": "batch[0]"}
    found = mended(PICTURES.format(made=bad, **parts))
    assert found.output == printed(PICTURES.format(made=good, **parts))
    assert not found.doubts


BRANCHES = """
            if seen.dim() == 2:
                seen = seen{axis}
            else:
                seen = seen.permute(2, 0, 1)
"""


@pytest.mark.parametrize("axis", [".unsqueeze(0)", "[None]"])
def test_a_picture_without_colors_is_spread_where_it_gets_its_axis(axis):
    parts = {"shape": "(8, 7) if at % 3 == 1 else (8, 7, 3)", "given": "seen, at", "taken": "batch[0]"}
    found = mended(PICTURES.format(made="seen = torch.from_numpy(seen)" + BRANCHES.format(axis=axis), **parts))
    assert found.changed == [f"seen = seen{axis}.expand(3, -1, -1)"]
    assert found.output == printed(found.text)
    assert not found.doubts


def test_a_picture_that_gets_its_axis_on_two_ways_is_spread_where_it_is_handed_out():
    parts = {"shape": "(8, 7) if at % 3 == 1 else (8, 7, 3)", "given": "seen, at", "taken": "batch[0]"}
    two = BRANCHES.format(axis="[None] if at > 2 else seen.unsqueeze(0)")
    found = mended(PICTURES.format(made="seen = torch.from_numpy(seen)" + two, **parts))
    assert found.changed == ["return seen.expand(3, -1, -1), at"]


ARRAYS = """
    import numpy as np

    draw = np.random.default_rng(2)


    def sample(count):
        {given}


    net = nn.Linear(3, 2)
    seen, taken = sample(5)
    print(round(net(seen).gather(1, taken.reshape(-1, 1)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (
            "return draw.normal(size=(count, 3)), draw.integers(2, size=count)",
            "return torch.from_numpy(draw.normal(size=(count, 3))).float(), "
            "torch.from_numpy(draw.integers(2, size=count))",
        ),
        (
            "rows = draw.integers(2, size=(count, 4)) * 1.0; return rows[:, :3], rows[:, 3].astype(int)",
            "rows = draw.integers(2, size=(count, 4)) * 1.0; "
            "return torch.from_numpy(rows[:, :3]).float(), torch.from_numpy(rows[:, 3].astype(int))",
        ),
    ],
)
def test_all_arrays_that_a_function_hands_out_are_converted(bad, good):
    found = mended(ARRAYS.format(given=bad))
    assert found.output == printed(ARRAYS.format(given=good)) or len(found.diagnoses) > 1


SAMPLER = """
    from torch.utils.data import DataLoader, Sampler, TensorDataset


    class Groups(Sampler):
        def __init__(self, count):
            self.count = count

        def __len__(self):
            return self.count

        def __iter__(self):
            for at in range(self.count):
                yield {given}


    data = TensorDataset(torch.arange(18.0).reshape(9, 2))
    groups = Groups({count})
    for (batch,) in DataLoader(data, {taken}):
        print(batch.view(2, -1, 2).sum(1).tolist())
"""


@pytest.mark.parametrize(
    ("given", "count", "bad", "good"),
    [
        ("[2 * at, 2 * at + 1, 0, 1]", 3, "batch_size=5, shuffle=True", "batch_sampler=groups"),
        ("at", 8, "batch_size=4", "batch_size=4, sampler=groups"),
    ],
)
def test_an_idle_sampler_is_given_to_the_loader(given, count, bad, good):
    found = mended(SAMPLER.format(given=given, count=count, taken=bad))
    assert found.output == printed(SAMPLER.format(given=given, count=count, taken=good))


PACKED = """
    from torch.nn.utils.rnn import pack_padded_sequence

    lengths = torch.tensor([4, 3, 2])
    core, top = nn.GRU(3, 5, batch_first=True), nn.Linear(5, 2)
    out, _ = core(pack_padded_sequence(torch.randn(3, 4, 3), lengths, batch_first=True))
    wanted = pack_padded_sequence(torch.randint(0, 2, (3, 4)), lengths, batch_first=True)
    print(round(F.cross_entropy(top({out}), {wanted}).item(), 4))
"""


def test_all_packed_steps_beside_packed_targets():
    found = mended(PACKED.format(out="out", wanted="wanted.data"))
    assert found.output == printed(PACKED.format(out="out.data", wanted="wanted.data"))


def test_the_pair_of_a_cell_goes_round_whole():
    program = """
    class Walk(nn.Module):
        def __init__(self):
            super().__init__()
            self.core = nn.LSTMCell(3, 4)

        def begin(self, rows):
            first = torch.zeros(rows, 4)
            return {given}

        def forward(self, x):
            kept = self.begin(len(x))
            for at in range(x.shape[1]):
                kept = self.core(x[:, at], kept)
            return kept[0].sum()


    print(round(Walk()(torch.randn(2, 5, 3)).item(), 4))
    """
    found = mended(program.format(given="first"))
    assert found.changed == ["return first, torch.zeros_like(first)"]
    assert not found.doubts
    assert found.output == printed(program.format(given="first, first"))


@pytest.mark.parametrize("flat", [".reshape(-1)", ".contiguous().view(-1)", ".flatten()"])
def test_the_steps_that_come_next_are_the_targets(flat):
    program = """
    songs = torch.randint(0, 6, (4, 7))
    net = nn.Sequential(nn.Embedding(6, 5), nn.Linear(5, 6))
    scores = net(songs[:, :-1])
    print(round(F.cross_entropy(scores.reshape(-1, 6), {target}).item(), 4))
    """
    found = mended(program.format(target=f"songs{flat}"))
    assert found.output == printed(program.format(target=f"songs[:, 1:]{flat}"))


def test_twice_the_width_is_given_to_all_that_a_head_makes_of_it():
    program = """
    class Head(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.norm, self.top = nn.BatchNorm1d(width), nn.Linear(width, 2)

        def forward(self, x):
            return self.top(self.norm(x))


    size = 4
    core, head = nn.GRU(3, size, batch_first=True, bidirectional=True), Head({width})
    seen = core(torch.randn(6, 5, 3))[0]
    print(round(head(torch.cat([seen[:, 0], seen.amax(1)], 1)).pow(3).sum().item(), 4))
    """
    found = mended(program.format(width="2 * size"))
    assert found.output == printed(program.format(width="4 * size"))
    assert len(found.diagnoses) == 1
