"""Operations that leave their tensor as it is, as statements of their own."""

import pytest
from programs import TRAIN, audited, slugs

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.top = nn.Linear(7, 6), nn.Linear(6, 3)
        self.norm, self.relu = nn.BatchNorm1d(6), nn.ReLU(inplace=True)
        self.batch_norm, self.tanh, self.kept = nn.BatchNorm1d(6), nn.Tanh(), []
        self.tanh.register_forward_hook(lambda module, given, out: self.kept.append(out))

    def forward(self, x):
        h = self.body(x)
        {line}
        return self.top(h)


model, criterion = Net(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7), torch.randint(0, 3, (5,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    "line",
    [
        "h.relu()",
        "torch.relu(h)",
        "F.dropout(h, 0.4, True)",
        "h.detach()",
        "h.clamp(min=0)",
        "h.masked_fill(h < 0, 0.0)",
        "h.sub(h.mean(1, keepdim=True)).div(3)",
        "h.flip(1)",
        "h.index_fill(1, torch.tensor([2]), 0.0)",
    ],
)
def test_what_nobody_keeps_has_no_effect(line):
    assert audited(NET.format(line=line)) == [("result_thrown_away", [f"        h = {line}\n"])]


@pytest.mark.parametrize(
    "line",
    [
        "h = h.relu()",
        "h.relu_()",
        "torch.relu_(h)",
        "F.relu(h, inplace=True)",
        "self.relu(h)",
        # Called for what it counts.
        "self.norm(h)",
        "self.batch_norm(h)",
        # A hook keeps what comes out, and the loss is made of it.
        "self.tanh(h); h = h + self.kept.pop()",
        "F.relu(h, True)",
        # The same tensor comes out.
        "h.contiguous()",
        "h.clamp(-1e6, 1e6)",
        "h.float()",
        "h.detach().requires_grad",
        # What it would have changed is read by nobody any more.
        "before = h; h = before * 2; before.relu()",
        # They look, and tell nothing.
        "h.mean()",
        "h.isnan().any()",
        "h.max(1)",
        # It asks for a shape, and nothing would run with it.
        "h.view(6, 5)",
        # What is waited for is an error.
        "try:\n            h.view(5, 6).flip(1)\n        except RuntimeError:\n            h = h.contiguous()",
        "torch.clamp(h.detach(), 0, 1, out=torch.empty(5, 6))",
    ],
)
def test_what_has_an_effect_or_changes_nothing_is_left(line):
    assert slugs(NET.format(line=line)) == []


TIMED = """
def timed(h):
    started = time.perf_counter()
    {lines}
    return time.perf_counter() - started


spent = 0.0
"""


@pytest.mark.parametrize(
    "lines",
    ["h.relu()", "torch.sigmoid(h)\n    h.softmax(-1)", "for _ in range(3):\n        torch.tanh(h)\n        h.sin()"],
)
def test_what_is_only_measured_in_a_function_of_its_own_is_left(lines):
    program = "import time\n" + TIMED.format(lines=lines) + NET.format(line="timed(h)")
    assert slugs(program) == []


@pytest.mark.parametrize(
    "function",
    [
        # It returns nothing: what it does to the tensor is all that it is for.
        "def kept(h):\n    h.masked_fill(h < 0, 0.0)\n",
        "def kept(h):\n    h.masked_fill(h < 0, 0.0)\n    return h\n",
    ],
)
def test_a_function_for_what_it_does_to_a_tensor(function):
    assert "result_thrown_away" in slugs(function + NET.format(line="kept(h)"))


def test_axes_that_nobody_exchanged():
    program = """
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.top = nn.GRU(6, 5), nn.Linear(5, 4)

        def forward(self, x):
            x.permute(1, 0, 2)
            return self.top(self.rnn(x)[0])


    model = Tagger()
    criterion = lambda out, y: F.cross_entropy(out.reshape(-1, 4), y.reshape(-1))
    batches = [(torch.randn(3, 7, 6), torch.randint(0, 4, (3, 7))) for _ in range(2)]
    """
    assert "result_thrown_away" in slugs(program)


def test_what_a_notebook_shows_is_dropped_on_purpose():
    shown = "out = model(batches[0][0])\nout.softmax(1)\nF.cross_entropy(out, batches[0][1]).backward()\n"
    assert slugs(NET.format(line="pass"), shown) == []


def test_weights_that_were_to_be_clipped():
    clip = "    for p in model.parameters():\n        p.data.clamp(-0.01, 0.01)\n    loss ="
    after = TRAIN.replace("    loss =", clip)
    assert "result_thrown_away" in slugs(NET.format(line="pass"), after)
