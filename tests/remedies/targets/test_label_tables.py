"""Labels that come through a table with an entry more than there are names."""

import pytest
from mended import mended, printed

PROGRAM = """
    KINDS = ["oak", "ash", "elm", "fir"]
    {table}


    class Sorter(nn.Module):
        def __init__(self, kinds, size=6):
            super().__init__()
            self.top = nn.Sequential(nn.Linear(3, size), nn.ReLU(), nn.Linear(size, kinds))

        def forward(self, x):
            return self.top(x)


    rows = [(torch.randn(3), KINDS[at % 4]) for at in range(24)]
    net = Sorter(kinds={count})
    x, y = torch.stack([x for x, _ in rows]), torch.tensor([{label} for _, name in rows])
    scores = net(x)
    print(scores.shape, round(F.cross_entropy(scores, y).item(), 4))
"""
FUNCTION = """def number(names):
        found = {"?": 0}
        for name in names:
            found[name] = len(found)
        return found

    places = number(KINDS)"""
LOOP = """places = {"?": 0}
    for kind in KINDS:
        places[kind] = len(places)"""


@pytest.mark.parametrize(
    "table",
    [
        FUNCTION,
        LOOP,
        'places = {"?": 0, **{kind: at for at, kind in enumerate(KINDS, 1)}}',
        'places = {"?": 0} | {kind: at for at, kind in enumerate(KINDS, 1)}',
    ],
)
@pytest.mark.parametrize("label", ["places[name]", "places.get(name, 0)"])
def test_the_table_is_counted_not_the_names(table, label):
    found = mended(PROGRAM.format(table=table, count="len(KINDS)", label=label))
    assert found.output == printed(PROGRAM.format(table=table, count="len(places)", label=label))
    assert found.changed == ["net = Sorter(kinds=len(places))"]
    assert found.doubts == []


def test_a_table_of_as_many_entries_is_counted_from_one():
    table = "places = {kind: at for at, kind in enumerate(KINDS, 1)}"
    found = mended(PROGRAM.format(table=table, count="len(KINDS)", label="places[name]"))
    assert not any("len(places)" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_table_in_which_nothing_is_looked_up_is_none_of_labels():
    found = mended(PROGRAM.format(table=FUNCTION, count="len(KINDS)", label="KINDS.index(name) + 1"))
    assert not any("len(places)" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(
    "table",
    [
        'places = {"names": KINDS, "rate": 1, **dict(seed=3)}',
        "places = [*KINDS, 0, 1]",
        "places = torch.arange(9 + len(KINDS))",
        "def read(names):\n        return [0] * (5 + len(names))\n\n    places = read(KINDS)",
    ],
)
def test_what_holds_the_list_is_no_table_of_labels(table):
    label = "KINDS.index(name) + 1 + 0 * int(bool(places[next(iter(places)) if type(places) is dict else 0]))"
    found = mended(PROGRAM.format(table=table, count="len(KINDS)", label=label), most=1)
    assert not any("len(places)" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)
