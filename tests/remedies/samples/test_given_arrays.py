"""Lists, tuples and arrays of samples where a tensor is wanted."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    net = nn.Linear(4, 2)
    batch = [(np.ones(4) * i, i % 2) for i in range(5)]
    {made}
    scores = net({given})
    print(scores.shape, round(nn.CrossEntropyLoss()(scores, {labels}).item(), 4))
"""
GOOD = PROGRAM.format(
    made="states, actions = zip(*batch)",
    given="torch.from_numpy(np.stack(states)).float()",
    labels="torch.tensor(actions)",
)


@pytest.mark.parametrize(
    ("made", "changed"),
    [
        ("states, actions = zip(*batch)", "torch.from_numpy(np.stack(states)).float()"),
        ("states = [b[0] for b in batch]", "torch.from_numpy(np.stack(states)).float()"),
        ("states = tuple(torch.from_numpy(b[0]).float() for b in batch)", "torch.stack(states)"),
        ("states = [torch.from_numpy(b[0]).float() for b in batch]", "torch.stack(states)"),
    ],
)
def test_samples_are_put_together(made, changed):
    found = mended(PROGRAM.format(made=made, given="states", labels="torch.tensor([b[1] for b in batch])"))
    assert [each.slug for each in found.diagnoses] == ["no_tensor"]
    assert found.changed == [f"scores = net({changed})"]
    assert found.output == printed(GOOD)


def test_labels_of_a_tuple():
    found = mended(GOOD.replace("torch.tensor(actions)", "actions"))
    assert [each.slug for each in found.diagnoses] == ["no_tensor"]
    assert found.output == printed(GOOD)


def test_what_a_layer_returns_is_no_tuple_of_samples():
    found = mended("print(nn.Linear(6, 2)(nn.GRU(4, 6)(torch.randn(7, 3, 4))).shape)")
    assert [each.slug for each in found.diagnoses] == ["tuple_not_unpacked"]
    assert found.output == "torch.Size([7, 3, 2])\n"


TENSORS = """
    layer = {layer}
    items = [torch.rand({sizes}) for _ in range(3)]
    {names} = layer({given})
    print(out.shape)
"""


@pytest.mark.parametrize(
    ("layer", "sizes", "names", "right"),
    [
        ("nn.Conv2d(3, 6, 3)", "3, 8, 8", "out", "torch.stack(items)"),
        ("nn.Conv2d(3, 6, 3)", "1, 3, 8, 8", "out", "torch.cat(items)"),
        ("nn.Conv2d(9, 6, 3)", "1, 3, 8, 8", "out", "torch.cat(items, dim=1)"),
        ("nn.LSTM(5, 6, batch_first=True)", "7, 5", "out, _", "torch.stack(items)"),
        ("nn.Linear(12, 2)", "8, 4", "out", "torch.cat(items, dim=-1)"),
    ],
)
def test_the_layer_tells_how_tensors_of_several_axes_are_put_together(layer, sizes, names, right):
    found = mended(TENSORS.format(layer=layer, sizes=sizes, names=names, given="items"))
    assert right in found.changed[0]
    assert found.output == printed(TENSORS.format(layer=layer, sizes=sizes, names=names, given=right))
    assert not found.doubts


@pytest.mark.parametrize(
    ("layer", "sizes", "names"),
    [("nn.Linear(4, 2)", "8, 4", "out"), ("nn.Linear(4, 2)", "1, 4", "out"), ("nn.LSTM(5, 6)", "7, 5", "out, _")],
)
def test_where_it_does_not_the_axis_is_in_doubt(layer, sizes, names):
    assert mended(TENSORS.format(layer=layer, sizes=sizes, names=names, given="items")).doubts


def test_tensors_of_samples_that_were_unpacked():
    program = """
        memory = [(torch.rand(4), at % 2) for at in range(5)]
        states, actions = zip(*memory)
        print(nn.Linear(4, 2)({states}).shape)
    """
    found = mended(program.format(states="states"))
    assert found.output == printed(program.format(states="torch.stack(states)"))
    assert not found.doubts


@pytest.mark.parametrize("sample", ["torch.randn(6), at % 2", "(torch.randn(6),)"])
def test_the_first_of_what_a_loader_puts_together(sample):
    program = """
        samples = [({sample}) for at in range(4)]
        net = nn.Linear(6, 2)
        for batch in torch.utils.data.DataLoader(samples, 2):
            print(net(batch{first}).shape)
    """
    found = mended(program.format(sample=sample, first=""))
    assert found.output == printed(program.format(sample=sample, first="[0]"))
    assert not found.doubts


def test_a_single_sample_in_a_list_is_a_batch_of_one():
    found = mended("print(nn.Linear(6, 2)([torch.randn(6)]).shape)")
    assert found.output == "torch.Size([1, 2])\n"


@pytest.mark.parametrize(("guess", "right"), [("guess", ".unsqueeze(1)"), ("guess.squeeze(1)", "")])
@pytest.mark.parametrize(("made", "maker"), [("float(at)", "tensor"), ("torch.tensor(float(at))", "stack")])
def test_numbers_beside_a_column_of_guesses_are_a_column(guess, right, made, maker):
    program = """
        samples = [(torch.rand(4), {made}) for at in range(5)]
        rows, wanted = zip(*samples)
        guess = nn.Linear(4, 1)(torch.stack(rows))
        print(round(F.mse_loss({guess}, {wanted}).item(), 4))
    """
    found = mended(program.format(made=made, guess=guess, wanted="wanted"))
    assert found.output == printed(program.format(made=made, guess=guess, wanted=f"torch.{maker}(wanted){right}"))
    assert not found.doubts


def test_sequences_of_several_lengths_are_samples_too():
    program = """
        samples = [(torch.randint(1, 20, (steps,)), steps) for steps in (4, 2, 3)]
        words, lengths = zip(*samples)
        print(nn.Embedding(20, 3)({words}).shape)
    """
    found = mended(program.format(words="words"))
    right = "nn.utils.rnn.pad_sequence(words, batch_first=True)"
    assert found.output == printed(program.format(words=right))


FILLED = """
    cell, x, steps = nn.GRUCell(3, 5), torch.randn(4, 7, 3), []
    h = torch.zeros(4, 5)
    for t in range(7):
        h = cell(x[:, t], h)
        steps.append(h)
    print(round({layer}({steps}){taken}.sum().item(), 4))
"""
WRITTEN = """
    x = torch.randn(4, 7, 3)
    steps = [x[:, t].relu() for t in range(7)]
    print(round({layer}({steps}){taken}.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("program", "layer", "taken", "right"),
    [
        (FILLED, "nn.Linear(5, 2)", "[0]", "torch.stack(steps, dim=1)"),
        (FILLED, "nn.GRU(5, 2, batch_first=True)", "[0][0]", "torch.stack(steps, dim=1)"),
        (FILLED, "nn.GRU(5, 2)", "[0][0]", "torch.stack(steps)"),
        (WRITTEN, "nn.Linear(3, 2)", "[0]", "torch.stack(steps, dim=1)"),
    ],
)
def test_steps_of_all_samples_stand_behind_these(program, layer, taken, right):
    found = mended(program.format(layer=layer, steps="steps", taken=taken))
    assert found.output == printed(program.format(layer=layer, steps=right, taken=taken))
    assert not found.doubts


def test_maps_of_several_sizes_are_not_surely_one_behind_the_other():
    program = """
        maps = [torch.randn(2, 3, 8, 8), torch.randn(2, 3, 4, 4)]
        print(len(nn.Conv2d(3, 6, 1)(maps)))
    """
    found = mended(program, most=1)
    assert found.changed == ["print(len(nn.Conv2d(3, 6, 1)(torch.cat(maps))))"]
    assert found.doubts == [
        "they may be put together along another axis, one behind the other, or each be given by itself"
    ]


COUNTED = """
    def parts(rows):
        for at in range(0, len(rows), 2):
            yield torch.stack([x for x, _ in rows[at : at + 2]]), [y for _, y in rows[at : at + 2]]

    torch.manual_seed(1)
    net, hits = nn.Linear(4, 3), 0
    for x, y in parts([(torch.randn(4), at % 3) for at in range(6)]):
        {first}scores = net(x)
        loss = F.cross_entropy(scores, {target})
        {behind}
    print(round(loss.item(), 4), hits)
"""


@pytest.mark.parametrize(
    "behind",
    ["hits += (scores.argmax(1) == y).sum().item()", "hits += (scores.argmax(1) - y).abs().sum().item()"],
)
def test_labels_that_are_compared_below_are_made_a_tensor_for_all(behind):
    found = mended(COUNTED.format(first="", target="y", behind=behind))
    right = "y = torch.tensor(y)\n        "
    assert found.output == printed(COUNTED.format(first=right, target="y", behind=behind))
    assert len(found.diagnoses) == 1


@pytest.mark.parametrize("behind", ["hits += len(y)", "hits = y.count(0)"])
def test_else_they_are_made_one_where_they_are_used(behind):
    found = mended(COUNTED.format(first="", target="y", behind=behind))
    assert found.output == printed(COUNTED.format(first="", target="torch.tensor(y)", behind=behind))
    assert found.changed == ["loss = F.cross_entropy(scores, torch.tensor(y))"]


@pytest.mark.parametrize("text", ["net(x){}.numpy()", "F.relu(net(x)).mean(1).cpu(){}.numpy()"])
def test_what_a_call_gives_is_detached_for_numpy(text):
    program = f"net, x = nn.Linear(3, 2), torch.randn(4, 3)\nprint({text}.sum())"
    found = mended(program.format(""))
    assert found.output == printed(program.format(".detach()"))
    assert not found.doubts
