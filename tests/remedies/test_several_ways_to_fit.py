"""What only fits is in doubt where the program may mean another thing as well."""

import pytest
from mended import mended, printed

ONE_CHANNEL = """
    class Voice(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Conv1d({channels}, 4, 5)

        def forward(self, x):
            return self.body(x).mean(2)


    sound = torch.randn({sizes})
    print(Voice()({given}).shape)
"""


def test_two_channels_of_one_sample_may_be_made_one():
    found = mended(ONE_CHANNEL.format(channels=1, sizes="2, 60", given="sound.unsqueeze(0)"))
    assert found.changed == ["return self.body(x.transpose(0, 1)).mean(2)"]
    assert found.doubts == ["what lies along the second axis may be channels of one sample, of which one is to be made"]


def test_samples_behind_several_channels_are_turned():
    found = mended(ONE_CHANNEL.format(channels=3, sizes="3, 7, 60", given="sound"))
    assert found.output == printed(ONE_CHANNEL.format(channels=3, sizes="3, 7, 60", given="sound.transpose(0, 1)"))
    assert not found.doubts


FLAG = """
    class Settings:
        colors = False


    settings = Settings()
    net = nn.Conv2d({width}, 5, 3)
    print(net(torch.randn(2, 4, 8, 9)).shape)
    {read}
"""


def test_a_condition_that_nothing_else_asks_may_be_right():
    found = mended(FLAG.format(width="4 if settings.colors else 3", read=""))
    assert found.changed == ["net = nn.Conv2d(3 if settings.colors else 4, 5, 3)"]
    assert found.doubts == [
        "nothing else reads the condition: what came may have more than the condition says, and be what is to be cut"
    ]


def test_a_condition_by_which_more_is_wanted_than_came_is_wrong():
    found = mended(FLAG.format(width="3 if settings.colors else 6", read="").replace("2, 4, 8", "2, 3, 8"))
    assert found.output == printed(FLAG.format(width="3", read="").replace("2, 4, 8", "2, 3, 8"))
    assert not found.doubts


def test_a_condition_that_is_asked_elsewhere_tells_which_way_is_meant():
    read = "if not settings.colors:\n        print('plain')"
    found = mended(FLAG.format(width="4 if settings.colors else 3", read=read))
    assert not found.doubts
    assert found.output == printed(FLAG.format(width="3 if settings.colors else 4", read=read))


COUNTED = """
    from collections import namedtuple

    Column = namedtuple("Column", "name rows")


    class Tables(nn.Module):
        def __init__(self, columns):
            super().__init__()
            self.columns = columns
            self.tables = nn.ModuleDict({{each.name: nn.Embedding(each.rows, 3) for each in columns}})

        def forward(self, table):
            return sum(self.tables[each.name](table[each.name]) for each in self.columns)


    known, new = {{"town": torch.tensor([0, 2, 1])}}, {{"town": torch.tensor([3, 0])}}
    model = Tables([Column(name, {rows}) for name in known])
    print(model(new).shape)
"""


@pytest.mark.parametrize("rows", ["int(known[name].max()) + 1", "max(known[name].tolist()) + 1"])
def test_rows_that_were_counted_of_other_data_are_in_doubt(rows):
    assert mended(COUNTED.format(rows=rows)).doubts


def test_rows_by_the_largest_number_and_one_are_in_doubt():
    program = """
    known, new = torch.tensor([0, 2, 1]), torch.tensor([3, 0])
    table = nn.Embedding(int(known.max()) + 1, 2)
    print(table(new).shape)
    """
    found = mended(program)
    assert found.changed == ["table = nn.Embedding(int(known.max()) + 1 + 1, 2)"]
    assert found.doubts == [
        "the rows were counted by the largest number of some data, and other data may hold larger ones still"
    ]


def test_rows_by_the_largest_number_alone_get_one_more():
    program = """
    known = torch.tensor([0, 2, 1])
    table = nn.Embedding({}, 2)
    print(table(known).shape)
    """
    found = mended(program.format("int(known.max())"))
    assert found.output == printed(program.format("int(known.max()) + 1"))
    assert not found.doubts


SAMPLES = """
    class Timed(nn.Module):
        def __init__(self, wide):
            super().__init__()
            self.times, self.inner = torch.arange({steps}.0), nn.Linear(wide, 6)

        def forward(self, x, when):
            told = self.inner(when[:, None] * self.times)
            return x + told


    x, when = torch.randn(4, 6), torch.rand(4)
    print(Timed(20)(x, when).shape)
"""


def test_the_samples_are_not_merged_into_what_a_layer_reads():
    found = mended(SAMPLES.format(steps=5))
    assert "flatten" not in found.text
    assert found.diagnoses[0].slug != "missing_batch_axis"


BYTES = """
    import numpy as np

    taken = np.array([2, 0, 3, 1, 1], dtype=np.{dtype})
    scores = torch.arange(20.0).view(5, 4)
    scores[torch.arange(5), taken{cast}] = torch.arange(5.0) * scores.max(1)[0]
    print(scores.sum(0))
"""


def test_an_array_of_bytes_becomes_positions_where_it_is_an_index():
    found = mended(BYTES.format(dtype="uint8", cast=""))
    assert found.diagnoses[0].slug == "index_of_other_dtype"
    assert found.output == printed(BYTES.format(dtype="int64", cast=""))
    assert not found.doubts


def test_what_is_stored_by_an_index_of_bytes_is_tried_whatever_is_stored():
    program = BYTES.replace("taken{cast}", "torch.from_numpy(taken){cast}")
    found = mended(program.format(dtype="uint8", cast=""))
    assert found.output == printed(program.format(dtype="int64", cast=""))
    assert not found.doubts


NUMBERED = """
    points = torch.arange(10.0).view(5, 2)
    rows = torch.tensor({rows})
    print(points[rows].sum(0))
"""


def test_places_that_are_counted_from_one_are_one_less():
    found = mended(NUMBERED.format(rows="[5, 2, 3]"))
    assert found.output == printed(NUMBERED.format(rows="[4, 1, 2]"))


def test_names_that_lie_farther_out_are_no_places_by_one_less():
    found = mended(NUMBERED.format(rows="[105, 2, 33]"))
    assert not found.diagnoses[0].fixes


def test_a_width_that_is_the_number_already_is_not_asked_for_once_more():
    program = """
    scores, labels = torch.randn(4, 3), torch.arange(12) % 3
    print(F.cross_entropy(scores.view(-1, 3), labels))
    """
    assert not any(fix.title == "3 -> scores.size(-1)" for fix in mended(program, most=1).diagnoses[0].fixes)
