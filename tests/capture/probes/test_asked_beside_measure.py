"""A loss that asks for a class in padding, beside a measure that leaves the padding out."""

from __future__ import annotations

import pytest
from programs import audited, slugs

TAGGER = """
from torch.nn.utils.rnn import pad_sequence

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(13, 8)
        self.gru, self.head = nn.GRU(8, 8, batch_first=True), nn.Linear(8, {kinds})

    def forward(self, words):
        return self.head(self.gru(self.embedding(words))[0])


model = Tagger()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    words = pad_sequence([torch.randint(1, 13, (n,)) for n in (9, 4, 6, 3, 7)], batch_first=True)
    tags = {tags}
    real = words != 0
    scores = model(words)
    {loss}
    {measure}
    print(share.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LOSS = "loss = F.cross_entropy(scores.flatten(0, 1), tags.flatten())"
# A word has the class 0 as often as any other one, and the padding has it as well.
TAGS = "words % 3"
SHARE = "share = (scores.argmax(-1) == tags)[real].float().mean()"


def program(loss=LOSS, measure=SHARE, tags=TAGS, kinds=4):
    return TAGGER.format(loss=loss, measure=measure, tags=tags, kinds=kinds)


@pytest.mark.parametrize(
    "measure",
    [
        SHARE,
        "share = (scores.argmax(-1)[real] == tags[real]).float().mean()",
        "share = ((scores.argmax(-1) == tags) * real).sum() / real.sum()",
        "share = (scores.max(-1).indices.eq(tags) & real).sum() / real.sum()",
        "share = (scores[real].argmax(-1) == tags[real]).float().mean()",
        "share = (scores.softmax(-1).argmax(-1) == tags).masked_select(words.ne(0)).float().mean()",
    ],
)
def test_a_measure_that_leaves_padding_out(measure):
    ((slug, edits),) = audited(program(measure=measure), "")
    assert slug == "padding_asked_for"
    shown = [line.strip() for line in edits]
    assert shown == ([] if "ne(0)" in measure else ["loss = F.cross_entropy(scores[real], tags[real])"])


@pytest.mark.parametrize(
    ("loss", "fixed"),
    [
        ("loss = F.cross_entropy(scores.transpose(1, 2), tags)", "loss = F.cross_entropy(scores[real], tags[real])"),
        ("loss = nn.CrossEntropyLoss()(scores.view(-1, 4), tags.view(-1))",
         "loss = nn.CrossEntropyLoss()(scores[real], tags[real])"),
    ],
)  # fmt: skip
def test_however_the_loss_is_called(loss, fixed):
    ((slug, edits),) = audited(program(loss), "")
    assert (slug, [line.strip() for line in edits]) == ("padding_asked_for", [fixed])
    assert slugs(program(fixed), "") == []


def test_flags_of_two_classes():
    loss = "loss = F.binary_cross_entropy_with_logits(scores.squeeze(-1), tags.float())"
    measure = "share = ((scores.squeeze(-1) > 0) == tags)[real].float().mean()"
    assert slugs(program(loss, measure, "(words % 2) * (words != 0)", kinds=1), "") == ["padding_asked_for"]
    assert slugs(program(loss.replace("(-1)", "(-1)[real]").replace("tags", "tags[real]"), measure, kinds=1), "") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"measure": "share = (scores.argmax(-1) == tags).float().mean()"},
        # What is left out is no padding.
        {"measure": SHARE.replace("real", "torch.rand(words.shape) < 0.7")},
        {"measure": "share = (scores.argmax(-1) == tags)[tags != 1].float().mean()"},
        {"loss": "loss = F.cross_entropy(scores[real], tags[real])"},
        {"loss": "loss = F.cross_entropy(scores.flatten(0, 1), tags.flatten(), ignore_index=0)"},
        {"loss": "loss = F.cross_entropy(scores.mT, tags, weight=torch.tensor([0.0, 1, 1, 1]))"},
        {"loss": "loss = (F.cross_entropy(scores.mT, tags, reduction='none') * real).sum() / real.sum()"},
        # Something is read there.
        {"measure": SHARE.replace("real", "inner"),
         "loss": LOSS + "\n    inner = torch.arange(9) < torch.tensor([9, 2, 3, 1, 5])[:, None]"},
        # Other labels than those of the loss.
        {"measure": "share = (scores.argmax(-1) == words.flip(0) % 2)[real].float().mean()"},
    ],
)  # fmt: skip
def test_losses_that_may_ask_for_it(changes):
    assert "padding_asked_for" not in slugs(program(**changes), "")
