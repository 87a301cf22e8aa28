"""Targets that were blanked by the mask of the padding: those that count, and those that a loss leaves out."""

import pytest
from programs import slugs

PROGRAM = """
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.gru, self.tag = nn.Embedding(23, 6), nn.GRU(6, 7, batch_first=True), nn.Linear(7, 3)

    def forward(self, words):
        return self.tag(self.gru(self.words(words))[0])


model = Tagger()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    keep = torch.arange(9) < torch.tensor([9, 4, 6, 3, 7])[:, None]
    words = torch.randint(1, 23, (5, 9)) * keep
    tags = torch.randint(0, 3, (5, 9))
    scores = model(words)
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
CLASSES = "loss = F.cross_entropy(scores.flatten(0, 1), tags.flatten())"
TURNED = "loss = F.cross_entropy(scores.transpose(1, 2), tags)"
YES_OR_NO = "tags = (tags == 1) & keep; loss = F.binary_cross_entropy_with_logits(scores[..., 0], tags.float()"
PICKED = "tags = tags * keep; picked = scores.log_softmax(-1).gather(2, tags[..., None])[..., 0]; loss = -picked"
EACH = f"tags = tags * keep; {CLASSES[:-1]}, reduction='none')"


def found(loss):
    return slugs(PROGRAM.format(loss=loss), "")


@pytest.mark.parametrize(
    "loss",
    [
        f"tags = tags * keep; {TURNED}",
        f"tags = torch.where(keep, tags, 0); {CLASSES}",
        f"tags = tags.masked_fill(~keep, 0); {CLASSES}",
        f"tags[~keep] = 0; {CLASSES}",
        f"{YES_OR_NO})",
        f"{PICKED}.mean()",
        f"{EACH}.mean()",
    ],
)
def test_blanked_targets_that_count(loss):
    assert found(loss) == ["padding_asked_for"]


@pytest.mark.parametrize(
    "loss",
    [
        f"tags = tags.masked_fill(~keep, -100); {CLASSES}",
        # A class of their own is a sign, and may be asked for.
        f"scores = torch.cat([scores, scores[..., :1]], -1); tags = tags.masked_fill(~keep, 3); {CLASSES}",
        # The end of each sequence.
        f"tags = tags % 2 + 1; tags[keep & ~keep.roll(-1, 1)] = 0; tags = tags * keep; {CLASSES}",
        f"{EACH}; loss = (loss * keep.flatten()).sum() / keep.sum()",
        f"{PICKED}[keep].mean()",
        f"{YES_OR_NO}, weight=keep.float())",
        # Nothing that the model says there is asked.
        f"scores = scores * keep[..., None]; tags = tags * keep; {CLASSES}",
        # What a mask hides is real: the words go on.
        f"scores = model(torch.randint(1, 23, (5, 9))); tags = tags * keep; {CLASSES}",
    ],
)
def test_blanked_targets_that_may_be(loss):
    assert "padding_asked_for" not in found(loss)
