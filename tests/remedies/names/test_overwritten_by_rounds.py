"""A name that every round of a loop makes one axis longer gets a name of its own in the loop."""

import pytest
from mended import mended, printed

TRAINING = """
    torch.manual_seed(3)
    net = nn.Linear(3, 4)
    rows, labels = torch.randn(6, 3), torch.randint(4, (6,))
    for epoch in range(3):
        {name} = {made}
        print(round(((net(rows) - {name}) ** 2).sum().item(), 4))
"""
SIGNALS = """
    torch.manual_seed(3)
    net, waves = nn.Conv1d(1, 4, 3), torch.randn(5, 12)
    for _ in range(2):
        {name} = {made}
        print(round(net({name}).sum().item(), 4))
"""
STAGES = """
    torch.manual_seed(3)


    def prepared(scores, labels):
        return scores.softmax(1), F.one_hot(labels, scores.size(1)).transpose(1, 2)


    class Measure:
        def __init__(self):
            self.hits = []

        def add(self, stages, labels):
            for at, scores in enumerate(stages):
                scores, {name} = prepared(scores, labels)
                self.hits.append((scores * {name}).sum().item())


    measure = Measure()
    measure.add(torch.randn(3, 2, 5, 7), torch.randint(5, (2, 7)))
    print([round(each, 4) for each in measure.hits])
"""


@pytest.mark.parametrize(
    ("program", "name", "made"),
    [
        (TRAINING, "labels", "F.one_hot(labels, 4)"),
        (TRAINING, "labels", "F.one_hot(labels.view(6), 4).float()"),
        (SIGNALS, "waves", "waves.unsqueeze(1)"),
        (SIGNALS, "waves", "waves[:, None]"),
        (STAGES, "labels", ""),
    ],
)
def test_every_round_makes_it_of_what_was_there_before(program, name, made):
    found = mended(program.format(name=name, made=made))
    assert found.output == printed(program.format(name="made_here", made=made))
    assert not found.doubts


@pytest.mark.parametrize(
    ("program", "made"),
    [
        # The first round is refused already.
        (SIGNALS.replace("nn.Conv1d(1,", "nn.Conv1d(2,"), "waves.unsqueeze(1)"),
        # It has as many axes in every round.
        (SIGNALS.replace("nn.Conv1d(1, 4", "nn.Conv1d(1, 1"), "waves.view(5, 1, 12)[:, :, 1:]"),
        # It is read behind the loop, as the last round left it.
        (SIGNALS + "    print(waves.shape)\n", "waves.unsqueeze(1)"),
    ],
)
def test_what_is_to_be_handed_on_keeps_its_name(program, made):
    found = mended(program.format(name="waves", made=made), most=1)
    assert not any(" for waves" in fix.title for each in found.diagnoses for fix in each.fixes[:1])


def test_a_value_that_rounds_hand_on_keeps_its_name():
    program = """
    state, cells = torch.randn(3, 4), [nn.Linear(4, 6), nn.Linear(4, 6)]
    for cell in cells:
        state = cell(state)
        print(tuple(state.unsqueeze(1).shape))
    """
    assert not any(" for state" in fix.title for each in mended(program).diagnoses for fix in each.fixes)


@pytest.mark.parametrize("made", ["layer(x)[:, None]", "layers[at](x).unsqueeze(1)"])
def test_what_layers_hand_on_is_renamed_in_doubt(made):
    program = f"""
    layers, x = [nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)], torch.randn(3, 4)
    for at, layer in enumerate(layers):
        x = {made}
        print(tuple(nn.Conv1d(1, 2, 3)(x).shape))
    """
    found = mended(program, most=1)
    assert all(fix.doubt for each in found.diagnoses for fix in each.fixes if " for x" in fix.title)
