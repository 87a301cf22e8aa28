"""Models that keep what they have seen while they write: whether they throw it away before they write again."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

KIND = "cache_begun_again"
PROGRAM = """
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Linear(8, 24)
        self.clear()

    def clear(self):
        self.k, self.v, self.kept = None, None, []

    def forward(self, x, past=None):
        q, k, v = self.maps(x).chunk(3, -1)
        if past is not None:
            {keep}
        behind = torch.ones(q.shape[1], k.shape[1]).triu(k.shape[1] - q.shape[1] + 1).bool()
        return (q @ k.mT).masked_fill(behind, float("-inf")).softmax(-1) @ v


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.look, self.out = nn.Embedding(9, 8), Attention(), nn.Linear(8, 9)
        self.positions, self.table = nn.Embedding(64, 8), nn.Parameter(torch.randn(64, 8))

    def forward(self, tokens, start=0, past=None):
        end = start + tokens.shape[1]
        x = self.tokens(tokens) + {positions}
        return self.out(x + self.look(x, past))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    words = torch.randint(0, 9, (5, 7))
    loss = F.cross_entropy(model(words[:, :-1]).mT, words[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def write(tokens):
    start, written = 0, []
    {before}
    for _ in range(6):
        with torch.no_grad():
            scores = model(tokens, start, True)
        start, tokens = {next}, scores[:, -1:].argmax(-1)
        written.append(tokens)
    return torch.cat(written, 1)


model.eval()
for first in (2, 5, 1):
    print(write(torch.tensor([[first, 7, first]])))
"""
JOINED = """
            if self.k is not None:
                k, v = torch.cat([self.k, k], 1), torch.cat([self.v, v], dim=1)
            self.k, self.v = k, v"""
LISTED = """
            self.kept.append((k, v))
            k, v = (torch.cat(each, 1) for each in zip(*self.kept))"""
LAST_ONES = JOINED.replace("= k, v", "= k[:, -3:], v[:, -3:]")
LOOKED_UP, CUT_OUT = "self.positions(torch.arange(start, end))", "self.table[start:end]"
COUNTED = "self.positions(torch.arange(tokens.shape[1]) + (0 if self.look.k is None else self.look.k.shape[1]))"


def told(keep=JOINED, positions=LOOKED_UP, before="pass", following="start + tokens.shape[1]"):
    parts = {"keep": keep, "positions": positions, "before": before, "next": following}
    return slugs(PROGRAM.format(**parts), "")


@pytest.mark.parametrize("positions", [LOOKED_UP, CUT_OUT])
@pytest.mark.parametrize("keep", [JOINED, LISTED])
def test_what_is_kept_stays_while_the_positions_begin_again(keep, positions):
    assert told(keep, positions) == [KIND]


def test_the_place_is_the_loop_that_writes_and_a_model_that_never_says_eval_is_heard():
    parts = {"keep": JOINED, "positions": LOOKED_UP, "next": "start + tokens.shape[1]"}
    body = PROGRAM.replace("model.eval()", "")
    assert lines_told(body.format(before="pass", **parts), "") == ["for _ in range(6):"]
    assert slugs(body.format(before="model.look.clear()", **parts), "") == []


@pytest.mark.parametrize(
    "parts",
    [
        {"before": "model.look.clear()"},
        {"before": "model.look.clear()", "keep": LISTED, "positions": CUT_OUT},
        # A window of the last steps.
        {"before": "model.look.clear()", "keep": LAST_ONES},
        {"keep": LAST_ONES},
        # What is written goes on where the last one has ended, as in a conversation.
        {"positions": COUNTED},
        # A memory of segments, each of which has positions of its own.
        {"following": "0"},
    ],
)
def test_what_is_thrown_away_or_meant_to_last(parts):
    assert told(**parts) == []


STREAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.maps, self.out = nn.Embedding(9, 8), nn.Linear(8, 24), nn.Linear(8, 9)
        self.beats, self.positions = nn.Embedding({rows}, 8), nn.Embedding(64, 8)

    def forward(self, tokens, beats, start=0, past=None):
        x = self.tokens(tokens) + self.beats(beats){beside}
        q, k, v = self.maps(x).chunk(3, -1)
        if past is not None:
            k, v = torch.cat([past[0], k], 1), torch.cat([past[1], v], 1)
        behind = torch.ones(q.shape[1], k.shape[1]).triu(k.shape[1] - q.shape[1] + 1).bool()
        return self.out((q @ k.mT).masked_fill(behind, float("-inf")).softmax(-1) @ v), (k, v)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
beats = torch.arange(12) % 5
for _ in range(3):
    words = torch.randint(0, 9, (4, 13))
    loss = F.cross_entropy(model(words[:, :-1], beats)[0].mT, words[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
tokens, past = words[:1, :1], None
for t in range(12):
    with torch.no_grad():
        scores, past = model(tokens, {beat}, t, past)
    {following}
print(scores)
"""
WRITTEN, READ = "tokens = scores[:, -1:].argmax(-1)", "tokens = words[:1, t + 1:t + 2]"
DRAWN = "tokens = torch.randint(0, 9, (1, 1))"
BESIDE = " + self.positions(torch.arange(start, start + tokens.shape[1]))"
WAVE = " + torch.sin(torch.arange(start, start + tokens.shape[1]).float())[:, None]"


@pytest.mark.parametrize(
    "parts",
    [
        {"following": WRITTEN},
        {"following": "tokens = torch.tensor([[int(scores[0, -1].argmax())]])"},
        {"following": READ},
        {"rows": 5},
        {"beat": "torch.arange(t, t + 1) % 5"},
        {"beside": BESIDE},
        {"beside": WAVE},
    ],
)
def test_what_comes_again_in_periods_while_the_sequence_goes_on(parts):
    assert (
        slugs(
            STREAM.format(**{"rows": 64, "beside": "", "beat": "torch.tensor([t % 5])", "following": DRAWN} | parts), ""
        )
        == []
    )


def test_tokens_that_count_are_no_positions():
    program = STREAM.replace("self.beats(beats)", "0").format(
        rows=2, beside="", beat="None", following="tokens = torch.tensor([[(t + 1) % 4]])"
    )
    assert slugs(program.replace("words[:1, :1]", "torch.tensor([[0]])"), "") == []
