"""Tensors that were changed in place where their gradient needs them as they were."""

import pytest
from mended import mended, printed

GATE = """
    class Gate(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.gain = nn.Linear(4, 4), 2.0

        def forward(self, x):
            seen = 0
            seen += len(x)
            {lines}
            return x * gate


    model = Gate()
    total = 0.0
    for _ in range(2):
        loss = model(torch.ones(3, 4)).pow(2).mean()
        loss.backward()
        total += loss.item()
    print(round(model.inner.weight.grad.sum().item(), 4))
"""
SPACE = "\n" + " " * 12


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("gate = torch.sigmoid(self.inner(x))\ngate *= self.gain", "gate = gate * self.gain"),
        ("first = self.inner(x).tanh()\ngate = first\ngate += x - 1", "gate = gate + (x - 1)"),
        ("gate = torch.exp(self.inner(x))\ngate.clamp_(0, 1)", "gate = gate.clamp(0, 1)"),
        ("gate = torch.sigmoid(self.inner(x))\ngate = gate.mul_(0.5)", "gate = gate.mul(0.5)"),
        ("gate = torch.sigmoid(self.inner(x))\ngate[:, 0] = 1.0", "gate = torch.sigmoid(self.inner(x)).clone()"),
        ("gate = F.relu(torch.sigmoid(self.inner(x)), inplace=True)", "gate = F.relu(torch.sigmoid(self.inner(x)))"),
    ],
)
def test_a_new_tensor_is_made_where_one_was_overwritten(bad, good):
    lines = bad.split("\n")
    at = 0 if "clone" in good else len(lines) - 1
    right = [*lines[:at], good, *lines[at + 1 :]]
    found = mended(GATE.format(lines=SPACE.join(lines)))
    assert found.diagnoses[0].slug == "changed_in_place"
    assert found.changed == [good]
    assert found.output == printed(GATE.format(lines=SPACE.join(right)))


def test_a_layer_that_works_in_place_behind_one_that_needs_what_it_gave():
    program = "\n    net = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.ReLU({inplace}), nn.Linear(4, 1))\n    "
    program += "net(torch.ones(2, 3)).sum().backward(); print(round(net[0].weight.grad.sum().item(), 4))\n"
    found = mended(program.format(inplace="inplace=True"))
    assert found.output == printed(program.format(inplace=""))


def test_a_parameter_is_changed_without_recording_it():
    program = """
    weight = nn.Parameter(torch.zeros(3))
    {lines}
    print(weight.sum().item())
    """
    found = mended(program.format(lines="weight += 2"))
    assert found.diagnoses[0].slug == "parameter_changed_in_place"
    assert found.output == printed(program.format(lines="with torch.no_grad(): weight += 2"))


PARTS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.cell = nn.Linear(4, 4), nn.Linear(4, 4), nn.GRUCell(4, 4)

        def mix(self, y, z):
            {mix}

        def forward(self, x):
            {lines}


    net = Net()
    loss = net(torch.ones(3, 4)).pow(2).mean()
    loss.backward()
    print(round(sum(each.grad.sum().item() for each in net.parameters() if each.grad is not None), 4))
"""
SEEN = "y = self.a(x).relu()|z = self.b(y)|"
FILLED = "h = torch.zeros(4, 4, 4)|for t in range(1, 4):|    "


@pytest.mark.parametrize(
    ("mix", "lines", "bad", "good"),
    [
        (
            "return y",
            SEEN + "out = y|out[:, :2] = z[:, 2:]|out[:, 3] = 1|return out * z",
            "= y|",
            "= y.clone()|",
        ),
        ("return y", SEEN + "y[:, 0] = z[:, 1]|return y + z", "y[:, 0] =", "y = y.clone()|y[:, 0] ="),
        ("y[:, :2] += z[:, 2:]|return y * z", SEEN + "return self.mix(y, z)", "y[:, :2]", "y = y.clone()|y[:, :2]"),
        ("return y", FILLED + "h[:3, t] = self.a(h[:3, t - 1]).tanh() + x|return h", "t - 1])", "t - 1].clone())"),
        ("return y", FILLED + "last = h[t - 1, :3]|    h[t, :3] = self.cell(x, last)|return h", ":3]|", ":3].clone()|"),
        ("return y", SEEN + "z += y|y.mul_(2)|return z * y", "y.mul_(2)", "y = y.mul(2)"),
        (
            "return y",
            "m = torch.rand(3, 4)|m[0] = 0|" + SEEN + "w = z|for k in range(4):|    w[:, k] = z[:, k] * y[:, k]|"
            "return w * m",
            "w = z|",
            "w = z.clone()|",
        ),
    ],
)
def test_what_backward_needs_is_copied_before_parts_of_it_are_written(mix, lines, bad, good):
    texts = [
        PARTS.format(mix=one.replace("|", SPACE), lines=other.replace("|", SPACE))
        for one, other in ((mix, lines), (mix.replace(bad, good, 1), lines.replace(bad, good, 1)))
    ]
    found = mended(texts[0], most=1)
    assert found.diagnoses[0].slug == "changed_in_place"
    assert found.output == printed(texts[1])
    assert not found.doubts


def test_a_copy_is_made_of_what_is_written_to_and_never_where_it_is():
    program = """
    x = torch.ones(3, 4, requires_grad=True)
    h = x.exp(){}
    h[1:][0] = 2
    h.sum().backward()
    print(x.grad.sum().item())
    """
    found = mended(program.format(""), most=1)
    assert found.output == printed(program.format(".clone()"))
