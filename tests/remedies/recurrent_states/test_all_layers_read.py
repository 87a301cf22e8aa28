"""Attention reads the last layer of a state that the recurrent layer reads whole."""

import pytest
from mended import mended, printed

ATTENTION = """
    class Attention(nn.Module):
        def __init__(self, h):
            super().__init__()
            self.query, self.key, self.score = nn.Linear(h, h), nn.Linear(h, h), nn.Linear(h, 1)

        def forward(self, state, memory):
            return self.score(torch.tanh(self.query({state}) + self.key(memory))).softmax(1)


    class Decoder(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.attention, self.rnn = Attention(6), nn.{kind}(6, 6, {layers}, batch_first=True)

        def forward(self, memory, state):
            for _ in range(2):
                weights = self.attention({given}, memory)
                out, state = self.rnn(weights.transpose(1, 2) @ memory, state)
            return out

    memory, state = nn.{kind}(4, 6, 3, batch_first=True)(torch.randn(5, 7, 4))
    print(round(Decoder(3)(memory, state).sum().item(), 4))
"""
BESIDE = """
    class Decoder(nn.Module):
        def __init__(self, h, layers):
            super().__init__()
            self.rnn, self.top = nn.GRU(h, h, layers, batch_first=True), nn.Linear(2 * h, 9)

        def forward(self, x, state, memory):
            {before}
            out, state = self.rnn(x, state)
            return self.top(torch.cat([{joined}], -1))

    memory, state = nn.GRU(4, 6, 2, batch_first=True)(torch.randn(5, 7, 4))
    print(round(Decoder(6, 2)(torch.randn(5, 1, 6), state, memory).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("kind", "given", "layers"), [("GRU", "state", "layers"), ("LSTM", "state[0]", "num_layers=layers")]
)
@pytest.mark.parametrize(
    ("read", "last"),
    [
        ("state.transpose(0, 1)", "state[-1:].transpose(0, 1)"),
        ("state.permute(1, 0, 2)", "state[-1:].permute(1, 0, 2)"),
        ("state.unsqueeze(1)", "state[-1].unsqueeze(1)"),
        (
            "state.unsqueeze(1).repeat(1, memory.size(1), 1)",
            "state[-1].unsqueeze(1).repeat(1, memory.size(1), 1)",
        ),
    ],
)
def test_the_last_layer_is_what_attention_reads(kind, given, layers, read, last):
    parts = {"kind": kind, "given": given, "layers": layers}
    found = mended(ATTENTION.format(**parts, state=read))
    assert [each.slug for each in found.diagnoses] == ["all_layers_of_state_used"]
    assert found.output == printed(ATTENTION.format(**parts, state=last))
    assert not found.doubts


@pytest.mark.parametrize(
    ("before", "joined", "right"),
    [
        (
            "query = state.permute(1, 0, 2).repeat(1, memory.size(1), 1)",
            "query, memory",
            ("state.permute", "state[-1:].permute"),
        ),
        ("pass", "state.squeeze(0), memory.mean(1)", ("state.squeeze(0)", "state[-1]")),
    ],
)
def test_the_last_layer_is_joined(before, joined, right):
    program = BESIDE.format(before=before, joined=joined)
    found = mended(program)
    assert found.output == printed(program.replace(*right))
    assert not found.doubts


def test_the_states_of_both_directions_are_in_doubt():
    program = ATTENTION.format(
        kind="GRU", given="state", layers="layers, bidirectional=True", state="state.transpose(0, 1)"
    )
    program = program.replace("nn.GRU(4, 6, 3,", "nn.GRU(4, 6, 3, bidirectional=True,")
    program = program.replace("print(", "memory = memory[..., :6]\n    print(")
    found = mended(program, most=1)
    assert "state[-1:]" in found.text
    assert found.doubts


def test_one_layer_has_no_other():
    program = ATTENTION.replace("(3)(memory", "(1)(memory").replace("nn.{kind}(4, 6, 3,", "nn.{kind}(4, 6, 1,")
    program = program.format(kind="GRU", given="state", layers="layers", state="state.permute(1, 2, 0)")
    assert "[-1" not in mended(program, most=1).text


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ("state", "state[-1]"),
        ("state", "state[0]"),
        ("state", "state.mean(0)"),
        ("state", "state.sum(dim=0)"),
        ("state[0]", "state"),
        ("state[-1]", "state"),
    ],
)
@pytest.mark.parametrize("is_named", [False, True])
def test_of_one_layer_none_is_taken_once_more(given, query, is_named):
    program = ATTENTION.replace("randn(5, 7, 4)", "randn(6, 7, 4)").format(
        kind="GRU", given=given, layers="layers", state="query" if is_named else query
    )
    if is_named:
        program = program.replace("            return", f"            query = {query}\n            return", 1)
    found = mended(program, most=1)
    assert [each.slug for each in found.diagnoses] == ["sizes_do_not_broadcast"]
    assert ".unsqueeze(1) + self.key" in found.text
    assert not found.doubts


def test_a_layer_as_wide_as_all_layers_together_leaves_a_doubt():
    program = BESIDE.format(before="pass", joined="state.squeeze(0), memory.mean(1)")
    found = mended(program.replace("nn.Linear(2 * h, 9)", "nn.Linear((layers + 1) * h, 9)"), most=1)
    assert "state[-1], memory.mean(1)" in found.text
    assert found.doubts


GIVEN = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.top = nn.Embedding(20, 5), nn.Linear(11, 20)

        def forward(self, ids, meaning):
            rows, steps = ids.shape
            return self.top(torch.cat([self.words(ids), meaning{taken}.unsqueeze(1).{spread}], 2))


    reader = nn.{kind}(4, 6, {layers}, batch_first=True{both})
    out, {state} = reader(torch.randn(3, 9, 4))
    ids = torch.randint(0, 20, (3, 7))
    print(round(Writer()(ids, {given}).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("kind", "state", "given"),
    [("GRU", "last", "last"), ("LSTM", "(last, _)", "last"), ("LSTM", "(_, last)", "meaning=last")],
)
@pytest.mark.parametrize("spread", ["expand(rows, steps, -1)", "repeat(1, steps, 1)", "expand(-1, steps, -1)"])
def test_a_state_that_a_layer_gave_is_spread_over_steps_by_its_last_layer(kind, state, given, spread):
    program = GIVEN.format(kind=kind, state=state, given=given, spread=spread, layers=2, both="", taken="{}")
    found = mended(program.format(""))
    assert "meaning[-1].unsqueeze(1)" in found.text
    assert found.output == printed(program.format("[-1]"))
    assert not found.doubts


def test_of_both_directions_one_would_be_taken():
    parts = {"kind": "GRU", "state": "last", "given": "last", "spread": "expand(rows, steps, -1)", "layers": 2}
    found = mended(GIVEN.format(**parts, both=", bidirectional=True", taken=""), most=1)
    assert found.changed == [
        "return self.top(torch.cat([self.words(ids), meaning[-1].unsqueeze(1).expand(rows, steps, -1)], 2))"
    ]
    assert found.doubts == ["one of two directions would be taken, where both may be meant"]


def test_the_output_of_a_layer_has_no_layers():
    parts = {"kind": "GRU", "state": "last", "given": "out", "spread": "expand(rows, steps, -1)", "layers": 2}
    assert "meaning[-1]" not in mended(GIVEN.format(**parts, both="", taken=""), most=1).text


@pytest.mark.parametrize(
    ("kind", "state", "given", "last"),
    [
        ("GRU", "state", "state.squeeze(0)", "state[-1]"),
        ("LSTM", "(state, _)", "state.squeeze(0)", "state[-1]"),
        ("LSTM", "state", "state[0].squeeze(0)", "state[0][-1]"),
    ],
)
@pytest.mark.parametrize("spread", ["repeat(1, steps, 1)", "expand(-1, steps, -1)"])
def test_a_squeeze_that_takes_no_layer_is_replaced_where_it_is_called(kind, state, given, last, spread):
    parts = {"kind": kind, "state": state, "spread": spread, "layers": 2, "both": "", "taken": ""}
    found = mended(GIVEN.format(**parts, given=given))
    assert last + ")" in found.text
    assert "squeeze(0)" not in found.text
    assert found.output == printed(GIVEN.format(**parts, given=last))
    assert not found.doubts


def test_a_squeeze_before_the_name_is_replaced_too():
    parts = {"kind": "GRU", "state": "state", "spread": "repeat(1, steps, 1)", "layers": 2, "both": "", "taken": ""}
    program = GIVEN.format(**parts, given="top").replace("    ids = torch", "    top = {}\n    ids = torch")
    found = mended(program.format("state.squeeze(0)"))
    assert "top = state[-1]" in found.text
    assert found.output == printed(program.format("state[-1]"))


def test_one_layer_is_squeezed_away_and_none_is_taken_of_it():
    parts = {"kind": "GRU", "state": "state", "spread": "repeat(1, 1, steps, 1)", "layers": 1, "both": "", "taken": ""}
    assert "state[-1]" not in mended(GIVEN.format(**parts, given="state.squeeze(0)"), most=1).text


IN_A_DICT = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(4, 6, 2, batch_first=True)

        def forward(self, x):
            out, state = self.rnn(x)
            return {{"out": out, "code": {state}}}


    seen = Encoder()(torch.randn(5, 7, 4))
    code = seen["code"]
    code = code.unsqueeze(1).{spread}
    print(round((seen["out"] * code).sum().item(), 4))
"""


@pytest.mark.parametrize("spread", ["expand(-1, 7, -1)", "repeat(1, 7, 1)"])
def test_the_last_layer_is_put_where_a_dict_keeps_the_state(spread):
    found = mended(IN_A_DICT.format(state="state.squeeze(0)", spread=spread), most=1)
    assert found.diagnoses[0].slug == "all_layers_of_state_used"
    assert found.output == printed(IN_A_DICT.format(state="state[-1]", spread=spread))
    assert not found.doubts
