"""Losses of next symbols, term by term, that count the padding which sequences of a batch were filled up with."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

SONGS = """
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(3)
songs = [torch.randint(1, 30, (n,)) for n in torch.randint(3, 14, (24,)).tolist()]


def collate(rows):
    longest = max(map(len, rows))
    {collate}
    return x[:, :-1], x[:, 1:]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn = nn.Embedding(31, 8{padding}), nn.GRU(8, 8, batch_first=True)
        self.out = nn.Linear(8, 31)

    def forward(self, x):
        return self.out(self.rnn(self.table(x))[0])


def criterion(made, y):
    {loss}


model = Model()
batches = [*DataLoader(songs, batch_size=8, shuffle=True, collate_fn=collate)]
"""
PADDED = "x = pad_sequence(rows, batch_first=True)"
EACH = "each = F.cross_entropy(made.transpose(1, 2), y, reduction='none')\n    "
COUNTED = [
    (EACH + "return each.mean()", ["return each[y != 0].mean()"]),
    (EACH + "return (each * torch.linspace(1, 2, y.shape[1])).mean()", None),
    (EACH + "return each.sum(dim=1).mean()", []),
    (EACH + "return each.sum() / y.numel()", []),
    (
        "flat = y.reshape(-1)\n    return nn.CrossEntropyLoss(reduction='none')(made.flatten(0, 1), flat).mean()",
        ["return nn.CrossEntropyLoss(reduction='none')(made.flatten(0, 1), flat)[flat != 0].mean()"],
    ),
    ("return -made.log_softmax(-1).gather(2, y.unsqueeze(-1)).mean()", []),
    ("made = made.log_softmax(-1).view(-1, 31)\n    return -made[torch.arange(y.numel()), y.reshape(-1)].mean()", []),
]


@pytest.mark.parametrize(("loss", "edits"), COUNTED)
def test_terms_of_padding(loss, edits):
    ((slug, found),) = audited(SONGS.format(collate=PADDED, padding=", padding_idx=0", loss=loss))
    assert slug == "padding_asked_for"
    edits = ["return (each * torch.linspace(1, 2, y.shape[1]))[y != 0].mean()"] if edits is None else edits
    assert [edit.strip() for edit in found] == edits


@pytest.mark.parametrize(
    "loss",
    [
        EACH + "return each[y != 0].mean()",
        EACH + "keep = (y != 0).float()\n    return (each * keep).sum() / keep.sum()",
        EACH + "return torch.where(y == 0, torch.zeros_like(each), each).sum() / (y != 0).sum()",
        "each = F.cross_entropy(made.transpose(1, 2), y, reduction='none', ignore_index=0)\n"
        "    return each.sum() / (y != 0).sum()",
        "each = made.log_softmax(-1).gather(2, y.unsqueeze(-1)).squeeze(-1)\n"
        "    return -each.masked_select(y.bool()).mean()",
    ],
)
@pytest.mark.parametrize("padding", ["", ", padding_idx=0"])
def test_terms_without_padding(loss, padding):
    assert slugs(SONGS.format(collate=PADDED, padding=padding, loss=loss)) == []


@pytest.mark.parametrize(
    "collate",
    [
        PADDED,
        "x = torch.zeros(len(rows), longest, dtype=torch.long)\n"
        "    for at, row in enumerate(rows):\n        x[at, : len(row)] = row",
        "x = torch.stack([F.pad(row, (0, longest - len(row))) for row in rows])",
        "x = torch.stack([torch.cat([row, row.new_zeros(longest - len(row))]) for row in rows])",
    ],
)
@pytest.mark.parametrize(("call", "found"), [("", ["padding_asked_for"]), ("[y != 0]", [])])
def test_what_filled_the_rows_says_where_the_padding_is(collate, call, found):
    loss = EACH + f"return each{call}.mean()"
    assert slugs(SONGS.format(collate=collate, padding="", loss=loss)) == found


@pytest.mark.parametrize(
    "collate",
    [
        # Symbols that end all songs alike, and which nobody has filled up.
        "x = torch.stack([torch.cat([row[:3], row[:3] * 0]) for row in rows])",
        # The filler is the end of a song as well, and says so.
        "eos = 0\n    x = pad_sequence(rows, batch_first=True)",
    ],
)
def test_symbols_that_are_to_be_learned(collate):
    assert slugs(SONGS.format(collate=collate, padding="", loss=EACH + "return each.mean()")) == []


TAGGER = """
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(3)
lengths = torch.randint(3, 14, (24,)).tolist()
rows = [(torch.randint(1, 30, (n,)), torch.randint({first}, 5, (n,))) for n in lengths]


def collate(rows):
    xs, ys = zip(*rows)
    x = pad_sequence(xs, batch_first=True)
    y = {filled}
    return x, y


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(30, 8, padding_idx=0)
        self.rnn = nn.LSTM(8, 8, batch_first=True, bidirectional={both})
        self.out = nn.Linear(16 if {both} else 8, 5)

    def forward(self, x):
        return self.out(self.rnn(self.table(x))[0])


criterion = lambda made, y: F.cross_entropy(made.transpose(1, 2), y)
model = Model()
batches = [*DataLoader(rows, batch_size=8, shuffle=True, collate_fn=collate)]
"""
BY_HAND = "torch.stack([torch.cat([y, y.new_zeros(x.shape[1] - len(y))]) for y in ys])"


@pytest.mark.parametrize("both", ["True", "False"])
@pytest.mark.parametrize(
    ("filled", "mended"),
    [
        ("pad_sequence(ys, batch_first=True)", "    y = pad_sequence(ys, batch_first=True, padding_value=-100)\n"),
        ("pad_sequence(ys, batch_first=True, padding_value=2)", None),
        (BY_HAND, None),
    ],
)
def test_a_filler_that_is_a_class_as_well(filled, mended, both):
    program = TAGGER.format(first=0, filled=filled, both=both)
    assert audited(program) == [("padding_asked_for", [mended] if mended else [])]


@pytest.mark.parametrize("both", ["True", "False"])
def test_a_filler_of_its_own_that_a_layer_walks_through_as_well(both):
    program = TAGGER.format(first=1, filled="pad_sequence(ys, batch_first=True)", both=both)
    assert slugs(program) == ["padding_asked_for"]


@pytest.mark.parametrize(
    "filled",
    [
        "pad_sequence(ys, batch_first=True, padding_value=-100)",
        # A label for every step, of those that are none as well: they may be read off what stands around them.
        "(torch.arange(x.shape[1]) % 5).repeat(len(x), 1)",
        "torch.randint(0, 5, x.shape)",
        "torch.zeros_like(x)",
    ],
)
def test_labels_that_are_no_filler(filled):
    assert slugs(TAGGER.format(first=0, filled=filled, both="False")) == []


MEANS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(30, 8, padding_idx=0), nn.Linear(8, 3)

    def forward(self, tokens, sizes):
        each = self.table(tokens)
        return self.out({pooled})


def batch():
    sizes = torch.tensor([7, 3, 5, 2, 4, 6])
    tokens = torch.randint(1, 30, (6, 7)).masked_fill(torch.arange(7) >= sizes[:, None], 0)
    return (tokens, {given}), torch.randint(0, 3, (6,))


model = Model()
criterion = nn.CrossEntropyLoss()
batches = [batch() for _ in range(3)]
"""
TRAIN_BOTH = TRAIN.replace("model(x)", "model(*x)")


@pytest.mark.parametrize(
    ("pooled", "given", "found"),
    [
        ("each.mean(1)", "sizes", True),
        ("each.mean(dim=-2)", "sizes", True),
        ("each.sum(1) / sizes[:, None]", "sizes", False),
        # Nobody tells the model how long the sequences are: then a sum over a length that is the same may be meant.
        ("each.mean(1)", "None", False),
        ("each.mean(1)", "torch.arange(6)", False),
        # What is read is read for something.
        ("each.mean(1) * (7 / sizes[:, None])", "sizes", False),
    ],
)
def test_a_mean_of_zeros_counts_padding_where_the_model_was_told_of_it(pooled, given, found):
    program = MEANS.format(pooled=pooled, given=given)
    assert [slug for slug, _ in audited(program, TRAIN_BOTH)] == (["padding_pooled"] if found else [])


def test_a_filler_that_is_rare_elsewhere_is_no_class_like_the_others():
    program = TAGGER.format(first=1, filled="pad_sequence(ys, batch_first=True)", both="False")
    assert slugs(program.replace("def collate", "rows = rows[:8]\nrows[0][1][1] = 0\n\n\ndef collate")) == []


def test_the_end_of_a_text_that_fills_it_up_is_to_be_learned():
    collate = PADDED + "\n    x[:, 1] = 0"
    loss = "return F.cross_entropy(made.transpose(1, 2), y)"
    assert "padding_asked_for" not in slugs(SONGS.format(collate=collate, padding="", loss=loss))


def test_lengths_that_are_read_as_numbers_are_read():
    scale = "torch.tensor([7 / size for size in sizes.tolist()])"
    program = MEANS.format(pooled=f"each.mean(1) * {scale}[:, None]", given="sizes")
    assert audited(program, TRAIN_BOTH) == []


DECODER = """
class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.out = nn.Embedding(12, 8, padding_idx=0), nn.GRUCell(8, 8), nn.Linear(8, 12)

    def forward(self, word, state):
        state = self.cell(self.embed(word), state)
        return self.out(state), state


decoder, criterion = Decoder(), nn.CrossEntropyLoss({ignored})
optimizer = torch.optim.SGD(decoder.parameters(), 0.1)
lengths = torch.tensor([7, 4, 5, 3])
for _ in range(3):
    target = torch.randint(1, 12, (7, 4)) * (torch.arange(7)[:, None] < lengths)
    word, state, said, loss = torch.full((4,), 1), torch.zeros(4, 8), [], 0
    for t in range(7):
        scores, state = decoder(word, state)
        word = target[t]
        said.append(scores)
        loss = loss + {each}
    {whole}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
AT_ONCE = {"each": "0", "whole": "loss = criterion(torch.stack(said).flatten(0, 1), target.flatten())"}
BY_STEPS = {"each": "criterion(scores, target[t])", "whole": "pass"}


@pytest.mark.parametrize("parts", [AT_ONCE, BY_STEPS])
def test_targets_that_a_decoder_reads_step_by_step(parts):
    assert slugs(DECODER.format(ignored="", **parts), "") == ["padding_asked_for"]
    assert slugs(DECODER.format(ignored="ignore_index=0", **parts), "") == []


@pytest.mark.parametrize("parts", [AT_ONCE, BY_STEPS])
def test_targets_of_one_length_that_a_decoder_reads_step_by_step(parts):
    assert slugs(DECODER.format(ignored="", **parts).replace("* (torch.arange(7)[:, None] < lengths)", ""), "") == []
