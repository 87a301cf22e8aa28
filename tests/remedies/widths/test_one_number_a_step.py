"""One number a step is given to a Linear of one feature with an axis for it."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.memory, self.past, self.score = nn.Linear(6, 5), nn.Linear(1, 5), nn.Linear(5, 1)

        def forward(self, memory, past):
            weights = self.score(torch.tanh(self.memory(memory) + self.past({past}))).squeeze(2).softmax(1)
            return past + weights

    attention, past = Attention(), torch.{made}
    for memory in torch.randn(4, 3, 7, 6):
        past = attention(memory, past)
    print(round(past[:, 2:].sum().item(), 4))
"""


@pytest.mark.parametrize("made", ["zeros(3, 7)", "full((3, 7), 0.5)"])
def test_every_step_has_one_feature(made):
    found = mended(PROGRAM.format(past="past", made=made))
    assert found.output == printed(PROGRAM.format(past="past.unsqueeze(-1)", made=made))
    assert len(found.diagnoses) == 1
    assert not found.doubts


def test_features_of_which_one_was_written_are_no_steps():
    program = """
        x, y = torch.randn(5, 7), torch.randn(5, 1)
        print(F.mse_loss(nn.Linear(1, 1)(x), y).item())
    """
    assert "unsqueeze" not in mended(program, most=1).text


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("mask", "self.top(past)"),
        ("mask", "(x * mask.unsqueeze(-1)).sum(1) + self.top(past)"),
        ("x[:, :, -1]", "self.top(past)"),
    ],
)
def test_what_may_be_meant_of_each_sample_leaves_a_doubt(given, used):
    program = f"""
        class Lengths(nn.Module):
            def __init__(self):
                super().__init__()
                self.top = nn.Linear(1, 6)

            def forward(self, x, mask):
                pooled = x.sum(1)
                past = {given}
                return {used}, pooled, x

        print(Lengths()(torch.randn(3, 7, 6), torch.ones(3, 7))[0].shape)
    """
    assert mended(program, most=1).doubts


WALKED = """
    class Prices(nn.Module):
        def __init__(self):
            super().__init__()
            self.widen, self.rnn, self.top = nn.Linear(1, 6), nn.{kind}(6, 8, batch_first=True), nn.Linear(8, 1)

        def forward(self, x):
            {widened}
            return self.top({read})


    model = Prices()
    print(round(model(torch.rand(15, 20)).std().item(), 4))
"""
WIDENED = ["h = F.relu(self.widen({})); out, _ = self.rnn(h)", "out, _ = self.rnn(self.widen({}))"]


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("widened", WIDENED)
def test_what_a_recurrent_layer_walks_along_has_steps(kind, widened):
    program = WALKED.replace("{widened}", widened).replace("{kind}", kind).replace("{read}", "out[:, -1]")
    found = mended(program.format("x"), most=1)
    assert found.output == printed(program.format("x.unsqueeze(-1)"))
    assert not found.doubts


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("read", ["self.rnn(self.widen({}))[0]", "self.rnn(self.widen({}))[0][:, -1]"])
def test_a_layer_for_samples_in_front_walks_along_steps_without_a_name_between(kind, read):
    program = WALKED.replace("{widened}", "pass").replace("{kind}", kind).replace("{read}", read)
    found = mended(program.format("x"), most=1)
    assert found.output == printed(program.format("x.unsqueeze(-1)"))
    assert not found.doubts


@pytest.mark.parametrize("read", ["self.rnn(self.widen(x))[0]", "self.rnn(self.widen(x))[0][-1]"])
def test_the_rows_of_a_single_sequence_are_steps_themselves(read):
    program = WALKED.replace("{widened}", "pass").replace("{kind}", "GRU").replace(", batch_first=True", "")
    assert not any("unsqueeze" in line for line in mended(program.format(read=read), most=1).changed)


def test_rows_that_no_layer_walks_along_are_features():
    program = (
        WALKED.replace("{widened}", "out = self.widen(x)").replace("{kind}", "GRU").replace("{read}", "out @ out.T")
    )
    assert not any("unsqueeze" in line for line in mended(program, most=1).changed)
