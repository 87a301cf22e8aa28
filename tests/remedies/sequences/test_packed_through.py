"""What is made of a packed sequence between two recurrent layers, or in front of one, is made of its steps alone."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.drop = nn.Embedding(11, 3), nn.Dropout(0.0)
            self.first, self.second = nn.GRU(3, 4, batch_first=True), nn.GRU(4, 5, batch_first=True)

        def forward(self, x, lengths):
            {lines}
            return h

    print(round(Net()(torch.tensor([[3, 4, 5], [6, 7, 0]]), [3, 2]).sum().item(), 4))
"""
INDENT = "\n            "
PACK = "p = pack_padded_sequence({}, lengths, batch_first=True)"


def program(*lines):
    """The whole program, with what its forward does."""
    return PROGRAM.format(lines=INDENT.join(lines))


EMBEDDED = program(PACK.format("self.embed(x)"), "_, h = self.second(self.first(p)[0])")


@pytest.mark.parametrize(
    "lines",
    [
        (PACK.format("x"), "_, h = self.second(self.first(self.embed(p))[0])"),
        (PACK.format("x"), "o, _ = self.first(self.drop(self.embed(p)))", "_, h = self.second(o)"),
        (PACK.format("x"), "e = self.embed(p)", "o, _ = self.first(e)", "_, h = self.second(o)"),
        (PACK.format("self.embed(x)"), "o, _ = self.first(p)", "_, h = self.second(self.drop(o))"),
        (PACK.format("self.embed(x)"), "o, _ = self.first(p)", "o = self.drop(o)", "_, h = self.second(o)"),
    ],
)
def test_no_padding_is_walked_through(lines):
    found = mended(program(*lines))
    assert {each.slug for each in found.diagnoses} == {"packed_used_as_tensor"}
    assert found.output == printed(EMBEDDED)
    assert not found.doubts


def test_what_no_recurrent_layer_reads_is_unpacked():
    lines = (PACK.format("self.embed(x)"), "o, _ = self.first(p)", "h = self.drop(o)[:, 0]")
    found = mended(program(*lines))
    assert "o, _ = pad_packed_sequence(o, batch_first=True)" in found.text
    assert not found.doubts


@pytest.mark.parametrize(
    ("made", "is_sure"),
    [
        ("self.drop(p)", True),
        ("F.dropout(p, 0.0)", True),
        ("F.normalize(p, dim=-1)", True),
        ("torch.flip(p, [1])", False),
        ("torch.cumsum(p, dim=1)", False),
    ],
)
def test_what_may_go_along_the_steps_leaves_a_doubt(made, is_sure):
    found = mended(program(PACK.format("self.embed(x)"), f"_, h = self.first({made})"), most=1)
    assert found.diagnoses[0].slug == "packed_used_as_tensor"
    assert bool(found.doubts) is not is_sure


LISTED = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.drop = nn.Embedding(11, 4), nn.Dropout(0.0)
            self.layers = nn.ModuleList({layers})
            {more}

        def forward(self, x, lengths):
            x = self.embed(x)
            {before}
            p = pack_padded_sequence(x, lengths, batch_first=True)
            for {target} in {rows}:
                p, h = {called}(p)
                p = {made}
            return h

    print(round(Net()(torch.tensor([[3, 4, 5], [6, 7, 0]]), [3, 2]).sum().item(), 4))
"""
GIVEN = {"layers": "nn.GRU(4, 4, batch_first=True) for _ in range(2)", "more": "pass", "before": "pass"}
GIVEN |= {"target": "layer", "rows": "self.layers", "called": "layer"}
APPENDED = "for _ in range(2): self.layers.append(nn.GRU(4, 4, batch_first=True))"
NORMS = "self.norms = nn.ModuleList([nn.LayerNorm(4), nn.LayerNorm(4)])"


@pytest.mark.parametrize(
    ("made", "right", "more"),
    [
        ("self.drop(p)", "self.drop(p.data)", {}),
        ("self.drop(p)", "self.drop(p.data)", {"rows": "range(2)", "target": "k", "called": "self.layers[k]"}),
        ("self.drop(p)", "self.drop(p.data)", {"layers": "", "more": APPENDED}),
        ("norm(p)", "norm(p.data)", {"more": NORMS, "rows": "zip(self.layers, self.norms)", "target": "layer, norm"}),
        ("norm(p)", "norm(p.data)", {"more": NORMS, "rows": "zip(self.norms, self.layers)", "target": "norm, layer"}),
    ],
)
def test_what_a_round_makes_of_a_packed_sequence_goes_on_into_the_next_layer(made, right, more):
    found = mended(LISTED.format(**GIVEN | more | {"made": made}), most=1)
    assert found.changed == [f"p = p._replace(data={right})"]
    assert found.output == printed(LISTED.format(**GIVEN | more | {"made": f"p._replace(data={right})"}))
    assert not found.doubts


def test_what_is_made_before_packing_too_may_be_meant_there_alone():
    found = mended(LISTED.format(**GIVEN | {"before": "x = self.drop(x)", "made": "self.drop(p)"}), most=1)
    assert found.doubts
    assert any(fix.title == "without p = self.drop(p)" for fix in found.diagnoses[0].fixes)
