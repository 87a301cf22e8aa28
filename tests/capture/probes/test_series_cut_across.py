"""A running text that is cut into streams: along it, or across."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.gru, self.head = nn.Embedding(40, 6), nn.GRU(6, 8{front}), nn.Linear(8, 40)

    def forward(self, tokens):
        return self.head(self.gru(self.embed(tokens))[0])


class Chords(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.gru, self.head = nn.Embedding(40, 6), nn.GRU(30, 8), nn.Linear(8, 5 * 40)

    def forward(self, tokens):
        return self.head(self.gru(self.embed(tokens).flatten(1))[0]).view(-1, 5, 40)


def told(count):
    chances = torch.softmax(2.5 * torch.randn(11, 11), 1)
    tokens = [0]
    while len(tokens) < count:
        tokens.append(int(torch.multinomial(chances[tokens[-1]], 1)))
    return torch.tensor(tokens)


def walks(count):
    steps = torch.randn(count // 5, 5).mul(2).cumsum(0) + torch.randn(count // 5, 1)
    return (steps.long() % 37).flatten()


def field(count):
    down, beside = torch.arange(count // 5)[:, None], torch.arange(5)
    return (9 * torch.sin(down / 9 + beside / 2)).long().add(9).flatten()


def weeks(count):
    days = torch.arange(count) % 5
    return 4 * days + torch.randint(0, 4, (count // 5, 1)).expand(-1, 5).flatten()


text = {text}(700)
rows = {cut}
model = {model}()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for at in range(0, 30, 10):
    tokens, targets = {batch}
    optimizer.zero_grad()
    F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten()).backward()
    optimizer.step()
"""
DOWN, ALONG = "rows[at : at + 12], rows[at + 1 : at + 13]", "rows[:, at : at + 12], rows[:, at + 1 : at + 13]"


def found(cut="text.view(-1, 5)", text="told", batch=DOWN, front="", model="Model"):
    return slugs(PROGRAM.format(cut=cut, text=text, batch=batch, front=front, model=model), "")


@pytest.mark.parametrize(
    ("cut", "batch", "front"),
    [
        ("text.view(-1, 5)", DOWN, ""),
        ("text[: 133 * 5].reshape(133, 5).contiguous()", DOWN, ""),
        ("text.view(-1, 5).t().contiguous()", ALONG, ", batch_first=True"),
    ],
)
def test_a_text_across_its_streams(cut, batch, front):
    assert found(cut, batch=batch, front=front) == ["reshaped_instead_of_permuted"]


@pytest.mark.parametrize(
    ("cut", "batch", "front"),
    [
        ("text.view(5, -1).t().contiguous()", DOWN, ""),
        ("text.view(5, -1)", ALONG, ", batch_first=True"),
        ("torch.stack(text.split(140), 1)", DOWN, ""),
    ],
)
def test_a_text_along_its_streams(cut, batch, front):
    assert found(cut, batch=batch, front=front) == []


@pytest.mark.parametrize("text", ["walks", "field", "weeks", "(lambda count: torch.randint(0, 40, (count,)))"])
def test_series_that_lie_side_by_side_and_what_goes_on_a_row_later(text):
    assert found(text=text) == []


def test_rows_that_are_read_whole():
    assert found(model="Chords", text="told") == []
