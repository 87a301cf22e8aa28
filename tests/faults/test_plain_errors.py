"""Plain errors round models, optimizers, schedulers, records and loops: the cause is named, and mended."""

import pytest
from mended import mended, printed

TWO = """
a, b = nn.Linear(3, 2), nn.Linear(2, 1)
{line}
b(a(torch.ones(4, 3))).sum().backward()
opt.step()
print(sum(len(each["params"]) for each in opt.param_groups))
"""
BOTH = "opt = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)"
MEMORY = """
import random
from collections import namedtuple

Move = namedtuple("Move", "seen did got")


class Store:
    def __init__(self):
        self.rows = []

    def put(self, *parts):
        self.rows.append(Move(*parts))

    def some(self, count):
        return {some}
{length}

store = Store()
for at in range(6):
    seen, did, got = [float(at), 1.0], at % 2, 0.5
    store.put({put})
random.seed(0)
part = store.some(len(store))
print(torch.tensor(part.seen).shape, torch.tensor(part.did).shape, torch.tensor(part.got).shape)
"""
FULL = {
    "some": "Move(*zip(*random.sample(self.rows, count)))",
    "length": "\n    def __len__(self):\n        return len(self.rows)\n",
    "put": "seen, did, got",
}
TRAINED = """
import math

plan = {{"lr": 0.1, "rounds": 2, "n_hidden": 4}}
letters = sorted(set("abc"))
count = len(letters)


class Net(nn.Module):
    def __init__(self, letters, hidden):
        super().__init__()
        self.look = nn.Embedding(len(letters), hidden)
        self.head = nn.Linear(hidden, len(letters))

    def forward(self, x, y=None):
        scores = self.head(self.look(x))
        return scores, None if y is None else F.cross_entropy(scores, y)


net = Net({told}, plan[{hidden}])
other = Net(letters, 4)
other.load_state_dict({state})
opt = torch.optim.SGD(net.parameters(), lr=plan["lr"])
plan_of_rates = torch.optim.lr_scheduler.StepLR({scheduled}, 1)
x = torch.zeros(2, dtype=torch.long, device={device})


def step(x, y):
    scores, loss = net({given})
    opt.zero_grad()
    loss.backward()
    opt.step()
    {end}


losses = []
for _ in {rounds}:
    for x, y in [(torch.tensor([0, 1]), torch.tensor([1, 2]))]:
        losses.append({kept})
print(sum(losses[1:], losses[0]), {shown})
"""
RIGHT = {
    "told": "letters",
    "hidden": '"n_hidden"',
    "state": "net.state_dict()",
    "scheduled": "opt",
    "device": "next(net.parameters()).device",
    "given": "x, y",
    "end": "return loss.item()",
    "rounds": 'range(plan["rounds"])',
    "kept": "step(x, y)",
    "shown": "torch.sqrt(torch.ones(1).sum()).item()",
}
WRONG = [
    (TRAINED, {"told": "count"}, "count_for_what_is_counted"),
    (TRAINED, {"hidden": '"hidden"'}, "setting_called_otherwise"),
    (TRAINED, {"state": "net"}, "module_for_state_dict"),
    (TRAINED, {"scheduled": "net"}, "scheduler_given_module"),
    (TRAINED, {"scheduled": "net.parameters()"}, "scheduler_given_module"),
    (TRAINED, {"device": "net.parameters().device"}, "parameters_for_tensor"),
    (TRAINED, {"end": "pass"}, "nothing_returned"),
    (TRAINED, {"rounds": 'plan["rounds"]'}, "number_gone_over"),
    (TRAINED, {"shown": "torch.sqrt(torch.ones(1).sum().item())"}, "number_for_tensor"),
    (MEMORY, {"some": "Move(*zip(random.sample(self.rows, count)))"}, "record_filled_otherwise"),
    (MEMORY, {"some": "Move(zip(*random.sample(self.rows, count)))"}, "record_filled_otherwise"),
    (MEMORY, {"some": "random.sample(self.rows, count)"}, "record_filled_otherwise"),
    (MEMORY, {"put": "(seen, did, got)"}, "record_filled_otherwise"),
    (MEMORY, {"put": "seen, got"}, "record_filled_otherwise"),
    (MEMORY, {"length": ""}, "length_not_told"),
    (TWO, {"line": BOTH.replace("*", "")}, "parameters_not_joined"),
    (TWO, {"line": "opt = torch.optim.SGD([a, b], lr=0.1)"}, "parameters_not_joined"),
    (TWO, {"line": "opt = torch.optim.SGD(a.parameters(), b.parameters(), lr=0.1)"}, "parameters_not_joined"),
    (TWO, {"line": "opt = torch.optim.SGD(list(a.parameters()) + b.parameters(), lr=0.1)"}, "parameters_not_joined"),
    (
        TWO,
        {"line": "both = (a.parameters(), b.parameters())\nopt = torch.optim.SGD(both, lr=0.1)"},
        "parameters_not_joined",
    ),
]


@pytest.mark.parametrize(("program", "wrong", "slug"), WRONG)
def test_the_cause_is_named_and_mended(program, wrong, slug):
    right = {TWO: {"line": BOTH}, MEMORY: FULL, TRAINED: RIGHT}[program]
    lines = right | wrong
    if lines.get("end") == "pass":
        program = program.replace("    {end}\n", "")
    found = mended(program.format(**lines))
    program = {TWO: TWO, MEMORY: MEMORY}.get(program, TRAINED)
    assert found.diagnoses[0].slug == slug
    assert found.output == printed(program.format(**right))
    assert found.doubts == []


ELSEWHERE = [
    "for each in 3:\n    print(each)",
    "table = {'size': 1}\nprint(table['sizes'])",
    "class Box:\n    pass\nprint(len(Box()))",
    "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\nprint(Pair(1))",
    "def f():\n    if False:\n        return 1\n    print(2)\nprint(1 + f())",
    "print({}[[1]])",
]


@pytest.mark.parametrize("program", ELSEWHERE)
def test_what_has_nothing_to_do_with_a_model_is_left(program):
    found = mended(program, most=1)
    assert all(each.code == "SC000" for each in found.diagnoses)


TOLD_TWICE = """
settings = {"lr": 0.1, "width": 3}
net = nn.Linear(settings["width"], 1)
first = torch.optim.SGD(net.parameters(), lr=settings["lr"])
second = torch.optim.SGD(net.parameters(), lr=settings["learning_rate"])
"""


def test_a_setting_that_is_read_elsewhere_may_not_be_the_one_that_is_missing():
    assert mended(TOLD_TWICE, most=1).doubts != []


OTHERWISE_MEANT = [
    "settings = {'lr_decay': 0.5}\nprint(torch.optim.SGD([torch.ones(1)], lr=settings['lr']))",
    "settings = {'batch_size': 5}\nprint(nn.Embedding(settings['size'], 2))",
    "from typing import NamedTuple\nclass Pair(NamedTuple):\n    a: list\n    b: list\nrows = [(1, 2), (3, 4)]\n"
    "print(torch.tensor(Pair(rows).a))",
    "sizes = 5\nlayers = nn.ModuleList([nn.Linear(2, size) for size in sizes])",
    """
class Rows(torch.utils.data.Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, at):
        return self.rows[at], self.rows[at + 1 : at + 2].sum()

print(len(Rows(torch.ones(4))))
""",
    """
net = nn.Linear(2, 1)
total = 0.0
for _ in range(1):
    loss = net(torch.ones(3, 2)).mean()
    total += loss.item()
    total.backward()
""",
    """
class Kept:
    def __init__(self, opt):
        self.opt = opt

net = nn.Linear(2, 1)
kept = Kept(torch.optim.SGD(net.parameters(), lr=0.1))
old = torch.optim.SGD(net.parameters(), lr=0.5)
torch.optim.lr_scheduler.StepLR(kept, 1)
""",
    """
def step(net, x):
    loss, share = net(x).mean(), (x > 0).float().mean()
    loss.backward()

print(0 + step(nn.Linear(2, 1), torch.ones(3, 2)))
""",
    """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3, 2)

    def forward(self, x, targets=None):
        scores = self.head(x)
        return scores, None if targets is None else F.cross_entropy(scores, targets)

net = Net()
for x, lengths, y in [(torch.ones(4, 3), torch.tensor([1, 1, 1, 1]), torch.tensor([0, 1, 1, 0]))]:
    scores, loss = net(x)
    loss.backward()
    print(y)
""",
]


@pytest.mark.parametrize("program", OTHERWISE_MEANT)
def test_what_may_be_meant_otherwise_is_told_with_a_doubt(program):
    found = mended(program, most=1)
    assert found.diagnoses[0].code != "SC000"
    assert found.doubts != []


def test_the_number_of_a_round_may_be_handed_on():
    told = "def tell(at, loss):\n    print(at)\n\nnet, rounds = nn.Linear(2, 1), 2\nfor at in rounds:\n"
    found = mended(told + "    net.zero_grad()\n    tell(at, 0.0)\n")
    assert (found.output, found.doubts) == ("0\n1\n", [])


LEFT_ALONE = [
    "from collections import namedtuple\ndef make():\n    return namedtuple('A', 7)\n"
    "Pair = namedtuple('Pair', 'a b')\nprint(Pair(*[1]))\ntorch.stack([Pair(1, 2).a])",
    "data = [(torch.ones(2, 3), torch.ones(2))]\nnet = nn.Linear(3, 1)\nfor step, batch in enumerate(data):\n"
    "    x, y = batch\n    print(step % 2, net(step) - y)",
    "def shown(x):\n    return x.upper()\nfor at, row in enumerate([['a', 'b']]):\n    print(shown(at), row)",
    "def rows(x):\n    yield x\n    torch.relu(x)\nprint([*rows(None)][0] + 1)",
    "net = nn.Linear(2, 1)\ndef made():\n    inner = torch.optim.SGD(net.parameters(), lr=0.1)\n    return inner\n"
    "made()\ntorch.optim.lr_scheduler.StepLR(net, 1)",
    "def put(rows):\n    out = {}\n    out.update(x=torch.stack(rows))\nprint(put([torch.ones(2)])['x'])",
]


@pytest.mark.parametrize("program", LEFT_ALONE)
def test_what_another_reading_contradicts_has_no_fix(program):
    assert not mended(program, most=1).diagnoses[0].fixes


def test_a_setting_keeps_the_form_in_which_it_is_written():
    found = mended("plan = {'learning_rate': 0.1}\ntorch.optim.SGD([torch.ones(1)], lr=plan[r'lr'])")
    assert "plan[r'learning_rate']" in found.text
