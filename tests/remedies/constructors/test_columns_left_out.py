"""Layers made for as many columns as a list in the script names, beside data that has more."""

import pytest
from mended import mended, printed

ROWS = """
    COLUMNS = ["time", "place"] + ["level_%d" % i for i in (1, 2, 3, 5, 8)]

    def rows(count):
        made = []
        for k in range(count):
            row = {"time": float(k), "place": 0.5}
            for name in COLUMNS[2:]:
                row[name] = torch.rand(1).item()
            made.append(row)
        return made

    def picked(row):
        names = [c for c in COLUMNS if c in row]
        return [row[c] for c in names]

    x = torch.tensor([[picked(row) for row in rows(4)]])
    rnn = nn.GRU(5, 3, batch_first=True)
    print(rnn(x)[0].sum().item())
"""
LISTED = """
    LEVELS = ["low", "mid", "high"]
    ALL = ["key", *LEVELS]
    READ = ["key", "low", "mid", "high"]
    table = [{name: torch.rand(1).item() for name in ALL} for _ in range(6)]
    means = {}
    for name in LEVELS:
        means[name] = sum(row[name] for row in table) / 6
    x = torch.tensor([[row[c] for c in READ] for row in table])
    print(nn.Linear(3, 2)(x).sum().item())
"""


SUM = """
    NUMBERS, KINDS = ["low", "mid", "high"], ["kind"]
    NAMES = NUMBERS + KINDS
    table = [{name: torch.rand(1).item() for name in NAMES} for _ in range(6)]
    for row in table:
        for name in NUMBERS:
            row[name] = row[name] - 0.5
    x = torch.tensor([[row[c] for c in NAMES] for row in table])
    print(nn.Linear(3, 2)(x).sum().item())
"""


def test_a_piece_of_the_list_is_read():
    found = mended(ROWS, most=1)
    assert found.output == printed(ROWS.replace("for c in COLUMNS if", "for c in COLUMNS[2:] if"))
    # What else the piece is read for is not asked.
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_another_list_may_be_older_than_the_columns():
    found = mended(LISTED, most=1)
    assert found.output == printed(LISTED.replace("for c in READ]", "for c in LEVELS]"))
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(
    "program",
    [
        # No list is as long as the layer is wide.
        ROWS.replace("GRU(5", "GRU(4"),
        # Both lists are read together.
        SUM,
        # The list is one of classes: nothing is read by it.
        """
    CLASSES = ["cat", "dog", "hen"]
    print(nn.Linear(3, len(CLASSES))(torch.randn(2, 4)).sum().item(), CLASSES[0])
""",
    ],
)
def test_elsewhere_the_number_is_changed(program):
    found = mended(program, most=1)
    assert found.output != "crashed"
    assert not found.doubts
