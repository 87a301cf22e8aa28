"""The commonest mistakes in classifiers of images and sequences, as tutorials write them: each is mended surely."""

import pytest
from mended import mended, printed

CONVOLUTIONAL = """
class Net(nn.Module):
    def __init__(self, num_classes=5):
        super().__init__()
        self.conv1 = nn.Conv2d({channels}, 6, 3)
        self.conv2 = nn.Conv2d({between}, 12, 3)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear({flat}, 20)
        self.fc2 = nn.Linear({head})

    def forward(self, x):
        {first}
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = {flattened}
        return self.fc2(F.relu(self.fc1(x)))
"""
RIGHT_CONVOLUTIONAL = {
    "channels": "3",
    "between": "6",
    "flat": "12 * 3 * 3",
    "head": "20, num_classes",
    "first": "pass",
    "flattened": "x.flatten(1)",
}
RECURRENT = """
class Net(nn.Module):
    def __init__(self, num_features=4, hidden_size=8, num_classes=5):
        super().__init__()
        self.hidden_size = hidden_size
        self.lstm = nn.LSTM({told}, batch_first=True{more})
        self.fc = nn.Linear({width}, num_classes)

    def forward(self, x):
        {run}
        return self.fc({step})
"""
RIGHT_RECURRENT = {
    "told": "num_features, hidden_size",
    "more": "",
    "width": "hidden_size",
    "run": "out, (h, c) = self.lstm(x)",
    "step": "out[:, -1]",
}
STATES = """h0 = torch.zeros({sizes}, self.hidden_size)
        c0 = torch.zeros({sizes}, self.hidden_size)
        out, _ = self.lstm(x, {states})"""
EMBEDDED = """
class Net(nn.Module):
    def __init__(self, vocab_size=30, embed_dim=6, hidden=8, num_classes=5):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.gru = nn.GRU({told}, batch_first=True{more})
        self.fc = nn.Linear({width}, num_classes)

    def forward(self, x):
        x = self.embedding({tokens})
        out, h = self.gru(x)
        return self.fc({step})
"""
RIGHT_EMBEDDED = {
    "told": "embed_dim, hidden",
    "more": "",
    "width": "hidden",
    "tokens": "x",
    "step": "out[:, -1]",
}
IMAGES, SEQUENCES, TOKENS = "torch.randn(12, 3, 18, 18)", "torch.randn(12, 7, 4)", "torch.randint(0, 30, (12, 7))"
AT_ONCE = """
{model}
model = Net()
x, y = {inputs}, torch.randint(0, 5, (12,))
output = model(x)
loss = F.cross_entropy(output, y)
loss.backward()
print(output.shape, round(loss.item(), 4), [round(v, 4) for v in output.std(0).tolist()])
"""
IN_A_LOOP = """
from torch.utils.data import DataLoader, TensorDataset
{model}

def main():
    model = Net()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    dataset = TensorDataset({inputs}, torch.randint(0, 5, (12,)))
    for epoch in range(2):
        for inputs, labels in DataLoader(dataset, batch_size=5):
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            correct = (outputs.argmax(1) == labels).sum().item()
        print(epoch, round(loss.item(), 4), correct)

main()
"""
# Mistake, what it is without it, and the inputs.
IN_CONVOLUTIONAL = {
    "another flat width": ({"flat": "12 * 5 * 5"}, {}, IMAGES),
    "a view of another width": ({"flattened": "x.view(-1, 12 * 5 * 5)"}, {}, IMAGES),
    "both": ({"flattened": "x.view(-1, 12 * 5 * 5)", "flat": "12 * 5 * 5"}, {}, IMAGES),
    "not flattened": ({"flattened": "x"}, {}, IMAGES),
    "samples flattened too": ({"flattened": "x.flatten()"}, {}, IMAGES),
    "samples viewed away": ({"flattened": "x.view(-1)"}, {}, IMAGES),
    "channels last": ({}, {"first": "x = x.permute(0, 3, 1, 2)"}, "torch.randn(12, 18, 18, 3)"),
    "widths exchanged": ({"head": "num_classes, 20"}, {}, IMAGES),
    "channels of another layer": ({"between": "3"}, {}, IMAGES),
    "grey images": ({}, {"channels": "1"}, "torch.randn(12, 1, 18, 18)"),
}


def states(sizes, given):
    return {"run": STATES.format(sizes=sizes, states=given)}


ONE_STATE = """h0 = torch.zeros(1, x.size(0), self.hidden_size)
        out, _ = self.lstm(x, {given})"""
IN_RECURRENT = {
    "hidden size for features": ({"told": "hidden_size, hidden_size"}, {}),
    "not unpacked": ({"run": "out = self.lstm(x)"}, {}),
    "both directions forgotten": (
        {"more": ", bidirectional=True"},
        {"more": ", bidirectional=True", "width": "hidden_size * 2"},
    ),
    "every step": ({"step": "out"}, {}),
    "all layers of the state": ({"step": "h"}, {"step": "h[-1]"}),
    "state of steps": (states("1, x.size(1)", "(h0, c0)"), states("1, x.size(0)", "(h0, c0)")),
    "state with samples first": (states("x.size(0), 1", "(h0, c0)"), states("1, x.size(0)", "(h0, c0)")),
    "state of one layer": (
        {"told": "num_features, hidden_size, 2", **states("1, x.size(0)", "(h0, c0)")},
        {"told": "num_features, hidden_size, 2", **states("2, x.size(0)", "(h0, c0)")},
    ),
    "one state": (
        {"run": ONE_STATE.format(given="h0")},
        {"run": ONE_STATE.format(given="(h0, torch.zeros_like(h0))")},
    ),
}
IN_EMBEDDED = {
    "hidden for embedded": ({"told": "hidden, hidden"}, {}, TOKENS),
    "floats": ({}, {"tokens": "x.long()"}, f"{TOKENS}.float()"),
    "embedded for hidden": ({"width": "embed_dim"}, {}, TOKENS),
    "directions one below the other": (
        {"more": ", bidirectional=True", "width": "hidden * 2", "step": "torch.cat((h[-2], h[-1]), 0)"},
        {"more": ", bidirectional=True", "width": "hidden * 2", "step": "torch.cat((h[-2], h[-1]), 1)"},
        TOKENS,
    ),
    "one-hot": ({}, {"tokens": "x.argmax(-1)"}, f"F.one_hot({TOKENS}, 30)"),
    "an axis too many": ({}, {"tokens": "x.squeeze(-1)"}, f"{TOKENS}.unsqueeze(-1)"),
    "mean over the features": ({"step": "out.mean(2)"}, {"step": "out.mean(1)"}, TOKENS),
    "largest over the features": ({"step": "out.max(2)[0]"}, {"step": "out.max(1)[0]"}, TOKENS),
    "mean as a function": ({"step": "torch.mean(out, dim=2)"}, {"step": "torch.mean(out, dim=1)"}, TOKENS),
    "squeezed along the samples": ({"step": "h.squeeze(1)"}, {"step": "h.squeeze(0)"}, TOKENS),
}
EVERY = [
    *((name, CONVOLUTIONAL, RIGHT_CONVOLUTIONAL, *rest) for name, rest in IN_CONVOLUTIONAL.items()),
    *((name, RECURRENT, RIGHT_RECURRENT, *rest, SEQUENCES) for name, rest in IN_RECURRENT.items()),
    *((name, EMBEDDED, RIGHT_EMBEDDED, *rest) for name, rest in IN_EMBEDDED.items()),
]


@pytest.mark.parametrize("around", [AT_ONCE, IN_A_LOOP], ids=["at once", "in a loop"])
@pytest.mark.parametrize(
    ("model", "right", "wrong", "meant", "inputs"), [each[1:] for each in EVERY], ids=[each[0] for each in EVERY]
)
def test_it_is_mended_as_its_author_would(around, model, right, wrong, meant, inputs):
    found = mended(around.format(model=model.format(**right | wrong), inputs=inputs), most=4)
    assert found.output == printed(around.format(model=model.format(**right | meant), inputs=inputs))
    assert not any(found.doubts)
