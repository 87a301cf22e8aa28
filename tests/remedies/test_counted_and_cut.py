"""Numbers that were counted too low, lengths that were divided, samples that were cut and not filled up."""

import pytest
from mended import mended, printed

CLASSES = """
    rows = [(torch.randn(4), at % 5) for at in range(20)]
    number = {number}
    net = nn.Linear(4, number)
    xs, ys = torch.stack([x for x, _ in rows]), torch.tensor([y for _, y in rows])
    print(round(F.cross_entropy(net(xs), ys).item(), 4))
"""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("max(y for _, y in rows)", "max(y for _, y in rows) + 1"),
        ("int(torch.tensor([y for _, y in rows]).max())", "int(torch.tensor([y for _, y in rows]).max()) + 1"),
        ("len({y for _, y in rows}) - 1", "len({y for _, y in rows})"),
    ],
)
def test_as_many_scores_as_there_are_classes(bad, good):
    found = mended(CLASSES.format(number=bad))
    assert found.changed == [f"number = {good}"]
    assert found.output == printed(CLASSES.format(number=good))


COLUMNS = """
    from dataclasses import dataclass, field


    @dataclass
    class Plan:
        inputs: list = field(default_factory=lambda: {inputs})


    class Net(nn.Module):
        def __init__(self, plan):
            super().__init__()
            self.top = nn.Linear({count}, 2)

        def forward(self, x):
            return self.top(x)


    plan = Plan()
    data = {{name: torch.randn(6) for name in ("wind", "rain", "sun")}}
    print(round(Net(plan)(torch.stack([data[name] for name in plan.inputs], 1)).sum().item(), 4))
"""


@pytest.mark.parametrize("count", ["len({*plan.inputs})", "len(set(plan.inputs))", "len(dict.fromkeys(plan.inputs))"])
def test_a_column_that_is_named_twice_is_not_another_input(count):
    found = mended(COLUMNS.format(inputs='["wind", "sun", "rain", "wind"]', count=count))
    assert found.output == printed(COLUMNS.format(inputs='["wind", "sun", "rain"]', count=count))
    assert not found.doubts


def test_one_more_than_the_distinct_ones_is_in_doubt_where_nothing_is_named_twice():
    program = """
    names = "abca"
    print(round(nn.Linear(len(set(names)), 2)(torch.ones(5, 4)).sum().item(), 4))
    """
    found = mended(program)
    assert found.changed == ["print(round(nn.Linear(len(set(names)) + 1, 2)(torch.ones(5, 4)).sum().item(), 4))"]
    assert found.doubts == ["what was counted once may be there twice"]


LENGTHS = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            {layers}
            self.core = nn.GRU(6, 5, batch_first=True)

        def forward(self, x, lengths):
            x = self.short(x.transpose(1, 2)).transpose(1, 2)
            packed = pack_padded_sequence(x, {divided}, batch_first=True, enforce_sorted=False)
            return self.core(packed)[1].sum()


    print(round(Reader()(torch.randn(3, {steps}, 6), torch.tensor([{steps}, 5, 1])).item(), 4))
"""
HALVED = "self.short = nn.Conv1d(6, 6, 3, stride=2, padding=1)"
POOLED = "self.short = nn.Sequential(nn.ZeroPad1d((0, 1)), nn.MaxPool1d(2))"


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("lengths // 2", "(lengths + 1) // 2"),
        ("(lengths / 2).long()", "-(-lengths // 2)"),
        ('torch.div(lengths, 2, rounding_mode="floor")', 'torch.div(lengths + 1, 2, rounding_mode="floor")'),
        ("[int(each / 2) for each in lengths]", "[-(-each // 2) for each in lengths]"),
    ],
)
@pytest.mark.parametrize("steps", [8, 9])
def test_lengths_are_rounded_as_a_convolution_rounds(bad, good, steps):
    found = mended(LENGTHS.format(layers=HALVED, divided=bad, steps=steps))
    assert found.output == printed(LENGTHS.format(layers=HALVED, divided=good, steps=steps))
    assert not found.doubts


def test_where_the_layer_may_round_down_other_lengths_are_in_doubt():
    found = mended(LENGTHS.format(layers=POOLED, divided="lengths // 2", steps=8))
    assert found.changed == [
        "packed = pack_padded_sequence(x, (lengths + 1) // 2, batch_first=True, enforce_sorted=False)"
    ]
    assert found.doubts == ["the lengths were worked out from others, and may have been worked out wrongly"]


TABLE = """
    LIMIT = 6


    class Places(nn.Module):
        def __init__(self, longest):
            super().__init__()
            self.table = nn.Embedding(longest, 4)

        def forward(self, ids):
            return self.table(torch.arange(ids.shape[1])).sum()


    def wrapped(words):
        return {wrapped}


    ids = torch.tensor([wrapped(list(range(3, 12)))])
    print(round(Places(longest={longest})(ids).item(), 4))
"""


@pytest.mark.parametrize("wrapped", ["[1] + words[:LIMIT] + [2]", "[1, *words[:LIMIT], 2]"])
def test_a_table_of_places_has_room_for_what_is_put_to_the_words(wrapped):
    found = mended(TABLE.format(wrapped=wrapped, longest="LIMIT"))
    assert found.changed == ["print(round(Places(longest=LIMIT + 2)(ids).item(), 4))"]
    assert found.output == printed(TABLE.format(wrapped=wrapped, longest="LIMIT + 2"))


CUT = """
    import numpy as np
    from torch.utils.data import DataLoader, Dataset

    LONGEST = 6


    class Clips(Dataset):
        def __init__(self):
            self.clips = [{made} for size in (9, 4, 6, 8)]

        def __len__(self):
            return len(self.clips)

        def __getitem__(self, at):
            {given}


    for batch in DataLoader(Clips(), batch_size=2):
        clip = batch["clip"] if isinstance(batch, dict) else batch[0]
        print(tuple(clip.shape), round(clip.float().sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("made", "given", "good"),
    [
        (
            "torch.arange(float(size))",
            'return {"clip": self.clips[at][:LONGEST], "place": at}',
            'return {"clip": F.pad(self.clips[at][:LONGEST], (0, max(0, 6 - len(self.clips[at])))), "place": at}',
        ),
        (
            "np.arange(float(size))",
            "return self.clips[at][:6], at",
            "return np.pad(self.clips[at][:6], (0, max(0, 6 - len(self.clips[at])))), at",
        ),
        (
            "torch.ones(size, 3)",
            "clip = self.clips[at][:LONGEST]; return clip, at",
            "return F.pad(self.clips[at][:LONGEST], (0, 0, 0, max(0, 6 - len(self.clips[at])))), at",
        ),
    ],
)
def test_what_is_cut_to_a_length_is_filled_up_to_it(made, given, good):
    found = mended(CUT.format(made=made, given=given))
    if "np.pad" in good:
        # Which of the ways to fill up an array takes is for the script to tell.
        assert "np.pad" in {fix.title.partition("(")[0] for fix in found.diagnoses[0].fixes}
    else:
        assert found.output == printed(CUT.format(made=made, given=good))


TABLE_OF_COLUMNS = """
    NAMES = ["wind", "sun", "rain"]
    table = {{name: torch.randn(6) for name in ["power", *NAMES]}}
    rows = torch.stack([table[name] for name in {taken}]).T
    print(round(nn.Linear({count}, 2)(rows).sum().item(), 4))
"""


@pytest.mark.parametrize("taken", ['["power"] + NAMES', '["power", *NAMES]'])
def test_a_column_that_is_put_to_the_others_is_counted(taken):
    found = mended(TABLE_OF_COLUMNS.format(taken=taken, count="len(NAMES)"))
    assert found.output == printed(TABLE_OF_COLUMNS.format(taken=taken, count="len(NAMES) + 1"))
    assert not found.doubts


def test_a_column_too_many_may_be_in_the_data():
    program = """
    NAMES = ["wind", "sun", "rain"]
    rows = torch.randn(6, 4)
    print(round(nn.Linear(len(NAMES), 2)(rows).sum().item(), 4))
    """
    found = mended(program)
    assert found.changed == ["print(round(nn.Linear(len(NAMES) + 1, 2)(rows).sum().item(), 4))"]
    assert found.doubts == ["the data may have a column too many, and the count be right"]


def test_a_number_that_was_taken_away_is_not():
    found = mended(TABLE_OF_COLUMNS.format(taken="NAMES", count="len(NAMES) - 1"))
    assert found.changed == ["print(round(nn.Linear(len(NAMES), 2)(rows).sum().item(), 4))"]
    assert not found.doubts
