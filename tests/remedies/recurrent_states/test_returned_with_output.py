"""An encoder that gives back all that its layer returns, and a decoder that begins with one token a sample."""

import pytest
from mended import mended, printed

TRANSLATE = """
    class Spell(nn.Module):
        def __init__(self, letters, sounds, dim, layers):
            super().__init__()
            self.inp, self.outp = nn.Embedding(letters, dim), nn.Embedding(sounds, dim)
            self.read = nn.{kind}(dim, dim, layers)
            self.write = nn.{kind}(dim, dim{layers})
            self.say = nn.Linear(dim, {scores})

        def encode(self, words):
            return self.read(self.inp(words)){part}

        def decode(self, sounds, h):
            seq, h = self.write(self.outp(sounds), h)
            return self.say(seq), h

        def loss(self, words, sounds):
            scores, _ = self.decode(sounds[:-1], self.encode(words))
            return F.cross_entropy(scores.flatten(0, 1), {labels}.flatten())

        def speak(self, words):
            h, token = self.encode(words), {begin}
            for _ in range(2):
                scores, h = self.decode(token, h)
                token = scores.argmax(-1)
            return scores

    model = Spell(7, 19, 6, 2)
    words, sounds = torch.randint(7, (9, 5)), torch.arange(55).view(11, 5) % 19
    print(model.loss(words, sounds).item(), model.speak(words[:, :3]).sum().item())
"""
RIGHT = {
    "kind": "GRU",
    "layers": ", layers",
    "scores": "sounds",
    "part": "[1]",
    "labels": "sounds[1:]",
    "begin": "torch.full((1, words.size(1)), 1)",
}


@pytest.mark.parametrize(
    ("wrong", "changed"),
    [
        ({"part": ""}, "return self.read(self.inp(words))[1]"),
        ({"part": "", "kind": "LSTM"}, "return self.read(self.inp(words))[1]"),
        ({"begin": "torch.full((words.size(1),), 1)"}, "torch.full((1, words.size(1),), 1)"),
        ({"begin": "torch.ones(words.size(1), dtype=torch.long)"}, "torch.ones(1, words.size(1), dtype=torch.long)"),
        ({"scores": "letters"}, "self.say = nn.Linear(dim, sounds)"),
        # The targets of the whole script have the same name, and are not what is cut there.
        ({"labels": "sounds"}, "sounds[1:].flatten()"),
    ],
)
def test_the_place_that_is_wrong_is_changed(wrong: dict[str, str], changed: str) -> None:
    found = mended(TRANSLATE.format(**{**RIGHT, **wrong}), most=2)
    assert found.output == printed(TRANSLATE.format(**{**RIGHT, "kind": wrong.get("kind", "GRU")}))
    assert changed in found.changed[0]
    assert not found.doubts


def test_a_decoder_that_was_told_no_layers_may_be_meant_to_have_those_of_the_encoder() -> None:
    found = mended(TRANSLATE.format(**{**RIGHT, "layers": ""}), most=1)
    assert "nn.GRU(dim, dim, num_layers=layers)" in found.changed[0]
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


STATE = """
    def zeros(depth, n, width):
        make = lambda: torch.zeros({sizes})
        return make(), make()

    def last(net, x):
        seq, _ = net["rnn"](x, zeros(2, {rows}, 6))
        return net["out"](seq[:, -1])

    net = nn.ModuleDict(dict(rnn=nn.LSTM(5, 6, 2, batch_first=True), out=nn.Linear(6, 1)))
    print(last(net, torch.randn(4, 9, 5)).sum().item())
"""


@pytest.mark.parametrize(
    ("sizes", "rows"), [("n, depth, width", "len(x)"), ("1, n, width", "len(x)"), ("depth, n, width", "x.size(1)")]
)
def test_a_state_that_a_lambda_makes(sizes: str, rows: str) -> None:
    found = mended(STATE.format(sizes=sizes, rows=rows), most=1)
    assert found.output == printed(STATE.format(sizes="depth, n, width", rows="len(x)"))
    assert not found.doubts


@pytest.mark.parametrize("joined", ["state[0], state[1]", "state[1], state[0]"])
@pytest.mark.parametrize("is_both", [True, False])
def test_two_items_that_are_joined_are_the_directions_where_the_layer_has_two(joined: str, is_both: bool) -> None:
    program = """
        lstm = nn.LSTM(4, 9, batch_first=True, bidirectional={both})

        def classify(x):
            out, {state} = lstm(x)
            return nn.Linear(18, 3)(torch.cat([{joined}], dim=1))

        print(classify(torch.randn(6, 8, 4)).shape)
    """
    found = mended(program.format(both=is_both, state="state", joined=joined), most=1)
    assert ("(state, _)" in found.changed[0]) == is_both
