"""Layers that are never called, and one made alike that is called in their place."""

from __future__ import annotations

import pytest
from programs import audited, slugs

MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.{one}, self.{other} = nn.Linear(3, 6), nn.Linear(3, 6)
        self.fc1, self.fc2, self.out = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 1)

    def forward(self, question, answer):
        {body}
        return self.out(self.fc2(torch.relu(self.fc1(a * b)))).squeeze(1)


model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
"""
TRAIN = """
for question, answer, y in torch.randn(5, 3, 8, 3):
    loss = F.mse_loss(model(question, answer), y[:, 0])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
NAMES = {"one": "question_side", "other": "answer_side"}
BOTH = "a, b = self.question_side(question), self.answer_side(answer)"
SHARED = "a, b = self.question_side(question), self.question_side(answer)"


@pytest.mark.parametrize(
    ("names", "body", "new"),
    [
        (NAMES, SHARED, "self.answer_side"),
        (NAMES, "a = self.answer_side(question)\n        b = self.answer_side(answer)", "self.question_side"),
        ({"one": "key", "other": "query"}, "q = self.query(question)\n        k = self.query(answer)\n"
         "        a, b = q, k", "self.key"),
    ],
)  # fmt: skip
def test_a_layer_that_is_called_for_both(names, body, new):
    [(slug, [line])] = audited(MODEL.format(**names, body=body), TRAIN)
    assert slug == "called_for_another"
    assert new in line


def test_of_two_numbers_the_later_call_is_meant_for_the_second():
    program = MODEL.format(**NAMES, body=BOTH).replace("self.fc2(", "self.fc1(")
    [(slug, [line])] = audited(program, TRAIN)
    assert slug == "called_for_another"
    assert "self.fc2(torch.relu(self.fc1(a * b)))" in line


KEPT = "{part}\n        if question is None:\n            return self.answer_side(answer)"


@pytest.mark.parametrize(
    ("body", "change"),
    [
        (BOTH, ("", "")),
        # Somebody has use for it, if not yet.
        (KEPT.format(part=SHARED), ("", "")),
        (SHARED, ("optimizer = ", "model.answer_side.requires_grad_(False)\noptimizer = ")),
        # Its name may be put together when it is wanted.
        (SHARED, ("return self.out", "pick = lambda name: getattr(self, name + '_side')\n        return self.out")),
        # One call says nothing of which layer is meant there.
        ("a, b = self.question_side(torch.stack([question, answer]))", ("", "")),
        ("a = self.question_side(question)\n        b = self.question_side(question * answer)", ("", "")),
        # It is of another kind.
        (SHARED, ("nn.Linear(3, 6), nn.Linear(3, 6)", "nn.Linear(3, 6), nn.Linear(3, 6, bias=False)")),
        # It gets its numbers from the other one.
        (SHARED, ("optimizer = ", "model.answer_side.load_state_dict(model.question_side.state_dict())\noptimizer = ")),
    ],
)
def test_layers_that_are_shared_or_left_alone(body, change):
    assert slugs(MODEL.format(**NAMES, body=body).replace(*change), TRAIN) == []
