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
def test_it_gets_room_and_the_scores_are_left_alone(positions, read):
    found = mended(PROGRAM.format(positions=positions, read=read, joined="ids = torch.cat([ids, chosen], dim=1)"))
    assert found.changed == ["writer = Writer(20, 16)"]
    assert found.output == "16 20\n"
    # Who never learned the last positions may have been meant to end before.
    assert found.doubts


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
