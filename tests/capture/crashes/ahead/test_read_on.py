"""What follows the line that failed is read on tensors without numbers, and tells which change is meant."""

import textwrap

import pytest
from mended import mended, printed
from ways_ahead import crashed, ways, ways_instead_of, ways_of

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.heads = nn.ModuleList(nn.Linear(6, 4) for _ in range(3))
            self.body = nn.Sequential(nn.Linear(4, 5), nn.ReLU())
            self.seen = []

        def scores(self, x, wide=True):
            found = []
            for head in self.heads:
                found.append(head(x))
            if wide and x is not None:
                return torch.stack(found, dim=1)
            return found[0]

        def forward(self, x):
            x = x.permute(0, 2, 2)
            {line}
            return self.body(out)

    net = Net()
    for x in [torch.randn(7, 6, 2), torch.randn(7, 6, 2)]:
        y = net(x)
        {last}
    print(y.shape)
"""
LINES = [
    "out = self.scores(x)",
    "a, *b = self.scores(x), 1\n            out = self.scores(x) if self.training else None",
    "with torch.no_grad():\n                out = self.scores(x)",
    "out = [self.scores(each) for each in x.unbind(1)][0]",
    "out = self.scores(x)\n            assert out.shape[:2] == (7, 3)\n            out += 1",
    "for at, each in enumerate(range(2)):\n                if at == 1:\n                    continue\n"
    "                out = self.scores(x[:, at])",
    "self.seen.append(1)\n            out = self.scores(x)\n            print('called')",
]


@pytest.mark.parametrize("line", LINES)
def test_lines_behind_are_read(line, capsys):
    program = PROGRAM.format(line=line, last="loss = y.sum()\n        loss.backward()")
    assert ways(program, "x.permute(0, 2, 1)", "x.permute(0, 1, 2)") == [True, False]
    assert "called" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("last", "goes_on"),
    [
        ("print(round(y.mean().item(), 4))", True),
        ("print(f'{y.item():.2f}')", False),
        ("y.backward()", False),
        ("loss = F.mse_loss(y, torch.zeros(7, 5))", False),
        ("loss = F.cross_entropy(y.flatten(0, 2), torch.zeros(42).long())", True),
        ("loss = F.cross_entropy(y.flatten(0, 2), torch.zeros(7).long())", False),
    ],
)
def test_so_is_what_is_done_with_what_is_returned(last, goes_on):
    assert ways(PROGRAM.format(line=LINES[0], last=last), "x.permute(0, 2, 1)") == [goes_on]


@pytest.mark.parametrize(
    "line",
    [
        "while x.sum() > 100:\n                return x\n            out = self.scores(x)",
        "out = self.scores(x) if x.sum() > 0 else 1\n            if x.sum() > 0:\n                return x",
        "try:\n                out = self.scores(x)\n            except ValueError:\n                return x",
    ],
)
def test_what_hangs_on_numbers_ends_the_reading(line):
    assert ways(PROGRAM.format(line=line, last="pass"), "x.permute(0, 1, 2)") == [None]


CHUNKS = """
    class Joined(nn.Module):
        def __init__(self):
            super().__init__()
            self.mark, self.norm = nn.Parameter(torch.zeros(1, 1, 8)), nn.LayerNorm([6, 8])

        def forward(self, x):
            x = torch.cat([self.mark.expand(x.size(0), -1, -1), x], dim={axis})
            return self.norm(x)

    print(Joined()(torch.randn(3, 5, 8)).shape)
"""


def test_of_several_changes_the_one_with_which_the_lines_behind_go_on_comes_first():
    found = mended(CHUNKS.format(axis=0))
    assert found.output == printed(CHUNKS.format(axis=1))


def test_a_second_mistake_behind_leaves_the_first_change_as_it_is():
    program = """
        x, w = torch.randn(5, 7), torch.randn(5, 3)
        y = {first}
        print(y.shape)
        z = {second}
        print(z.shape)
    """
    found = mended(program.format(first="x @ w", second="y @ torch.randn(4, 2)"))
    assert "x.T @ w" in found.text or "x.t() @ w" in found.text or "x.transpose(0, 1) @ w" in found.text


def test_a_change_of_what_makes_the_model_is_not_read():
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.lstm, self.head = nn.LSTM(6, 8), nn.Linear(8, 3)

            def forward(self, x, state):
                out, state = self.lstm(x, state)
                return self.head(out)

        net = Net()
        print(net(torch.randn(4, 7, 6), (torch.zeros(1, 4, 8), torch.zeros(1, 4, 8))).sum().item())
    """
    assert "batch_first=True" in mended(program).changed[0]


DICTS = """
    def batch_of(rows):
        return {made}

    rows = [{{"image": torch.randn(n, 3, 6, 6), "names": torch.zeros(n, 2)}} for n in (4, 5)]
    batch = batch_of(rows)
    for name, held in batch.items():
        print(name, len(held))
    print(nn.Conv2d(3, 4, 3)(batch["image"]).shape)
"""


@pytest.mark.parametrize(
    "made",
    [
        "{name: torch.stack([row[name] for row in rows]) for name in rows[0]}",
        "{name: torch.stack([row[name] for row in rows]) for name, _ in rows[0].items()}",
        "dict(names=torch.zeros(9, 2), image=torch.stack([row['image'] for row in rows]))",
    ],
)
def test_dicts_are_read_key_by_key(made):
    program = DICTS.format(made=made.replace("torch.zeros(9, 2)", "torch.cat([row['names'] for row in rows])"))
    assert ways_instead_of(program, "torch.stack", "torch.cat", "nn.utils.rnn.pad_sequence") == [True, False]


def test_a_dict_with_a_value_that_is_not_known_keeps_its_key():
    program = """
    def scores(x, mask=None):
        return x if mask is None else x * mask

    x = torch.randn(5, 3)
    x = x.permute(1, 1)
    given = {"x": x, "mask": torch.tensor(float(x.sum().item()) > 0)}
    print(scores(**given).unsqueeze(4))
    """
    # Without the mask the line would be refused.
    assert ways(program, "x.permute(1, 0)") == [True]


@pytest.mark.parametrize("changed", ['held.get("rows").zero_()', "[each.zero_() for each in held.values()][0]"])
def test_what_a_dict_holds_is_not_touched(changed):
    program = f"""
    held = {{"rows": torch.ones(2, 3)}}
    x = torch.randn(5, 3).permute(1, 1)
    y = {changed} + x
    """
    text, names, error = crashed(textwrap.dedent(program))
    assert ways_of(text, error, "permute(1, 1)", "permute(1, 0)", "permute(0, 1).sum(0)") == [False, True]
    assert names["held"]["rows"].sum() == 6


@pytest.mark.parametrize(
    ("behind", "right"), [("hits = (y.argmax(1) == {}).sum()", "argmax(1)"), ("hits = 0", "float()")]
)
def test_what_was_refused_for_a_dtype_is_read_on_too(behind, right):
    program = """
        net, x = nn.Linear(5, 7), torch.randn(12, 5)
        rows = torch.eye(7, dtype=torch.long)[torch.randint(0, 7, (12,))]
        for _ in range(2):
            y = net(x)
            labels = rows
            loss = F.cross_entropy(y, labels)
            {}
        print(round(loss.item(), 4), hits)
    """
    found = mended(program.format(behind.format("labels")))
    assert right in found.changed[0]
    assert found.output != "crashed"


RETURNED = """
    class Joined(nn.Module):
        def forward(self, parts):
            return torch.cat(parts, dim=0)

    {before}
    whole = torch.randn(4, 6) + {here}
    print(whole.sum().item())
"""


def test_what_has_returned_is_read_anew_where_the_failing_line_calls_it():
    program = RETURNED.format(before="pass", here="Joined()([torch.randn(4, 2)] * 3)")
    # With the first it goes on; with the other it does not, and something else may have called it before.
    assert ways_instead_of(program, "dim=0", "dim=1", "dim=-2") == [True, None]


def test_what_was_given_before_is_not_given_anew():
    program = RETURNED.format(before="x = Joined()([torch.randn(4, 2)] * 3)", here="x")
    assert ways_instead_of(program, "dim=0", "dim=1") == [None]


def test_what_is_not_known_of_a_row_is_no_refusal():
    program = """
        from collections import namedtuple

        Seen = namedtuple("Seen", ["known", "drawn"])

        def look(x):
            out = nn.Linear(3, 4)(x.permute(0, 2, 2))
            return Seen(out, torch.distributions.Normal(out, 1.0).rsample())

        seen = look(torch.randn(5, 3, 6))
        print(torch.cat([seen.known, seen.drawn], -1).shape)
    """
    assert ways(program, "x.permute(0, 2, 1)")[0] is not False
    assert ways(program, "x.permute(0, 1, 2)") == [False]
