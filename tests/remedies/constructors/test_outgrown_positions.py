"""A table of positions, and a loop that joins one token after the other to what it is read for."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Writer(nn.Module):
        def __init__(self, letters, places, width=6):
            super().__init__()
            self.letters, self.places = nn.Embedding(letters, width), nn.Embedding(places, width)
            self.top = nn.Linear(width, letters)

        def forward(self, ids):
            {positions}
            return self.top(self.letters(ids) + self.places({read}))


    writer = Writer(20, 12)
    ids = torch.zeros(2, 1, dtype=torch.long)
    for _ in range(14):
        chosen = writer(ids)[:, -1].argmax(-1, keepdim=True)
        {joined}
    print(writer.places.num_embeddings, writer.top.out_features)
"""


@pytest.mark.parametrize(
    ("positions", "read"),
    [
        ("where = torch.arange(ids.size(1)).expand(2, -1)", "where"),
        ("pass", "torch.ones_like(ids).cumsum(1) - 1"),
    ],
)
def test_it_reads_as_much_as_there_are_positions(positions, read):
    found = mended(PROGRAM.format(positions=positions, read=read, joined="ids = torch.cat([ids, chosen], dim=1)"))
    assert found.changed[0].startswith("chosen = writer(ids[:, -writer.places.num_embeddings:])[:, -1]")
    assert found.output == "12 20\n"
    assert not found.doubts


def test_room_for_all_of_it_is_in_doubt():
    program = PROGRAM.format(
        positions="pass", read="torch.arange(ids.size(1))", joined="ids = torch.cat([ids, chosen], 1)"
    )
    (found,) = mended(program, most=1).diagnoses
    # Who never learned the last positions may have been meant to end before.
    assert [fix.doubt != "" for fix in found.fixes if fix.title == "12 -> 16"] == [True]


def test_a_loop_that_reads_how_far_it_is_leaves_it_in_doubt():
    joined = "ids = torch.cat([ids, chosen], dim=1)"
    program = PROGRAM.format(positions="pass", read="torch.arange(ids.size(1))", joined=joined)
    found = mended(program.replace("for _ in", "for at in").replace("[:, -1].argmax", "[:, at].argmax"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "num_embeddings:" in fix.title)


def test_a_method_of_the_model_and_one_long_sequence():
    program = """
    class Writer(nn.Module):
        def __init__(self, context=9):
            super().__init__()
            self.letters, self.places = nn.Embedding(20, 6), nn.Embedding(context, 6)
            self.top = nn.Linear(6, 20)

        def forward(self, ids):
            return self.top(self.letters(ids) + self.places(torch.arange(len(ids))))

        def write(self, ids, count):
            while len(ids) < count:
                ids = torch.cat([ids, self({read})[-1].argmax().view(1)])
            return ids

    print(Writer().write(torch.tensor([3]), 14).shape)
    """
    found = mended(program.format(read="ids"), most=1)
    assert found.changed == ["ids = torch.cat([ids, self(ids[-self.places.num_embeddings:])[-1].argmax().view(1)])"]
    assert found.output == "torch.Size([14])\n"


def test_a_sequence_that_is_given_is_no_sequence_that_grows():
    joined = "ids = torch.zeros(2, 13, dtype=torch.long)"
    program = PROGRAM.format(positions="pass", read="torch.arange(ids.size(1))", joined=joined)
    found = mended(program, most=1)
    assert not any("16" in fix.title for each in found.diagnoses for fix in each.fixes)
    assert printed(program.replace("20, 12", "20, 13"))


def test_a_token_that_was_chosen_is_not_counted():
    joined = "ids = torch.cat([ids, chosen], dim=1)"
    program = PROGRAM.format(positions="pass", read="ids", joined=joined).replace(
        "Linear(width, letters)", "Linear(width, 40)"
    )
    found = mended(program, most=1)
    assert not any("16" in fix.title for each in found.diagnoses for fix in each.fixes)
