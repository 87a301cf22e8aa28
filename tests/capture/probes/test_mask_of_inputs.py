"""Masks of what counts among targets that lie one step later: cut like the inputs, or like the targets."""

from __future__ import annotations

import pytest
from programs import audited, lines_told, slugs

PROGRAM = """
def rows(count, end=({end})):
    made = [[1, *torch.randint(3, 11, (int(torch.randint(2, 8, (1,))),)).tolist(), *end] for _ in range(count)]
    ids = torch.zeros(count, {width}, dtype=torch.long)
    mask = torch.zeros(count, {width})
    for at, row in enumerate(made):
        ids[at, :len(row)] = torch.tensor(row)
        mask[at, :len(row)] = 1
    return ids, mask


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.head = nn.Embedding(11, 6), nn.GRU(6, 7, batch_first=True), nn.Linear(7, 11)

    def forward(self, ids):
        return self.head(self.rnn(self.table(ids))[0])


def each(ids, reduction="none"):
    return F.cross_entropy(model(ids[:, :-1]).transpose(1, 2), ids[:, 1:], reduction=reduction, ignore_index={ignored})


model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
for _ in range(3):
    ids, mask = rows(9)
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
right = number = 0
with torch.no_grad():
    for _ in range(3):
        ids, mask = rows(8)
        x, y = ids[:, :-1], ids[:, 1:]
        {measure}
print(right / number)
"""
LOSS = "loss = (each(ids) * (ids[:, 1:] != 0)).sum() / (ids[:, 1:] != 0).sum()"
TOTAL = "right += (each(ids) * kept).sum().item(); number += kept.sum().item()"
GIVEN, ASKED = "kept = mask[:, :-1]", "kept = mask[:, 1:]"


def program(loss=LOSS, measure=f"{ASKED}; {TOTAL}", end="2,", width=10, ignored=0):
    return PROGRAM.format(loss=loss, measure=measure, end=end, width=width, ignored=ignored)


MEASURES = [
    ("{kept}\n        " + TOTAL, GIVEN, ASKED),
    (
        "{kept}\n        flat = F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction='none')\n"
        "        right += (flat * kept.flatten()).sum().item(); number += kept.sum().item()",
        GIVEN,
        ASKED,
    ),
    (
        "{kept}\n        hits = (model(x).argmax(-1) == y) & kept.bool()\n"
        "        right += hits.sum().item(); number += kept.sum().item()",
        GIVEN,
        ASKED,
    ),
    (
        "{kept}\n        hits = (model(x).argmax(-1) == y)[kept]\n"
        "        right += hits.float().mean().item(); number += 1",
        "kept = x != 0",
        "kept = y != 0",
    ),
    (
        "{kept}\n        right += F.cross_entropy(model(x)[kept], y[kept]).item(); number += 1",
        "kept = mask[:, :-1].bool()",
        "kept = mask[:, 1:].bool()",
    ),
    (
        "{kept}\n        picked = model(x).log_softmax(-1).gather(-1, y.unsqueeze(-1)).squeeze(-1)\n"
        "        right -= (picked * kept).sum().item(); number += kept.sum().item()",
        GIVEN,
        ASKED,
    ),
]


@pytest.mark.parametrize(("measure", "wrong", "right"), MEASURES)
def test_a_measure_that_counts_a_filler_in_each_row(measure, wrong, right):
    script = program(measure=measure.format(kept=wrong))
    assert slugs(script, "") == ["mask_of_inputs"]
    assert lines_told(script, "") == [wrong]
    assert slugs(program(measure=measure.format(kept=right)), "") == []


def test_a_loss_that_counts_a_filler_in_each_row():
    loss = "{}\n    loss = (each(ids) * kept).sum() / kept.sum()"
    ((slug, (edit,)),) = audited(program(loss=loss.format(GIVEN)), "")
    assert (slug, edit.strip()) == ("mask_of_inputs", ASKED)
    assert slugs(program(loss=loss.format(ASKED)), "") == []


@pytest.mark.parametrize(
    ("measure", "end", "width"),
    [
        # No symbol says that a row ends: the filler does, once in each row.
        (f"{GIVEN}; {TOTAL}", "", 10),
        # No row ends early, and nothing is filled.
        (f"kept = torch.ones_like(mask)[:, :-1]; {TOTAL}", "2,", 11),
        # The symbol stands within rows as well, as that of a sentence does.
        (f"ids[:, 2] = 2; {GIVEN}; {TOTAL}", "2,", 10),
        # The mask is of something else, such as of all but the first steps, or of every other one.
        (f"kept = (torch.arange(9) > 1).float().expand(8, 9); {TOTAL}", "2,", 10),
        # What is measured is of the inputs themselves.
        ("right += (model(x).argmax(-1) == x)[x != 0].sum().item(); number += 1", "2,", 10),
    ],
)
def test_masks_that_leave_out_what_they_should(measure, end, width):
    assert slugs(program(measure=measure, end=end, width=width, ignored=-100), "") == []


def test_a_filler_that_the_loss_ignores_stands_for_no_end():
    script = program(loss="loss = each(ids, 'mean')", measure=f"{GIVEN}\n        {TOTAL}", end="")
    assert (slugs(script, ""), lines_told(script, "")) == (["mask_of_inputs"], [GIVEN])


@pytest.mark.parametrize("scores", ["model(ids[:, :-1])", "model(ids)[:, :-1]", "model(ids)[..., :-1, :]"])
def test_the_loss_ignores_the_filler_of_scores_that_were_cut(scores):
    loss = f"loss = F.cross_entropy({scores}.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=0)"
    hits = "hits = (model(x).argmax(-1) == y) * kept\n        right += hits.sum().item(); number += kept.sum().item()"
    script = program(loss=loss, measure=f"{GIVEN}\n        {hits}", end="")
    assert (slugs(script, ""), lines_told(script, "")) == (["mask_of_inputs"], [GIVEN])
    assert slugs(program(loss=loss, measure=f"{ASKED}\n        {hits}", end=""), "") == []


@pytest.mark.parametrize(
    "measure",
    [
        # What the mask counts too much is left out by what is divided by, and by the loss.
        f"{GIVEN}; right += (each(ids) * kept).sum().item(); number += (y != 0).sum().item()",
        f"{GIVEN}; hits = (model(x).argmax(-1) == y) & kept.bool() & (y != 0)\n"
        "        right += hits.sum().item(); number += (y != 0).sum().item()",
        # The steps are those of the inputs.
        f"{GIVEN}; right += ((model(x).argmax(-1) == x) * kept).sum().item(); number += kept.sum().item()",
    ],
)
def test_an_ignored_filler_that_is_not_counted(measure):
    assert slugs(program(loss="loss = each(ids, 'mean')", measure=measure, end=""), "") == []
