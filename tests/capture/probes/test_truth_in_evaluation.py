"""Decoders that are measured: fed by themselves, by the answer, and by chance."""

from __future__ import annotations

import pytest
from programs import audited, slugs

KIND = "truth_in_evaluation"
HEAD = """
import random
random.seed(0)
sources, answers = torch.randn(4, 6, 3), torch.randint(0, 9, (4, 6, 8))

class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.head = nn.Embedding(9, 5), nn.GRUCell(5, 7), nn.Linear(7, 9)
        self.begin = nn.Linear(3, 7)

    def step(self, word, state):
        state = self.cell(self.embed(word), state)
        return self.head(state), state

    def forward(self, source, answer, ratio=0.5):
        state, word, outs = self.begin(source), torch.zeros(len(source), dtype=torch.long), []
        for t in range(answer.size(1)):
            scores, state = self.step(word, state)
            outs.append(scores)
            {choice}
        return torch.stack(outs, 1)

model = Decoder()
optimizer = torch.optim.SGD(model.parameters(), 0.1)

def measure(scores, answer):
    return F.cross_entropy(scores.flatten(0, 1), answer.flatten())

for x, y in zip(sources, answers):
    loss = measure(model(x, y), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
COLLECTED = "word = answer[:, t] if random.random() < ratio else outs[-1].argmax(1)"
INLINE = "word = answer[:, t] if random.random() < ratio else scores.argmax(1)"
TURNED = "word = scores.argmax(1) if random.random() > ratio else answer[:, t]"
NAMED = """is_forced = random.random() < ratio
            guess = scores.argmax(1)
            word = guess
            if is_forced:
                word = answer[:, t]"""
BRANCHES = """if torch.rand(1).item() < ratio:
                word = answer[:, t]
            else:
                word = scores.argmax(1)"""
MEASURED = """
model.eval()
with torch.no_grad():
    for x, y in zip(sources, answers):
        print(measure(model(x, y{ratio}), y).item())
"""


def _program(choice: str) -> str:
    return HEAD.replace("{choice}", choice)


@pytest.mark.parametrize("choice", [INLINE, TURNED, NAMED, BRANCHES, COLLECTED])
def test_the_answer_by_chance_is_told_at_the_call_that_measures(choice: str) -> None:
    found = dict(audited(_program(choice), MEASURED.replace("{ratio}", "")))

    assert list(found) == [KIND]
    if "is_forced" not in choice:
        assert found[KIND] == ["        print(measure(model(x, y, ratio=0.0), y).item())\n"]


def test_the_ratio_of_training_is_replaced_where_it_was_given() -> None:
    found = audited(_program(INLINE), MEASURED.replace("{ratio}", ", 0.8"))

    assert found == [(KIND, ["        print(measure(model(x, y, 0.0), y).item())\n"])]


@pytest.mark.parametrize(
    ("choice", "ratio"),
    [
        (INLINE, ", ratio=0.0"),
        (INLINE, ", ratio=1.0"),
        ("word = answer[:, t] if self.training and random.random() < ratio else scores.argmax(1)", ""),
        # A likelihood of the answer, given all before: teacher forcing is how it is defined.
        ("word = answer[:, t]", ""),
        ("word = scores.argmax(1)", ""),
        # Words that are left out are no predictions.
        ("word = answer[:, t] if random.random() < ratio else self.blank[: len(source)]", ""),
    ],
)
def test_an_evaluation_that_leaves_nothing_to_chance_is_not(choice: str, ratio: str) -> None:
    program = _program(choice).replace(
        "self.begin =", "self.blank = torch.zeros(9, dtype=torch.long)\n        self.begin ="
    )

    assert slugs(program, MEASURED.replace("{ratio}", ratio)) == []


@pytest.mark.parametrize(
    "measured",
    [
        # The error of training beside that of a model alone.
        "print(measure(model(x, y), y).item(), measure(model(x, y, ratio=0.0), y).item())",
        "for lost in (0.2, 0.4):\n            print(lost, measure(model(x, y, lost), y).item())",
    ],
)
def test_a_measure_that_says_how_much_of_the_answer_it_takes_is_not(measured: str) -> None:
    after = f"model.eval()\nwith torch.no_grad():\n    for x, y in zip(sources, answers):\n        {measured}\n"

    assert slugs(_program(INLINE), after) == []


def test_the_text_of_training_at_the_call_that_measures_is_told() -> None:
    program = "forcing = 0.6\n" + _program(INLINE).replace("(model(x, y), y)", "(model(x, y, forcing), y)")

    assert slugs(program, MEASURED.replace("{ratio}", ", forcing")) == [KIND]


def test_a_loop_of_steps_outside_of_the_model_is_told_at_the_choice() -> None:
    after = """
model.eval()
with torch.no_grad():
    total = 0.0
    for x, y in zip(sources, answers):
        state, word = model.begin(x), torch.zeros(6, dtype=torch.long)
        for t in range(y.size(1)):
            scores, state = model.step(word, state)
            total += F.cross_entropy(scores, y[:, t]).item()
            word = y[:, t] if random.random() < 0.5 else scores.argmax(1)
"""
    # At the top level of a file there is no function to read; nothing is guessed.
    assert KIND not in slugs(_program("word = scores.argmax(1)"), after)
    inside = (
        "\ndef evaluate():\n" + "\n".join(f"    {line}" for line in after.strip().splitlines()) + "\n\nevaluate()\n"
    )

    assert slugs(_program("word = scores.argmax(1)"), inside) == [KIND]
