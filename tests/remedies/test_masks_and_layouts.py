"""A padding mask that lies like the sequence: the layer is told that the batch is first, or the mask is turned."""

import pytest
from mended import mended, printed

NET = """
    from torch.nn.utils.rnn import pad_sequence


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            {layer}

        def forward(self, x):
            empty = x[..., 0] == 0
            {call}
            return {read}


    x = {made}
    print([round(each, 4) for each in Net()(x).flatten().tolist()])
"""
ENCODER = {
    "layer": "self.layer = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, 0.0{flag}), 1, "
    "enable_nested_tensor=False)",
    "call": "h = self.layer(x, src_key_padding_mask=empty{turn})",
}
ATTENTION = {
    "layer": "self.layer = nn.MultiheadAttention(4, 2{flag})",
    "call": "h, _ = self.layer(x, x, x, key_padding_mask=empty{turn})",
}
SIZES = "3, 7, 5, 6, 2"
ROWS = f"[torch.randn(n, 4) for n in ({SIZES})]"


def _program(parts, read, made, *, flag="", turn=""):
    filled = {name: text.format(flag=flag, turn=turn) for name, text in parts.items()}
    return NET.format(read=read, made=made, **filled)


@pytest.mark.parametrize("parts", [ENCODER, ATTENTION])
@pytest.mark.parametrize(
    ("read", "made"),
    [
        ("h.mean(0)", "torch.randn(7, 5, 4)"),
        ("h.relu().amax(dim=0)", "torch.randn(7, 5, 4)"),
        ("h[-1]", f"pad_sequence({ROWS})"),
        ("torch.sum(h, 0)", "torch.randn(7, 5, 4)"),
        ("h.tanh()", f"pad_sequence({ROWS})"),
    ],
)
def test_where_the_steps_are_first_the_mask_is_turned(parts, read, made):
    found = mended(_program(parts, read, made))
    assert found.output == printed(_program(parts, read, made, turn=".t()"))
    assert not found.doubts


@pytest.mark.parametrize("parts", [ENCODER, ATTENTION])
@pytest.mark.parametrize(
    ("read", "made"),
    [
        ("h.mean(1)", "torch.randn(5, 7, 4)"),
        ("h[:, 0]", "torch.randn(5, 7, 4)"),
        ("h.tanh()", f"pad_sequence({ROWS}, batch_first=True)"),
    ],
)
def test_where_the_batch_is_first_the_layer_is_told(parts, read, made):
    found = mended(_program(parts, read, made))
    assert found.output == printed(_program(parts, read, made, flag=", batch_first=True"))
    assert not found.doubts


def test_where_nothing_tells_the_layer_is_told_and_it_stays_in_doubt():
    found = mended(_program(ENCODER, "h.tanh()", "torch.randn(5, 7, 4)"))
    assert found.doubts == ["the steps may lie along the first axis, and it is the mask that must be turned"]


@pytest.mark.parametrize("steps_first", [True, False])
def test_padding_tells_along_which_axis_the_steps_lie(steps_first):
    made = "torch.ones({}, 4).masked_fill((torch.arange(7) >= torch.tensor([3, 7, 5, 6, 2])[:, None]){}, 0.0)"
    made = made.format(*(("7, 5", ".t()[..., None]") if steps_first else ("5, 7", "[..., None]")))
    found = mended(_program(ATTENTION, "h.tanh()", made))
    right = {"turn": ".t()"} if steps_first else {"flag": ", batch_first=True"}
    assert found.output == printed(_program(ATTENTION, "h.tanh()", made, **right))
    assert not found.doubts


SQUARE = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first={first})
            self.table, self.layers = nn.Embedding(9, 8), nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)

        def forward(self, ids, ahead):
            {steps}


    def causal(size):
        return torch.full((size, size), float("-inf")).triu(1)


    model, tokens, ahead = Model().eval(), torch.randint(0, 9, (45, 3)), causal(10)
    for at in range(0, 45, 10):
        ids = tokens[at : at + 10]{turned}
        print(round(model(ids, ahead{cut}).square().sum().item(), 3))
"""


@pytest.mark.parametrize(
    "steps",
    ["return self.layers(self.table(ids), ahead)", "x = self.table(ids)\n            return self.layers(x, ahead)"],
)
@pytest.mark.parametrize(("first", "turned"), [(False, ""), (True, ".t()")])
def test_a_mask_of_all_steps_is_cut_to_those_of_a_shorter_last_round(first, turned, steps):
    program = SQUARE.replace("{steps}", steps).replace("{first}", str(first)).replace("{turned}", turned)
    found = mended(program.replace("{cut}", ""))
    length = f"ids.size({1 if first else 0})"
    right = program.replace("{cut}", f"[:{length}, :{length}]")
    assert found.output == printed(right)
    assert not found.doubts


HELPED = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.given, self.wanted = nn.Embedding(9, 8), nn.Embedding(9, 8)
            self.layers = nn.Transformer(8, 2, 1, 1, 16, 0.0)

        def forward(self, src, tgt, ahead, hidden, hidden_too):
            return self.layers(self.given(src), self.wanted(tgt), None, ahead, None, hidden, hidden_too, hidden)


    def masks(src, tgt):
        ahead = torch.ones(len(tgt), len(tgt)).triu(1).bool()
        of_src = {made}
        of_tgt = (tgt == 0).transpose(0, 1)
        return ahead, of_src, of_tgt


    src, tgt = (
        nn.utils.rnn.pad_sequence([torch.randint(1, 9, (n,)) for n in sizes])
        for sizes in ((7, 3, 5, 4, 6), (2, 6, 5, 3, 4))
    )
    print(round(Model().eval()(src, tgt, *masks(src, tgt)).square().sum().item(), 3))
"""


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_a_mask_that_a_layer_takes_twice_is_turned_once_where_it_is_made():
    found = mended(HELPED.format(made="(src == 0)"))
    assert found.changed == ["of_src = (src == 0).t()"]
    assert found.output == printed(HELPED.format(made="(src == 0).t()"))
    assert not found.doubts


def test_a_layer_that_was_told_that_steps_come_first_is_told_otherwise():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(11, 8, padding_idx=0)
            layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0{said})
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

        def forward(self, ids):
            mask = ids == 0
            out = self.encoder(self.embed(ids), src_key_padding_mask=mask)
            return (out * (~mask).unsqueeze(-1)).sum(1)

    print(round(Net()(torch.tensor([[3, 5, 0, 0], [1, 2, 4, 0], [9, 9, 1, 6]])).std().item(), 4))
    """
    found = mended(program.format(said=", batch_first=False"), most=1)
    assert found.output == printed(program.format(said=", batch_first=True"))
    turned = [fix for fix in found.diagnoses[0].fixes if fix.title == "mask.t()"]
    assert all(fix.doubt for fix in turned)


@pytest.mark.parametrize("turn", ["transpose(0, 1)", "permute(1, 0, 2)"])
def test_what_was_turned_for_a_layer_has_its_steps_in_front_on_purpose(turn):
    program = """
        attention, embed = nn.MultiheadAttention(6, 2), nn.Embedding(9, 6)
        words = torch.tensor([[4, 2, 0, 0, 0], [3, 5, 6, 1, 0], [3, 1, 2, 2, 5]])
        x = embed(words).{turn}
        padding = (words == 0){round}
        seen, _ = attention(x, x, x, key_padding_mask=padding)
        print(round(seen.sum().item(), 4))
    """
    found = mended(program.format(turn=turn, round=".T"))
    assert found.output == printed(program.format(turn=turn, round=""))
    assert not found.doubts
