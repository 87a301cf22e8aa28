"""A list of sequences that a model sorts by their lengths for packing, and puts back or not."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.head = nn.GRU(3, 6{first}), nn.Linear(8, 4)

    def forward(self, rows, beside):
        lengths, order = torch.tensor([len(row) for row in rows]).sort(descending=True)
        rows = [rows[at] for at in order.tolist()]
        _, state = self.gru({packed})
        state = {given_back}
        return self.head(torch.cat([state, beside], 1)){returned}


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    rows = [torch.randn(size, 3) for size in {sizes}]
    beside, labels = torch.randn(6, 2), torch.randint(0, 4, (6,))
    optimizer.zero_grad()
    loss = {loss}
    loss.backward()
    optimizer.step()
"""
PLAIN = "F.cross_entropy(model(rows, beside), labels)"
SIZES = "[4, 9, 6, 3, 8, 5]"
PACKED = [
    ("pack_padded_sequence(pad_sequence(rows), lengths)", ""),
    ("pack_padded_sequence(pad_sequence(rows, batch_first=True), lengths, batch_first=True)", ", batch_first=True"),
    ("pack_sequence(rows)", ""),
]


def found(packed, first="", given_back="state[-1]", returned="", sizes=SIZES, loss=PLAIN):
    parts = {"packed": packed, "first": first, "given_back": given_back, "returned": returned}
    return slugs(PROGRAM.format(**parts, sizes=sizes, loss=loss), "")


@pytest.mark.parametrize(("packed", "first"), PACKED)
@pytest.mark.parametrize("loss", [PLAIN, "((model(rows, beside).sum(1) - labels) ** 2).mean()"])
def test_sequences_that_stay_sorted(packed, first, loss):
    assert found(packed, first, loss=loss) == ["rows_left_sorted"]


@pytest.mark.parametrize(("packed", "first"), PACKED)
@pytest.mark.parametrize(
    "given_back", ["state[-1][order.argsort()]", "torch.zeros_like(state[-1]).index_copy(0, order, state[-1])"]
)
def test_sequences_that_are_put_back(packed, first, given_back):
    assert found(packed, first, given_back) == []


def test_sequences_that_came_sorted():
    assert found(PACKED[0][0], sizes="[9, 8, 6, 5, 4, 3]") == []


def test_targets_that_are_sorted_as_well():
    loss = "(lambda out, order: F.cross_entropy(out, labels[order]))(*model(rows, beside))"
    assert "rows_left_sorted" not in found(PACKED[0][0], returned=", order", loss=loss)


def test_targets_that_are_made_of_sorted_rows():
    later = "labels = [0, 1, 2, 3, 0, 1]\n    optimizer"
    made = "torch.tensor([labels[at] for at in order.tolist()])"
    stacked = "torch.stack([labels[at] for at in order.tolist()])"
    asked = PROGRAM.replace("optimizer.zero_grad", later.replace("optimizer", "optimizer.zero_grad"))
    parts = {"packed": PACKED[2][0], "first": "", "given_back": "state[-1]", "returned": ", order", "sizes": SIZES}
    for program, target in ((asked, made), (asked.replace("[0, 1, 2, 3, 0, 1]", "list(labels)"), stacked)):
        loss = f"(lambda out, order: F.cross_entropy(out, {target}))(*model(rows, beside))"
        assert slugs(program.format(**parts, loss=loss), "") == []


@pytest.mark.parametrize(
    "loss",
    [
        # Nothing is asked of a sequence that is not asked of every other one.
        "F.softplus(model(rows, beside)).mean()",
        "F.cross_entropy(model(rows, beside), torch.ones(6, dtype=torch.long))",
    ],
)
def test_sequences_without_targets_of_their_own(loss):
    assert found(PACKED[0][0], loss=loss) == []
