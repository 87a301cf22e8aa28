"""Tables with a row for each item of a list, and tokens of an index that holds more."""

import pytest
from mended import mended, printed

PROGRAM = """
    words = ["a", "cat", "sat", "mat"]
    index = {w: i for i, w in enumerate(@@)}

    class Net(nn.Module):
        def __init__(self, many, width=3):
            super().__init__()
            self.table = nn.Embedding(many, width)

        def forward(self, ids):
            return self.table(ids).sum(1)

    net = Net(##)
    ids = torch.tensor([[index[w] for w in ("mat", "sat")]])
    print(round((net(ids) * torch.arange(3)).sum().item(), 4))
"""


def program(numbered, many):
    return PROGRAM.replace("@@", numbered).replace("##", many)


@pytest.mark.parametrize(
    ("numbered", "good"),
    [
        ('["<pad>", "<end>"] + words', "len(index)"),
        ('["<pad>", *words]', "len(index)"),
        ("words, 2", "len(index) + 2"),
        ("words, start=3", "len(index) + 3"),
    ],
)
def test_the_table_has_a_row_for_all_that_the_index_gives(numbered, good):
    found = mended(program(numbered, "len(words)"))
    assert found.output == printed(program(numbered, good))
    assert found.changed == [f"net = Net({good})"]
    assert not found.doubts


def test_an_index_of_other_things_leaves_a_doubt():
    text = """
    users, things = ["u0", "u1"], ["a", "b", "c"]
    index = {t: i for i, t in enumerate(things)}
    table = nn.Embedding(len(users), 4)
    print(table(torch.tensor([index["c"], index["a"]])).shape)
    """
    found = mended(text, most=1)
    assert found.changed == ["table = nn.Embedding(len(index), 4)"]
    assert found.doubts


def test_what_is_looked_up_nowhere_has_no_index():
    text = """
    words = ["a", "b"]
    index = {w: i for i, w in enumerate(["<pad>"] + words)}
    print(nn.Embedding(len(words), 4)(torch.tensor([0, 2])).shape)
    """
    assert not any("index" in fix.title for fix in mended(text, most=1).diagnoses[0].fixes)


def test_an_index_of_the_same_list_has_no_more_rows():
    text = """
    words = ["a", "b"]
    index = {w: i for i, w in enumerate(words)}
    print(nn.Embedding(len(words), 4)(torch.tensor([index["b"]]) + 1).shape)
    """
    assert not any("index" in fix.title for fix in mended(text, most=1).diagnoses[0].fixes)
