"""What was packed is unpacked to the length that went in, where something of that length waits for it."""

import pytest
from mended import mended, printed

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.gru, self.tags = nn.Embedding(20, 6), nn.GRU(6, 8, batch_first={first}), nn.Linear(8, 3)

    def forward(self, tokens, labels):
        mask = tokens != 0
        counts = mask.sum({steps})
        rows = pack_padded_sequence(self.words(tokens), counts, batch_first={first}, enforce_sorted=False)
        rows = self.gru(rows)[0]
        padded, _ = pad_packed_sequence(rows, batch_first={first}{told})
        return {used}


def checked(scores, labels, mask):
    if scores.shape[:2] != mask.shape:
        raise ValueError("scores and mask do not go together")
    return F.cross_entropy(scores[mask], labels[mask])


tokens = torch.arange(1, 5)[:, None].repeat(1, 9)
tokens[:, 6:], tokens[0, 3:] = 0, 0
tokens = tokens{turned}
print(Tagger()(tokens, tokens % 3).sum().item())
"""
ROWS = {"first": "True", "steps": "1", "turned": "", "told": ""}
STEPS = {"first": "False", "steps": "0", "turned": ".t().contiguous()", "told": ""}


@pytest.mark.parametrize("used", ["checked(self.tags(padded), labels, mask)", "padded[mask]", "padded[labels == 1]"])
@pytest.mark.parametrize(("layout", "axis"), [(ROWS, 1), (STEPS, 0)])
def test_the_length_that_went_in_is_asked_for(layout, axis, used):
    found = mended(PROGRAM.format(**layout, used=used))
    told = f", total_length=tokens.size({axis})"
    assert found.diagnoses[0].slug == "unpacked_to_longest"
    assert found.changed == [f"padded, _ = pad_packed_sequence(rows, batch_first={layout['first']}{told})"]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(**layout | {"told": told}, used=used))


@pytest.mark.parametrize(
    ("told", "used"),
    [
        # What fails has another length, or there is nothing that says what is wrong with it.
        ("", "checked(self.tags(padded), labels, mask[:, :4])"),
        ("", "padded[mask[:, :4]]"),
        ("", "{'padded': padded}['mask']"),
        (", total_length=9", "padded[mask[:2]]"),
    ],
)
def test_nothing_is_said_of_it_where_it_is_not_what_is_missing(told, used):
    found = mended(PROGRAM.format(**ROWS | {"told": told}, used=used), most=1)
    assert all(each.slug != "unpacked_to_longest" for each in found.diagnoses)
    assert not any("total_length=tokens" in fix.title for each in found.diagnoses for fix in each.fixes)


PADDED = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
gru, tags = nn.GRU(6, 8, batch_first=True), nn.Linear(8, 3)


def scores(steps, counts):
    rows = pack_padded_sequence(steps, counts, batch_first=True, enforce_sorted=False)
    return tags(pad_packed_sequence(gru(rows)[0], batch_first=True{told})[0])


labels = torch.full((4, 9), -100)
labels[:, :5] = 1
print(F.cross_entropy(scores(torch.rand(4, 9, 6), [2, 5, 3, 4]).transpose(1, 2), labels).item())
"""


def test_labels_of_each_step_ask_for_it_as_well():
    found = mended(PADDED.format(told=""), most=1)
    assert any("total_length=steps.size(1)" in each for each in found.changed)
    assert not found.doubts
    assert found.output == printed(PADDED.format(told=", total_length=steps.size(1)"))


PARTS = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(6, 8, batch_first={first})

    def forward(self, tokens, counts):
        rows = pack_padded_sequence(tokens, counts, batch_first={first}, enforce_sorted=False)
        rows, _ = self.gru(rows)
        padded, _ = pad_packed_sequence(rows, batch_first={first}{told})
        return padded


reader, tokens, counts = Reader(), torch.randn(4, 9, 6){turned}, torch.tensor([9, 8, 5, 3])
{joined}
print(tuple(states.shape), round(states.std({steps}).sum().item(), 4))
"""
LISTED = """
parts = [reader(*each) for each in zip(tokens.chunk(2, {rows}), counts.chunk(2))]
states = torch.cat(parts, {rows})
"""
FILLED = """
found = []
for part, many in zip(tokens.split(2, {rows}), counts.split(2)):
    found.append(reader(part, many))
states = torch.cat(found, dim={rows})
"""
NAMED = """
one = reader(tokens.narrow({rows}, 0, 2), counts[:2])
other = reader(tokens.narrow({rows}, 2, 2), counts[2:])
states = torch.cat((one, other), dim={rows})
"""


@pytest.mark.parametrize("joined", [LISTED, FILLED, NAMED])
@pytest.mark.parametrize(("layout", "axis"), [(ROWS, 1), (STEPS, 0)])
def test_parts_of_a_batch_come_back_as_long_as_it(layout, axis, joined):
    layout = layout | {"joined": joined.format(rows=1 - axis), "turned": ".transpose(0, 1)" * (1 - axis)}
    found = mended(PARTS.format(**layout), most=1)
    told = f", total_length=tokens.size({axis})"
    assert found.diagnoses[0].slug == "unpacked_to_longest"
    assert not found.doubts
    assert found.output == printed(PARTS.format(**layout | {"told": told}))


def test_parts_that_were_padded_apart_are_as_long_as_they_were():
    joined = "states = torch.cat([reader(tokens[:2], counts[:2]), reader(tokens[2:, :5], counts[2:])])"
    found = mended(PARTS.format(**ROWS | {"joined": joined}), most=1)
    assert not any("total_length" in fix.title for fix in found.diagnoses[0].fixes)


FUNCTION = (
    PARTS.replace("reader, tokens", "encode, tokens")
    .replace(
        PARTS[PARTS.index("class") : PARTS.index("reader, tokens")],
        """
gru = nn.GRU(6, 8, batch_first={first})


def encode(tokens, counts):
    rows = gru(pack_padded_sequence(tokens, counts, batch_first={first}, enforce_sorted=False))[0]
    return pad_packed_sequence(rows, batch_first={first}{told})[0]


""",
    )
    .replace("Reader()", "encode")
)


def test_parts_that_a_function_reads_are_as_long_where_a_loop_cuts_them():
    # The longest is in the last part, which comes back as it was.
    joined = LISTED.replace("reader(*each) for each", "encode(part, many) for part, many").format(rows=0)
    layout = ROWS | {"joined": joined.replace("counts.chunk(2)", "counts.flip(0).chunk(2)")}
    found = mended(FUNCTION.format(**layout), most=1)
    assert not found.doubts
    assert found.output == printed(FUNCTION.format(**layout | {"told": ", total_length=tokens.size(1)"}))
