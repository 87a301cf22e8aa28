"""Outputs that leave torch batch by batch, and the labels that they are measured with."""

from __future__ import annotations

import pytest
from programs import HEAD as HEAD_OF_PROGRAMS
from programs import audited, slugs

from shapecheck.auditor import Auditor

KIND = "collected_out_of_order"
HEAD = """
import numpy as np
from torch.utils.data import DataLoader, TensorDataset
xs, ys = torch.randn(30, 4), torch.randint(0, 3, (30,))
data = TensorDataset(xs, ys)
train_loader = DataLoader(data, batch_size=6, shuffle=True)
test_loader = DataLoader(data, batch_size=10, shuffle={shuffle})
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.SGD(model.parameters(), 0.1)

def accuracy(labels, guesses):
    return (labels == guesses).mean()

def predict(loader):
    return np.concatenate([model(x).argmax(1).numpy() for x, _ in loader])

for x, y in train_loader:
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
"""
MEASURES = {
    "of a function": "print(accuracy(ys.numpy(), predict(test_loader)))",
    "of a name": "guesses = predict(test_loader)\nlabels = ys.numpy()\nprint((guesses == labels).mean())",
    "in a list": """
guesses = []
for x, _ in test_loader:
    guesses.extend(model(x).argmax(1).tolist())
labels = ys.tolist()
print(accuracy(np.array(labels), np.array(guesses)))
""",
    "put together first": """
guesses = torch.cat([model(x).argmax(1) for x, _ in test_loader]).numpy()
labels = np.asarray(ys)
print(((guesses > 0) & (labels > 0)).sum())
""",
    "in a function": """
def evaluate(loader, labels):
    guesses = []
    for batch in loader:
        guesses.append(model(batch[0]).argmax(1).numpy())
    guesses = np.concatenate(guesses)
    return accuracy(labels, guesses)
print(evaluate(test_loader, ys.numpy()))
""",
}


def _program(shuffle: str = "True") -> str:
    return HEAD.replace("{shuffle}", shuffle)


def _after(measure: str) -> str:
    lines = "\n".join(f"    {line}" for line in measure.strip().splitlines())
    return f"with torch.no_grad():\n{lines}\n"


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_labels_as_they_lie_in_the_data_are_told(measure: str) -> None:
    found = audited(_program(), _after(measure))

    assert found == [(KIND, ["test_loader = DataLoader(data, batch_size=10, shuffle=False)\n"])]


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_the_same_without_shuffling_is_not(measure: str) -> None:
    assert slugs(_program("False"), _after(measure)) == []


@pytest.mark.parametrize(
    "measure",
    [
        # The labels of the same pass.
        """
guesses, labels = [], []
for x, y in test_loader:
    guesses.append(model(x).argmax(1).numpy())
    labels.append(y.numpy())
everything = ys.numpy()
print(accuracy(np.concatenate(labels), np.concatenate(guesses)), everything.mean())
""",
        # Two numbers, each of all samples.
        "labels = ys.numpy()\nguesses = predict(test_loader)\nprint(guesses.mean() - labels.mean())",
        "labels = ys.numpy()\nguesses = predict(test_loader)\nprint(np.mean(guesses) / np.mean(labels))",
        "labels = ys.numpy()\nguesses = predict(test_loader)\nprint(np.bincount(guesses), np.bincount(labels))",
        "labels = ys.numpy()\nguesses = predict(test_loader)\nprint(guesses, labels)",
        "labels = ys.numpy()\nguesses = predict(test_loader)\nprint(guesses.sum() - labels.sum())",
        "labels = ys.numpy()\nguesses = predict(test_loader)\nprint(np.isin(guesses, labels).sum())",
        # Rows that are put where they belong, by numbers that came along.
        """
guesses, order = predict(test_loader), np.random.permutation(30)
print(accuracy(ys.numpy(), guesses[np.argsort(order)]))
""",
        """
guesses, at = np.zeros(30), 0
for x, _ in test_loader:
    guesses[np.arange(at, at + len(x))] = model(x).argmax(1).numpy()
    at += len(x)
print(accuracy(ys.numpy(), guesses))
""",
        """
guesses, at = torch.zeros(30), 0
for x, _ in test_loader:
    guesses[torch.arange(at, at + len(x))] = model(x).argmax(1).float()
    at += len(x)
print(accuracy(ys.numpy(), guesses.numpy()))
""",
    ],
)
def test_what_is_not_held_row_against_row_is_not(measure: str) -> None:
    assert slugs(_program(), _after(measure)) == []


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("count_correct", True), ("macroF1", True), ("meanIoU", True), ("roc_auc_of", True),
        # The name of a measure inside of another word.
        ("previous", False), ("indices_of", False), ("accumulated", False), ("process", False), ("corridor", False),
    ],
)  # fmt: skip
def test_a_function_is_known_by_whole_words_of_its_name(name: str, is_told: bool) -> None:
    program = _program() + f"\ndef {name}(guesses, labels):\n    return len(guesses), len(labels)\n"
    measure = f"guesses = predict(test_loader)\nlabels = ys.numpy()\nprint({name}(guesses, labels))"

    assert slugs(program, _after(measure)) == [KIND] * is_told


def test_no_frame_of_the_script_is_held_when_it_is_over() -> None:
    program = HEAD_OF_PROGRAMS + _program() + _after(MEASURES["in a function"])
    auditor = Auditor()
    auditor.start()
    try:
        exec(compile(program, "<a program>", "exec"), {"__name__": "__main__"})
        held = [*auditor._session.tape.left]
    finally:
        auditor.stop()

    assert held
    assert not [*auditor._session.tape.left]
