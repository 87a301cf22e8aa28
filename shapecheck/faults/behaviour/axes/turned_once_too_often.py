"""Batch and time change places once too often, or once too little, before what was written for them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
from torch.nn.utils.rnn import pad_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x.transpose(0, 1))
        return self.linear(out[-1])


def collate(items):
    series, labels = zip(*items)
    return pad_sequence(series), torch.stack(labels)


series = [(torch.randn(6, 3), torch.randint(0, 5, ())) for _ in range(18)]
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, labels in torch.utils.data.DataLoader(series, batch_size=6, shuffle=True, collate_fn=collate):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), labels).backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("x.transpose(0, 1)", "x")

FAULT = Fault(
    code="SC861",
    slug="turned_once_too_often",
    headline="batch and time change places once too often, or once too little",
    why=(
        "Who puts sequences together and who reads them agree on which axis comes first. With one transposition too "
        "many, or one missing, the layers walk along the samples, and where there are as many samples as steps every "
        "shape is still legal."
    ),
    recognise=sees("turned_once_too_often"),
    bad=BAD,
    good=GOOD,
    lesson="Turn a batch in one place: in the collate function or in the model, not in both.",
)
