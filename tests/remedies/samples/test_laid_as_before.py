"""Data that lie the other way round than those of calls that went well: the data are changed, and not the model."""

import pytest
from mended import mended, printed

LAYER = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(20, 6), nn.Linear(8, 20)
        self.{layer} = nn.{kind}(6, 8{told})

    def forward(self, tokens, state):
        out, state = self.{layer}(self.embed(tokens), state)
        return self.head(out), state


def begin(rows):
    return {state}


net = Net()
"""
SWITCH = (
    LAYER
    + """
def pieces(stream, rows, steps, steps_first=False):
    table = stream.view(rows, -1)
    for at in range(0, table.size(1) - 1, steps):
        much = min(steps, table.size(1) - 1 - at)
        x, y = table[:, at : at + much], table[:, at + 1 : at + 1 + much]
        yield (x.t(), y.t()) if steps_first else (x, y)


def run(batches, rows):
    total = 0.0
    state = begin(rows)
    for x, y in batches:
        scores, state = net(x, state)
        total += F.cross_entropy(scores.reshape(-1, 20), y.reshape(-1)).item()
    return total


print(run(pieces(torch.arange(300) % 20, 12, 7{learning}), 12))
print(run(pieces(torch.arange(100) % 20, 4, 7{measuring}), 4))
"""
)
ROWS_FIRST = {
    "layer": "gru",
    "kind": "GRU",
    "told": ", batch_first=True",
    "state": "torch.zeros(1, rows, 8)",
    "learning": "",
}
STEPS_FIRST = {
    "layer": "memory",
    "kind": "LSTM",
    "told": "",
    "state": "(torch.zeros(1, rows, 8), torch.zeros(1, rows, 8))",
    "learning": ", steps_first=True",
}


@pytest.mark.parametrize(
    ("options", "wrong", "right"),
    [
        (STEPS_FIRST, "", ", steps_first=True"),
        (STEPS_FIRST, ", False", ", True"),
        (ROWS_FIRST, ", steps_first=True", ", steps_first=False"),
    ],
)
def test_a_switch_that_the_call_beside_it_says_otherwise_is_said_as_there(
    options: dict[str, str], wrong: str, right: str
) -> None:
    found = mended(SWITCH.format(**options, measuring=wrong))
    assert found.diagnoses[0].slug == "swapped_batch_and_sequence"
    assert found.changed == [f"print(run(pieces(torch.arange(100) % 20, 4, 7{right}), 4))"]
    assert not found.doubts
    assert found.output == printed(SWITCH.format(**options, measuring=right))


LOOPS = (
    LAYER
    + """
table = torch.arange(12 * 22).view(12, 22) % 20
learning = [(table[:, at : at + 7].t(), table[:, at + 1 : at + 8].t()) for at in (0, 7, 14)]
measuring = [(table[:4, at : at + 7], table[:4, at + 1 : at + 8]) for at in (0, 7)]
state = begin(12)
for tokens, nexts in learning:
    scores, state = net(tokens, state)
    print(F.cross_entropy(scores.reshape(-1, 20), nexts.reshape(-1)).item())


def measure(state):
    for number, (tokens, nexts) in enumerate(measuring):{line}
        scores, state = net(tokens, state)
        print(number, F.cross_entropy(scores.reshape(-1, 20), nexts.reshape(-1)).item())


measure(begin(4))
"""
)


def test_what_a_loop_gives_is_turned_at_its_head_with_all_that_belongs_to_it() -> None:
    line = "tokens, nexts = tokens.transpose(0, 1), nexts.transpose(0, 1)"
    found = mended(LOOPS.format(**STEPS_FIRST, line=""))
    assert found.changed == [f"for number, (tokens, nexts) in enumerate(measuring):\n        {line}"]
    assert not found.doubts
    assert found.output == printed(LOOPS.format(**STEPS_FIRST, line=f"\n        {line}"))


def test_what_is_handed_in_is_turned_there_and_in_doubt() -> None:
    program = (
        LAYER
        + """
learned, held_out = torch.arange(84).view(7, 12) % 20, torch.arange(28).view(4, 7) % 20
print(net(learned, begin(12))[0].sum().item())
print(net(held_out, begin(4))[0].sum().item())
"""
    )
    found = mended(program.format(**STEPS_FIRST))
    assert found.changed == ["print(net(held_out.transpose(0, 1), begin(4))[0].sum().item())"]
    assert len(found.doubts) == 1


def test_without_a_call_that_went_well_it_is_the_layer_that_was_not_told() -> None:
    program = (
        LAYER
        + """
print(net(torch.arange(28).view(4, 7) % 20, begin(4))[0].sum().item())
"""
    )
    found = mended(program.format(**STEPS_FIRST))
    assert found.diagnoses[0].slug == "batch_first_missing"
    assert "batch_first=True" in found.changed[0]


@pytest.mark.parametrize("steps", [7, 12])
def test_a_state_that_was_kept_says_nothing_of_data_of_other_sizes(steps: int) -> None:
    # The state of the twelve samples before, for four samples: with as many steps as there were samples too.
    program = (
        LAYER
        + """
table = torch.arange(12 * 22).view(12, 22) % 20
scores, state = net(table[:, :7].t(), begin(12))
scores, state = net(table[:4, 7 : 7 + {steps}].t(), state)
"""
    )
    found = mended(program.format(**STEPS_FIRST, steps=steps))
    assert found.diagnoses[0].slug != "swapped_batch_and_sequence"


def test_calls_with_as_many_steps_as_samples_tell_nothing() -> None:
    program = (
        LAYER
        + """
table = torch.arange(12 * 22).view(12, 22) % 20
print(net(table[:, :12].t(), begin(12))[0].sum().item())
print(net(table[:4, 12:19], begin(4))[0].sum().item())
"""
    )
    found = mended(program.format(**STEPS_FIRST))
    assert found.diagnoses[0].slug == "batch_first_missing"


KEPT = """
from torch.utils.data import DataLoader, Subset, TensorDataset


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(20, 6), nn.{kind}(6, 9, batch_first=True)
        self.state = None

    def forward(self, tokens):
        out, state = self.rnn(self.embed(tokens), self.state)
        self.state = {detached}
        return out


def run(reader, loader):
    reader.state = None
    return sum(reader(tokens).sum().item() for tokens, in loader)


tokens = TensorDataset(torch.arange(420).view(60, 7) % 20)
reader = Reader()
print(run(reader, DataLoader(tokens, batch_size=12)))
print(run(reader, DataLoader(Subset(tokens, range(10)), batch_size=7{more})))
"""


@pytest.mark.parametrize(
    ("kind", "detached"), [("GRU", "state.detach()"), ("LSTM", "tuple(each.detach() for each in state)")]
)
def test_a_state_kept_from_as_many_samples_as_there_are_steps_turns_neither_the_data_nor_the_layer(kind, detached):
    found = mended(KEPT.format(kind=kind, detached=detached, more=""), most=1)
    fixes = [fix for each in found.diagnoses for fix in each.fixes]
    assert found.diagnoses[0].slug == "state_of_other_batch"
    assert fixes
    assert not [each.title for each in fixes if "transpose" in each.title or "batch_first" in each.title]
    assert all(each.doubt for each in fixes if "[:" in each.title)


def test_what_is_turned_already_is_not_turned_again():
    program = LAYER.format(**STEPS_FIRST) + (
        """
def pieces(rows):
    table = (torch.arange(rows * 29) % 20).view(rows, -1)
    for at in range(0, 28, 7):
        yield table[:, at : at + 7], table[:, at + 1 : at + 8]


def run(rows):
    total, state = 0.0, begin(rows)
    for x, y in pieces(rows):
        scores, state = net({}, state)
        total += F.cross_entropy(scores.reshape(-1, 20), y.t().reshape(-1)).item()
    return total


state = begin(12)
for x, y in pieces(12):
    scores, state = net(x.t(), state)
print(run(4))
"""
    )
    found = mended(program.format("x.contiguous()"))
    assert found.output == printed(program.format("x.t()"))
    assert not found.doubts
