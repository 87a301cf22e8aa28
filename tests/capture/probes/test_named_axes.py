"""Rollouts and series of which only the names of their sizes say which axis holds the samples."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Settings:
    steps, num_envs = 7, 5


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.memory, self.value = nn.{layer}(3, 8{front}), nn.Linear(8, 1)

    def forward(self, x):
        return self.value(self.memory(x)[0]).squeeze(-1)


def stored(made):
    kept = made(7, 5)
    for at in range(7):
        kept[at] = torch.randn(5, 3)
    return kept


def rollout(steps, envs):
    return {made}


settings = Settings()
store, returns = rollout(7, 5), torch.randn({targets})
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for first in (0, 2):
    optimizer.zero_grad()
    x = {taken}
    F.mse_loss(model(x), {wanted}).backward()
    optimizer.step()
"""
STEPS_FIRST = {"taken": "store[:, first : first + 2]", "wanted": "returns[:, first : first + 2]", "targets": "7, 5"}
STEPS_LAST = {"taken": "store[first : first + 2]", "wanted": "returns[first : first + 2]", "targets": "5, 7"}


def found(front="", layer="GRU", **parts):
    return slugs(PROGRAM.format(layer=layer, front=front, **parts), "")


@pytest.mark.parametrize(
    "made",
    [
        "torch.randn(steps, envs, 3)",
        "torch.zeros((settings.steps, settings.num_envs, 3)) + torch.randn(7, 5, 3)",
        "stored(lambda steps, envs: torch.empty(steps, envs, 3))",
    ],
)
def test_steps_in_front_that_a_layer_takes_for_samples(made):
    assert found(", batch_first=True", made=made, **STEPS_FIRST) == ["recurrent_along_batch"]
    assert found(made=made, **STEPS_FIRST) == []


def test_samples_in_front_that_a_layer_takes_for_steps():
    made = "torch.rand(envs, steps, 3)"
    store = {"made": made.replace("envs, steps", "batch_size, seq_len")} | STEPS_LAST
    store["made"] = f"(lambda batch_size, seq_len: {store['made']})(5, 7)"
    assert found(layer="LSTM", **store) == ["recurrent_along_batch"]
    assert found(", batch_first=True", layer="LSTM", **store) == []


@pytest.mark.parametrize("made", ["torch.randn(7, 5, 3)", "(lambda one, other: torch.randn(one, other, 3))(7, 5)"])
def test_of_sizes_without_a_name_nothing_is_known(made):
    assert found(", batch_first=True", made=made, **STEPS_FIRST) == []
    assert "recurrent_along_batch" not in found(made=made, **STEPS_FIRST)


def test_what_is_turned_on_its_way_is_followed():
    made = "torch.randn(steps, envs, 3)"
    turned = {"taken": "store[:, first : first + 2].transpose(0, 1)", "wanted": "returns[:, first : first + 2].t()"}
    assert found(", batch_first=True", made=made, targets="7, 5", **turned) == []
    assert found(made=made, targets="7, 5", **turned) == ["recurrent_along_batch"]


CUT = """
from torch.autograd import Variable

table, wanted = torch.rand(48, 9, 3), torch.rand(48, 9)
batch_size = bs = chunk = 12


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.LSTM(3, 8{front}), nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0]).squeeze(2)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for at in range({rounds}):
    optimizer.zero_grad()
    x, y = {wrapped}(table[{index}]), {wrapped}(wanted[{index}])
    F.mse_loss(model(x), y).backward()
    optimizer.step()
"""
BATCHES = [
    ("at : at + batch_size", "0, 48, batch_size"),
    ("at : min(bs + at, 48)", "0, 48, bs"),
    ("at * batch_size : (at + 1) * batch_size", "4"),
    ("at * bs : at * bs + bs", "4"),
]


def of_batches(index, rounds, *, front="", wrapped=""):
    return slugs(CUT.format(index=index, rounds=rounds, front=front, wrapped=wrapped), "")


@pytest.mark.parametrize("wrapped", ["", "Variable"])
@pytest.mark.parametrize(("index", "rounds"), BATCHES)
def test_what_is_cut_into_batches_has_its_samples_there(index, rounds, wrapped):
    assert of_batches(index, rounds, wrapped=wrapped) == ["recurrent_along_batch"]
    assert of_batches(index, rounds, front=", batch_first=True", wrapped=wrapped) == []


@pytest.mark.parametrize(("index", "rounds"), [("at : at + chunk", "0, 48, chunk"), ("at : at + 12", "0, 48, 12")])
def test_what_is_cut_into_pieces_of_no_name_is_asked_about(index, rounds):
    assert of_batches(index, rounds) == ["samples_or_steps"]
