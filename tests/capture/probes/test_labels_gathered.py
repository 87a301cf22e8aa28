"""Next-step models whose loss picks the likelihood of each label itself: ``log_softmax(-1).gather(-1, labels)``."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(11, 8), nn.GRU(8, 8, batch_first=True)
        self.look, self.out = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 11)

    def forward(self, tokens):
        x = self.embed(tokens)
        later = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        return self.out({mixed})


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    tokens = torch.randint(0, 11, (5, 9))
    scores = model({given})
    labels = {asked}
    loss = -{picked}.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
WALKED, SEEN, MASKED = "self.rnn(x)[0]", "self.look(x, x, x)[0]", "self.look(x, x, x, attn_mask=later)[0]"
LOGARITHM = "scores.log_softmax(-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1)"
PROBABILITY = "F.softmax(scores, dim=2).gather(2, labels[..., None]).clamp_min(1e-9).log()"
CUT, NEXT = "tokens[:, :-1]", "tokens[:, 1:]"


def told(mixed, given, asked, picked):
    return slugs(PROGRAM.format(mixed=mixed, given=given, asked=asked, picked=picked), "")


@pytest.mark.parametrize("picked", [LOGARITHM, PROBABILITY])
@pytest.mark.parametrize("mixed", [WALKED, MASKED])
def test_the_step_that_was_given_is_asked_for(mixed, picked):
    assert told(mixed, CUT, CUT, picked) == ["target_not_shifted"]


@pytest.mark.parametrize("picked", [LOGARITHM, PROBABILITY])
def test_the_step_that_is_asked_for_is_seen(picked):
    assert told(SEEN, CUT, NEXT, picked) == ["future_seen_by_attention"]


@pytest.mark.parametrize("picked", [LOGARITHM, PROBABILITY])
@pytest.mark.parametrize(
    ("mixed", "given", "asked"),
    [
        (WALKED, CUT, NEXT),
        (MASKED, CUT, NEXT),
        # All is read, and something else is asked for: a tag of each word.
        (SEEN, "tokens", "(tokens + 3) % 7"),
        # What was hidden is asked for, of a model that may look both ways.
        (SEEN, "tokens.masked_fill(torch.rand(5, 9) < 0.4, 0)", "tokens"),
    ],
)
def test_the_next_step_is_asked_for_or_something_else(mixed, given, asked, picked):
    assert told(mixed, given, asked, picked) == []
