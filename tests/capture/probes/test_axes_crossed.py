"""Tensors that meet what was made of them: each axis beside itself, or beside another one."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lift, self.mix, self.out = nn.Linear(3, 8), nn.Linear(8, 8), nn.Linear(8, 2)

    def forward(self, x):
        x = self.lift(x)
        b, h, w, c = x.shape
        {made}
        return self.out(x + y)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    loss = model(torch.randn({shape}, 3)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
WINDOWS = "y = self.mix(x.view(b, h // 2, 2, w // 2, 2, c).permute({there}).reshape(-1, 4, c))"
BACK = "; y = y.view(b, h // 2, w // 2, 2, 2, c).permute({back}).reshape(b, h, w, c)"
HEADS = "y = self.mix(x).view(b, h * w, 4, 2).transpose(1, 2).softmax(2).permute({}).reshape(x.shape)"


def windows(there="0, 1, 3, 2, 4, 5", back="0, 1, 3, 2, 4, 5"):
    return WINDOWS.format(there=there) + BACK.format(back=back)


@pytest.mark.parametrize(
    ("made", "right"),
    [
        (windows(back="0, 1, 2, 3, 4, 5"), windows()),
        (windows(there="0, 2, 3, 1, 4, 5"), windows()),
        (windows(back="0, 3, 2, 1, 4, 5"), windows()),
        (HEADS.format("0, 3, 1, 2"), HEADS.format("0, 2, 1, 3")),
    ],
)
def test_axes_are_crossed(made, right):
    found = [edits for slug, edits in audited(PROGRAM.format(made=made, shape="3, 4, 4"), "") if slug == "axes_crossed"]
    assert found == [[f"        {right}\n"] if right else []]
    if right:
        assert "axes_crossed" not in slugs(PROGRAM.format(made=right, shape="3, 4, 4"), "")


@pytest.mark.parametrize(
    "made",
    [
        "y = self.mix(x.transpose(1, 2)).transpose(1, 2)",
        "y = x.transpose(1, 2)",
        "y = torch.tanh(x.permute(0, 2, 1, 3) * 2)",
        "y = self.mix(x.amax(1, keepdim=True))",
        "y = torch.einsum('bhwc,bvwc->bhvc', x, x)",
        "y = self.mix(x[torch.randperm(b)])",
        "y = nn.functional.interpolate(x.permute(0, 3, 1, 2), scale_factor=2).permute(0, 2, 3, 1)[:, ::2, ::2]",
        "y = self.mix(x.flatten(1, 2)).unflatten(1, (h, w))",
        "y = self.mix(x.reshape(b * h, w, c)).view(b, h, w, c)",
    ],
)
def test_axes_lie_beside_themselves(made):
    assert "axes_crossed" not in slugs(PROGRAM.format(made=made, shape="4, 4, 4"), "")


TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    x, y = {data}
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LINES = """
class Walk(nn.Module):
    def __init__(self, size, out):
        super().__init__()
        self.rnn, self.out = nn.GRU(size, 6), nn.Linear(6, out)

    def forward(self, x):
        out, _ = self.rnn(x)
        t, b, f = out.shape
        return self.out(out.reshape(t * b, f)).view({sizes})


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.walks = nn.Conv2d(1, 5, (4, 3)), nn.Sequential(Walk(5, 4), Walk(4, 9))

    def forward(self, x):
        return self.walks(self.conv(x).squeeze(2).permute(2, 0, 1)).log_softmax(2)


def criterion(scores, y):
    return F.ctc_loss(scores, y, torch.full((4,), 15), torch.full((4,), 3))


model = Model()
"""
STATES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.write = nn.GRU(3, 8, 2, batch_first=True), nn.GRU(3, 4, batch_first=True)
        self.bridge, self.out = nn.Linear(16, 4), nn.Linear(4, 3)

    def forward(self, x):
        _, h = self.read(x)
        z = self.bridge(h.{turn}.reshape(x.size(0), -1))
        return self.out(self.write(x, (z + torch.randn_like(z))[None])[0])


model, criterion = Model(), nn.MSELoss()
"""
LETTERS = "torch.rand(4, 1, 4, 17), torch.randint(1, 9, (4, 3))"
SERIES = "torch.randn(4, 6, 3), torch.randn(4, 6, 3)"


@pytest.mark.parametrize(
    ("program", "wrong", "right", "data"),
    [
        (LINES, {"sizes": "b, t, -1"}, {"sizes": "t, b, -1"}, LETTERS),
        (STATES, {"turn": "transpose(0, 2)"}, {"turn": "transpose(0, 1)"}, SERIES),
    ],
)
def test_axes_are_cut_across(program, wrong, right, data):
    train = TRAIN.format(data=data)
    assert "axes_renamed" in slugs(program.format(**wrong), train)
    assert slugs(program.format(**right), train) == []


READS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.out = nn.Embedding(9, 6), nn.GRU(6, 6, batch_first=True), nn.Linear(6, 9)

    def forward(self, x):
        return self.out(self.rnn(self.table(x))[0]){last}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(x, {target}) for x in torch.randint(0, 9, (3, 5, 5))]
"""
PLAIN = "\nfor x, y in batches:\n    criterion(model(x), y).backward()\n    model.zero_grad()\n"


@pytest.mark.parametrize(
    ("target", "last", "is_told"),
    [
        ("x.flip(0)", ".transpose(1, 2)", True),
        ("(x.roll(1, 0) + 1) % 9", ".transpose(1, 2)", True),
        ("x.flip(1)", ".transpose(1, 2)", False),
        ("x[1] % 3", "[:, -1]", True),
        ("x[:, 1] % 3", "[:, -1]", False),
    ],
)
def test_targets_of_other_samples(target, last, is_told):
    assert ("rows_in_another_order" in slugs(READS.format(target=target, last=last), PLAIN)) is is_told


MASKED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(9, 6), nn.Linear(6, 3)
        self.layer = nn.TransformerEncoderLayer(6, 2, 8, 0.0{first})

    def forward(self, x, mask):
        return self.out(self.layer(self.table(x), src_key_padding_mask=mask).sum(1))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    mask = torch.arange(6) >= torch.randint(2, 7, (6,))[:, None]
    x = torch.randint(1, 9, (6, 6)).masked_fill(mask, 0)
    F.cross_entropy(model(x, mask), x[:, 0] % 3).backward()
    optimizer.step()
    optimizer.zero_grad()
"""


def test_a_layer_that_was_to_have_the_samples_in_front():
    first = ", batch_first=True"
    found = [edits for slug, edits in audited(MASKED.format(first=""), "") if slug == "attention_along_batch"]
    assert found == [[f"        self.layer = nn.TransformerEncoderLayer(6, 2, 8, 0.0{first})\n"]]
    assert "attention_along_batch" not in slugs(MASKED.format(first=first), "")
