"""Losses that are given what is real of each row and never read it; beside those that do, or need not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.nn.utils.rnn import pad_sequence


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.walk, self.out = nn.Embedding(20, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(8, 5)

    def forward(self, words):
        return self.out(self.walk(self.words(words))[0])


{loss}


torch.manual_seed(1)
model, wanted = Tagger(), nn.Embedding(20, 5).requires_grad_(False)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    rows = [torch.randint(1, 20, (n,)) for n in (7, 3, 5, 4)]
    words = pad_sequence(rows, batch_first=True)
    lengths = torch.tensor([len(row) for row in rows])
    mask = torch.arange(words.shape[1]) < lengths[:, None]
    value = {called}
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
"""
DIVERGENCE = """
def loss_of(scores, right, mask):
    each = F.kl_div(scores.log_softmax(-1), right.softmax(-1), reduction="none").sum(-1)
    return {kept}
"""
ERRORS = """
class Errors(nn.Module):
    def __init__(self, scale=2.0):
        super().__init__()
        self.scale = scale

    def forward(self, scores, right, seq_lens):
        return {kept} * self.scale


loss_of = Errors()
"""
HELPED = """
def mean_of(each):
    return each.sum(-1).mean()


def loss_of(scores, right, padding_mask=None):
    each = (scores - right).abs()
    return mean_of({kept})
"""
CALLED = "loss_of(model(words), wanted(words), {mask})"


def found(loss, kept, mask="mask.float()"):
    return slugs(PROGRAM.format(loss=loss.format(kept=kept), called=CALLED.format(mask=mask)), "")


def test_a_mask_that_nobody_reads():
    assert found(DIVERGENCE, "each.mean()") == ["mask_never_read"]
    assert found(DIVERGENCE, "each[mask].mean()", "mask") == []
    assert found(DIVERGENCE, "(each * mask).sum() / mask.sum()") == []
    assert found(DIVERGENCE, "each.mean()", "mask=mask.float()") == ["mask_never_read"]


def test_lengths_that_nobody_reads():
    assert found(ERRORS, "F.mse_loss(scores, right)", "lengths") == ["mask_never_read"]
    kept = "F.mse_loss(*(nn.utils.rnn.pack_padded_sequence(x, seq_lens, True, False).data for x in (scores, right)))"
    assert found(ERRORS, kept, "lengths") == []


def test_a_mean_in_a_helper_that_knows_no_mask():
    assert found(HELPED, "each") == ["mask_never_read"]
    assert found(HELPED, "each * padding_mask[..., None]") == []
    # Nobody was given any.
    assert (
        slugs(PROGRAM.format(loss=HELPED.format(kept="each"), called="loss_of(model(words), wanted(words))"), "") == []
    )


@pytest.mark.parametrize(
    ("loss", "called"),
    [
        # What is left out is zero already, and was taken off in front.
        (DIVERGENCE.format(kept="each.mean()"), "loss_of(model(words) * 0, wanted(words) * 0, mask)"),
        (DIVERGENCE.format(kept="each.mean()"), "loss_of(model(words)[mask], wanted(words)[mask], mask)"),
        # Thrown away in so many words.
        (
            DIVERGENCE.replace("    each", "    del mask\n    each").format(kept="each.mean()"),
            CALLED.format(mask="mask"),
        ),
        (DIVERGENCE.replace("mask", "_mask").format(kept="each.mean()"), CALLED.format(mask="mask")),
        (DIVERGENCE.replace("mask", "causal_mask").format(kept="each.mean()"), CALLED.format(mask="mask")),
    ],
)
def test_masks_that_need_not_be_read(loss, called):
    assert slugs(PROGRAM.format(loss=loss, called=called), "") == []


def test_the_mean_is_taken_of_what_the_mask_keeps():
    program = PROGRAM.format(loss=DIVERGENCE.format(kept="each.mean()"), called=CALLED.format(mask="mask.float()"))
    [(slug, edits)] = audited(program, "")
    assert (slug, edits[0].strip()) == ("mask_never_read", "return ((each * mask).sum() / mask.sum())")
