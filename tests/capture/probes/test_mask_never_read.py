"""Losses that are given what is real of each row and never read it; beside those that do, or need not."""

from __future__ import annotations

import pytest
from programs import audited, lines_told, slugs

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


def test_symbols_that_were_multiplied_by_the_mask():
    made = """    mask = torch.arange(7) < torch.tensor([7, 3, 5, 4])[:, None]
    words = torch.randint(1, 20, (4, 7)) * mask
"""
    first, last = PROGRAM.index("    rows ="), PROGRAM.index("    value =")
    program = PROGRAM[:first] + made + PROGRAM[last:]
    loss = """
def loss_of(scores, right, attention_mask):
    scores, right = scores.reshape(-1, 5), right.reshape(-1, 5)
    return F.kl_div(scores.log_softmax(-1), right.softmax(-1), reduction="batchmean")
"""
    called = CALLED.format(mask="mask")
    assert slugs(program.format(loss=loss, called=called), "") == ["mask_never_read"]
    kept = loss.replace("scores.reshape(-1, 5), right.reshape(-1, 5)", "scores[attention_mask], right[attention_mask]")
    assert slugs(program.format(loss=kept, called=called), "") == []


def test_lengths_that_nobody_reads():
    assert found(ERRORS, "F.mse_loss(scores, right)", "lengths") == ["mask_never_read"]
    kept = "F.mse_loss(*(nn.utils.rnn.pack_padded_sequence(x, seq_lens, True, False).data for x in (scores, right)))"
    assert found(ERRORS, kept, "lengths") == []


def test_a_mean_in_a_helper_that_knows_no_mask():
    assert found(HELPED, "each") == ["mask_never_read"]
    # It is read, and the mean counts all the same what it leaves out.
    assert found(HELPED, "each * padding_mask[..., None]") == ["padding_in_mean"]
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


ENDS = """
class Speaker(nn.Module):
    def __init__(self):
        super().__init__()
        self.tagger, self.stop = Tagger(), nn.Linear(5, 1)

    def forward(self, words):
        out = self.tagger(words)
        return out, self.stop(out).squeeze(-1)


def frames_of(given, wanted, mask):
    return ((given - wanted).abs().mean(-1) * mask).sum() / mask.sum()


def other_of(scores, wanted, mask):
    return {kept}


def loss_of(out, wanted, mask, lengths):
    steps = torch.arange(mask.shape[1])
    {before}
    return frames_of(out[0], wanted, mask) + other_of({given}, mask)
"""
ENDED = "F.binary_cross_entropy_with_logits(scores, wanted)"


def of_two(kept, given, before="pass"):
    loss = ENDS.format(kept=kept, given=given, before=before)
    program = PROGRAM.format(loss=loss, called="loss_of(model(words), wanted(words), mask, lengths)")
    return slugs(program.replace("model, wanted = Tagger()", "model, wanted = Speaker()"), "")


@pytest.mark.parametrize(
    "target",
    [
        "(~mask).float()",
        "1 - mask.float()",
        "(steps >= lengths[:, None] - 1).float()",
        "torch.tensor([[float(step >= n - 1) for step in range(7)] for n in (7, 3, 5, 4)])",
    ],
)
def test_what_says_that_a_row_has_ended_is_asked_of_all_steps(target):
    assert of_two(ENDED, "out[1], ended", f"ended = {target}") == []


def test_yes_and_no_that_has_nothing_to_do_with_the_ends():
    kept = "F.binary_cross_entropy_with_logits(scores, (right > 0).float())"
    assert found(ERRORS.replace("seq_lens", "mask"), kept) == ["mask_never_read"]


@pytest.mark.parametrize("kept", ["scores.pow(2).mean()", "scores.diff(dim=1).abs().mean()"])
def test_a_penalty_has_no_target(kept):
    assert of_two(kept, "out[0], None") == []


@pytest.mark.parametrize(
    ("kept", "is_wrong"),
    [
        ("scores.pow(2).mean()", False),
        ("F.mse_loss(scores, torch.zeros_like(scores))", False),
        ("(scores - right).pow(2).mean()", True),
        ("F.mse_loss(scores, right)", True),
    ],
)
def test_the_same_function_with_a_target(kept, is_wrong):
    assert ("mask_never_read" in found(ERRORS.replace("seq_lens", "mask"), kept)) == is_wrong


ATTENDS = """
from torch.nn.utils.rnn import pad_sequence


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.energy, self.score = nn.Linear(14, 6), nn.Linear(6, 1)

    def forward(self, query, keys, {name}):
        both = torch.cat([query[:, None].expand(-1, keys.shape[1], -1), keys], dim=2)
        scores = self.score(self.energy(both).tanh()).squeeze(2){filled}
        return scores.softmax({axis})


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.out, self.attention = nn.Embedding(20, 6), nn.Linear(8, 5), Attention()
        self.walk = nn.GRU(6, 4, batch_first=True, bidirectional=True)

    def forward(self, words, mask):
        embedded = self.words(words)
        {keys}
        weights = self.attention(embedded[:, 0], out, mask){hidden}
        return self.out((weights.unsqueeze(2) * out).sum(1))


torch.manual_seed(1)
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    rows = [torch.randint(1, 20, (n,)) for n in (7, 3, 5, 4)]
    words = pad_sequence(rows, batch_first=True)
    mask = torch.arange(words.shape[1]) < torch.tensor([len(row) for row in rows])[:, None]
    loss = F.cross_entropy(model(words, mask), torch.tensor([0, 1, 2, 3]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
WALKED = "out, _ = self.walk(embedded)"


def attending(name="mask", filled="", axis="1", keys=WALKED, hidden=""):
    return ATTENDS.format(name=name, filled=filled, axis=axis, keys=keys, hidden=hidden)


@pytest.mark.parametrize("name", ["mask", "padding_mask", "src_mask"])
def test_an_attention_that_is_given_a_mask_in_vain(name):
    # That the backward direction begins in the padding is a note, and no answer to it.
    program = attending(name)
    assert slugs(program, "") == ["padding_read_backwards", "mask_never_read"]
    assert lines_told(program, "")[1:] == ["return scores.softmax(1)"]
    assert slugs(attending(name, f".masked_fill(~{name}, float('-inf'))"), "") == ["padding_read_backwards"]


@pytest.mark.parametrize(
    "changes",
    [
        # What is not called a mask may be anything.
        {"name": "beside"},
        # The caller takes away what fell to the padding.
        {"hidden": " * mask; weights = weights / weights.sum(1, keepdim=True)"},
        {"hidden": ".masked_fill(~mask, 0.0); weights = F.normalize(weights, p=1, dim=1)"},
        # A name that says that nobody reads it.
        {"name": "_mask"},
        # The keys are of other sequences, and all of them are real.
        {"keys": "out = self.out.weight[:, None].expand(-1, 7, -1)[:4] + embedded[:, :1].sum(2, keepdim=True)"},
    ],
)
def test_attentions_that_need_no_mask(changes):
    assert "mask_never_read" not in slugs(attending(**changes), "")
