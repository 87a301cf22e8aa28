"""Evaluations of models that are left in training mode; and what else a script does without gradients."""

from __future__ import annotations

import pytest
import torch
from programs import slugs
from torch.nn.modules import module as hooks

from shapecheck.auditor import Auditor

PROGRAM = """
x, y = torch.randn(50, 6), torch.randint(0, 3, (50,))
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
{before}

def train():
    for rows in torch.arange(50).split(10):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        {beside}

train()
"""
MEASURED = "right = (model(x).argmax() == y).float().mean().item()"
PLACES = [
    "with torch.no_grad():\n    {line}\ntrain()\n",
    "with torch.inference_mode():\n    {line}\n",
    "with torch.set_grad_enabled(False):\n    {line}\n",
    "@torch.no_grad()\ndef measure(model):\n    {line}\n    return right\n\nmeasure(model)\ntrain()\nmeasure(model)\n",
]


def found(after, beside="pass", before=""):
    return slugs(PROGRAM.format(beside=beside, before=before), after)


@pytest.mark.parametrize("place", PLACES)
def test_a_model_in_training_mode_is_measured(place):
    assert found(place.format(line=MEASURED)) == ["index_into_the_whole"]
    assert found(place.format(line=MEASURED.replace("argmax()", "argmax(1)"))) == []


@pytest.mark.parametrize(
    "beside",
    [
        "with torch.no_grad(): model(x).argmax().item() == y.sum()",
        "with torch.no_grad(): model[0].weight.clamp_(-1, 1)",
        "with torch.no_grad(): [a.lerp_(b, 0.1) for a, b in zip(mean.parameters(), model.parameters())]",
        "with torch.no_grad(): torch.multinomial(model(x[:1]).softmax(-1), 1)",
        "with torch.no_grad(): mean(x[rows])",
    ],
)
def test_what_is_done_between_the_steps_is_no_evaluation(beside):
    assert found("train()\n", beside, "import copy\nmean = copy.deepcopy(model)") == []


def test_the_first_evaluation_is_heard_whatever_was_done_before():
    beside = "with torch.no_grad(): model[0].weight.clamp_(-1, 1)"
    assert found("train()\n" + PLACES[0].format(line=MEASURED), beside) == ["index_into_the_whole"]


def test_an_agent_that_carries_its_state_while_it_acts():
    program = """
class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(4, 8), nn.Linear(8, 2)

    def forward(self, seen, state):
        state = self.cell(seen, state)
        return self.head(state), state

agent = Agent()
optimizer = torch.optim.SGD(agent.parameters(), 0.1)

def act(steps):
    state, seen = torch.zeros(5, 8), torch.randn(5, 4)
    with torch.no_grad():
        for _ in range(steps):
            scores, state = agent(seen, state)
            seen = torch.randn(5, 4) + torch.multinomial(scores.softmax(-1), 1)

for _ in range(6):
    act(3)
    state, loss = torch.zeros(5, 8), 0.0
    for _ in range(3):
        scores, state = agent(torch.randn(5, 4), state)
        loss = loss + F.cross_entropy(scores, torch.randint(0, 2, (5,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
act(9)
"""
    assert slugs(program, "") == []


def test_nothing_stays_behind_and_nothing_listens_outside_of_a_block():
    blocks = (torch.no_grad, torch.inference_mode, torch.set_grad_enabled)
    before = [(block.__enter__, block.__exit__) for block in blocks]
    auditor = Auditor()
    auditor.start()
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(4):
        model(torch.randn(5, 3)).sum().backward()
        optimizer.step()
    assert not hooks._global_forward_pre_hooks
    with torch.no_grad():
        assert len(hooks._global_forward_pre_hooks) == 1
    assert not hooks._global_forward_pre_hooks
    auditor.stop()
    assert [(block.__enter__, block.__exit__) for block in blocks] == before


def test_a_block_without_a_model_is_watched_once():
    auditor = Auditor()
    auditor.start()
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    watched = []
    for at in range(8):
        model(torch.randn(5, 3)).sum().backward()
        optimizer.step()
        with torch.no_grad():
            watched += [len(hooks._global_forward_pre_hooks)] if at > 3 else []
            model.weight.clamp_(-1, 1)
    auditor.stop()
    assert sum(watched) <= 1
