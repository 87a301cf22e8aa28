"""The last step of all, taken of sequences that are filled up behind: of attention, of convolutions, of anything."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 8{known})
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.conv, self.out, self.value = nn.Conv1d(8, 8, 3), nn.Linear(8, 5), nn.Linear(8, 5)

    def causal(self, ids, **masks):
        ahead = torch.triu(torch.ones(ids.size(1), ids.size(1), dtype=torch.bool), 1)
        return self.encoder(self.embed(ids), mask=ahead, **masks)

    def filtered(self, ids):
        return self.conv(F.pad(self.embed(ids).transpose(1, 2), (2, 0))).relu()

    def forward(self, ids, mask):
        {body}


{names}


def batch(lengths):
    lengths = torch.tensor(lengths)
    ids = torch.randint(1, 9, (4, 6))
    mask = torch.arange(6) < lengths[:, None]
    {filled}
    return (ids, mask{dtype}), torch.randint(0, 5, (4,))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [batch({lengths}) for _ in range(2)]
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    loss = criterion(model(*x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LENGTHS, EQUAL, SHORT = "[6, 3, 4, 2]", "[6, 6, 6, 6]", "[5, 3, 4, 2]"
BEHIND, FRONT = "ids[~mask] = 0", "mask = mask.flip(1); ids[~mask] = 0"


def found(body, lengths=LENGTHS, filled=BEHIND, known="", names="", dtype=""):
    return audited(
        PROGRAM.format(body=body, lengths=lengths, filled=filled, known=known, names=names, dtype=dtype), TRAIN
    )


WRONG = [
    "return self.out(self.causal(ids)[:, -1])",
    "return self.out(self.causal(ids)[:, -1, :])",
    "return self.out(self.causal(ids)[:, -1:].squeeze(1))",
    "return self.out(self.causal(ids)[:, ids.size(1) - 1])",
    "return self.out(self.causal(ids).select(1, -1))",
    "return self.out(self.causal(ids).transpose(0, 1)[-1])",
    "return self.out(self.causal(ids))[:, -1]",
    "return self.out(self.filtered(ids)[:, :, -1])",
    "return self.out(self.filtered(ids)[..., -1])",
    "h = self.causal(ids); return self.out(h[:, -1]) * self.value(h[:, -1])",
    # What hides the padding from the others does not hide it from itself.
    "return self.out(self.causal(ids, src_key_padding_mask=ids == 0)[:, -1])",
    # The same, spelt otherwise.
    "return self.out(self.causal(ids)[torch.arange(len(ids)), -1])",
    "return self.out(self.causal(ids)[torch.arange(len(ids)), ids.size(1) - 1, :])",
    "return self.out(self.causal(ids)[list(range(len(ids))), [-1] * len(ids)])",
    "return self.out(self.causal(ids).transpose(0, 1)[-1, torch.arange(len(ids))])",
    "return self.out(self.filtered(ids)[torch.arange(len(ids)), :, -1])",
    "return self.out(self.causal(ids).unbind(1)[-1])",
    "return self.out(self.causal(ids).narrow(1, ids.size(1) - 1, 1).squeeze(1))",
    "return self.out(self.causal(ids).split(1, dim=1)[-1].flatten(1))",
    "return self.out(self.causal(ids).index_select(1, torch.tensor([ids.size(1) - 1])).squeeze(1))",
    "at = torch.full((len(ids), 1, 8), ids.size(1) - 1); return self.out(self.causal(ids).gather(1, at)[:, 0])",
]

RIGHT = [
    "return self.out(self.causal(ids)[torch.arange(len(ids)), mask.sum(1) - 1])",
    "return self.out(self.filtered(ids)[torch.arange(len(ids)), :, mask.sum(1) - 1])",
    "return self.out(self.causal(ids)[torch.arange(len(ids)), 0])",
    "return self.out(self.causal(ids)[torch.arange(len(ids)), mask.sum(1).sub(1), :])",
    "return self.out(torch.stack([row[n - 1] for row, n in zip(self.causal(ids), mask.sum(1).tolist())]))",
    # The steps that have nothing behind them keep what was there.
    "h = self.causal(ids); last = h[:, 0]\n        for t in range(1, ids.size(1)):\n"
    "            last = torch.where(mask[:, t, None], h[:, t], last)\n        return self.out(last)",
]


@pytest.mark.parametrize("known", ["", ", padding_idx=0"])
@pytest.mark.parametrize("body", WRONG)
def test_the_last_step_of_all_is_padding(body, known):
    assert [slug for slug, _ in found(body, known=known)] == ["last_padded_step"]


@pytest.mark.parametrize("body", RIGHT)
def test_the_last_step_of_each(body):
    assert found(body) == []


def test_the_first_step_of_all_is_no_padding_but_knows_no_other_step():
    seen = found("return self.out(self.causal(ids)[:, 0])")
    assert [slug for slug, *_ in seen] == ["first_step_of_a_forward_layer"]


@pytest.mark.parametrize("body", [WRONG[0], WRONG[7]])
@pytest.mark.parametrize(
    "kind",
    [
        {"lengths": EQUAL},
        {"filled": FRONT},
        # Each sequence has such a token at its end, and the last one of all is one of them.
        {"lengths": SHORT},
        {"names": "EOS = 0"},
        {"filled": "ids[~mask] = 0; ids[torch.arange(4), lengths - 1] = 0"},
        # Other numbers behind the end than one filler: the mask says something else.
        {"filled": "pass"},
    ],
)
def test_a_last_step_that_is_none_of_padding(body, kind):
    assert "last_padded_step" not in [slug for slug, _ in found(body, **kind)]


@pytest.mark.parametrize(
    ("body", "dtype", "line"),
    [
        (WRONG[0], "", "self.causal(ids)[torch.arange(len(mask)), mask.sum(1) - 1])"),
        (WRONG[0], ".float()", "self.causal(ids)[torch.arange(len(mask)), mask.sum(1).long() - 1])"),
        (WRONG[7], ".long()", "self.filtered(ids)[torch.arange(len(mask)), :, mask.sum(1) - 1])"),
    ],
)
def test_the_mask_says_which_step_to_take(body, dtype, line):
    ((_, edits),) = found(body, dtype=dtype)
    assert edits == [f"        return self.out({line}\n"]


@pytest.mark.parametrize("call", ["model(*x)", "model(x[0], mask=x[1])", "model(ids=x[0], mask=x[1])"])
def test_the_mask_may_be_given_by_its_name(call):
    program = PROGRAM.format(body=WRONG[0], lengths=LENGTHS, filled=BEHIND, known="", names="", dtype="")
    ((slug, edits),) = audited(program, TRAIN.replace("model(*x)", call))
    assert slug == "last_padded_step"
    assert "[torch.arange(len(mask)), mask.sum(1) - 1]" in edits[0]


def test_sums_of_nothing_are_the_same_behind_the_end():
    body = "return self.out(self.embed(ids).cumsum(1)[:, -1] / mask.sum(1, keepdim=True))"
    assert (
        slugs(
            PROGRAM.format(body=body, lengths=LENGTHS, filled=BEHIND, known=", padding_idx=0", names="", dtype=""),
            TRAIN,
        )
        == []
    )


GROUPED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 8, padding_idx=0)
        self.words, self.lines = nn.GRU(8, 8, batch_first=True), nn.GRU(8, 8, batch_first=True)
        self.out = nn.Linear(8, 3)

    def read(self, rows):
        states, _ = self.words(self.embed(rows))
        {taken}

    def forward(self, ids):
        lines = {lines}
        return self.out(self.lines(lines)[1][0])


def batch():
    lengths = torch.randint(2, 8, (4, 5, 1))
    ids = torch.randint(1, 9, (4, 5, 7))
    return ids.masked_fill(torch.arange(7) >= lengths, 0), torch.randint(0, 3, (4,))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [batch() for _ in range(2)]
"""
LAST = "return states[:, -1]"
LAST_WORD = "return states[torch.arange(len(rows)), (rows != 0).sum(1) - 1]"


@pytest.mark.parametrize(
    "lines",
    [
        "self.read(ids.reshape(-1, ids.shape[-1])).reshape(*ids.shape[:2], -1)",
        "self.read(ids.flatten(0, 1)).unflatten(0, ids.shape[:2])",
        "torch.stack([self.read(ids[:, at]) for at in range(ids.shape[1])], 1)",
    ],
)
def test_rows_that_lie_in_groups_are_filled_up_as_well(lines):
    after = TRAIN.replace("model(*x)", "model(x)")
    (slug, _), *others = audited(GROUPED.format(lines=lines, taken=LAST), after)
    assert (slug, others) == ("last_padded_step", [])
    assert audited(GROUPED.format(lines=lines, taken=LAST_WORD), after) == []
