"""Sizes under each other's names, tokens without their embedding, and an argument that a call left out."""

import pytest
from mended import mended, printed

VIEWED = """
    class Attend(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.q, self.k, self.v = (nn.Linear(width, width) for _ in range(3))

        def forward(self, x):
            {names}, width = x{sizes}
            q, k, v = (f(x).{view}(n, steps, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
            scores = (q @ k.transpose(-2, -1)).softmax(-1)
            return (scores @ v).transpose(1, 2).reshape(n, steps, width)


    attend, x = Attend(8, 2), torch.randn(5, 7, 8)
    print(round(({sum}).sum().item(), 3))
"""


@pytest.mark.parametrize("sizes", [".shape", ".size()"])
@pytest.mark.parametrize("view", ["view", "reshape"])
@pytest.mark.parametrize("total", ["x + attend(x)", "attend(x) + x"])
def test_sizes_are_named_as_they_are_viewed(sizes, view, total):
    given = {"sizes": sizes, "view": view, "sum": total}
    program = VIEWED.replace("f(x).{view}", "self.q(x).{view}").replace(
        "for f in (self.q, self.k, self.v)", "for _ in range(3)"
    )
    found = mended(program.format(names="steps, n", **given))
    assert found.output == printed(program.format(names="n, steps", **given))
    assert not found.doubts


def test_names_stay_where_the_axes_were_turned_in_between():
    program = VIEWED.replace("f(x).{view}", "x.transpose(0, 1).{view}").replace(
        "for f in (self.q, self.k, self.v)", "for _ in range(3)"
    )
    text = program.format(names="steps, n", sizes=".shape", view="reshape", sum="x + attend(x)")
    assert not any("exchanged" in fix.title for fix in mended(text, most=1).diagnoses[0].fixes)


LOOP = """
    def decode(layer, words, ids):
        {names} = ids.shape
        scores = torch.zeros(n, steps, words)
        for t in range({first}steps):
            scores[:, t] = layer(F.one_hot(ids[:, t], words).float())
        return scores


    print(round(decode(nn.Linear(9, 9), 9, torch.randint(0, 9, (5, 7))).sum().item(), 3))
"""


@pytest.mark.parametrize("first", ["", "1, "])
def test_sizes_are_named_as_a_loop_goes_along_them(first):
    found = mended(LOOP.format(names="steps, n", first=first))
    assert found.output == printed(LOOP.format(names="n, steps", first=first))
    assert found.changed == ["n, steps = ids.shape"]
    assert not found.doubts


TOKENS = """
    class Net(nn.Module):
        def __init__(self, words=20, width=6):
            super().__init__()
            self.words = nn.Embedding(words, width)
            {more}
            self.read = {layer}

        def forward(self, ids, others):
            known = self.read(self.words(others))
            return {call}


    out = Net()(torch.randint(0, 20, (5, 7)), torch.randint(0, 20, (5, 7)))
    print(round((out[0] if isinstance(out, tuple) else out).sum().item(), 3))
"""
ENCODER = "nn.TransformerEncoderLayer(width, 2, 9, dropout=0.0, batch_first=True)"


@pytest.mark.parametrize(
    "layer", [ENCODER, f"nn.TransformerEncoder({ENCODER}, 2)", "nn.GRU(width, 8, batch_first=True)"]
)
def test_tokens_are_looked_up_in_the_only_embedding(layer):
    found = mended(TOKENS.format(layer=layer, more="pass", call="self.read(ids)"))
    assert found.output == printed(TOKENS.format(layer=layer, more="pass", call="self.read(self.words(ids))"))
    assert not found.doubts


def test_of_two_embeddings_the_one_that_nobody_reads_is_meant():
    more = "self.others = nn.Embedding(words, width)"
    found = mended(TOKENS.format(layer=ENCODER, more=more, call="self.read(ids)"))
    assert found.output == printed(TOKENS.format(layer=ENCODER, more=more, call="self.read(self.others(ids))"))
    assert not found.doubts


def test_of_two_embeddings_that_are_read_none_is_sure():
    more = "self.others = nn.Embedding(words, width)"
    found = mended(TOKENS.format(layer=ENCODER, more=more, call="self.read(ids) + self.others(ids)"))
    assert found.output == "crashed" or found.doubts


LEFT_OUT = """
    def run(decode, words):
        memory = torch.ones(5, 9, 6)
        return decode(words{given})


    class Decode(nn.Module):
        def forward(self, words, memory):
            return words + memory.mean(1, keepdim=True)


    print(run({decode}, torch.randn(5, 7, 6)).shape)
"""


@pytest.mark.parametrize("decode", ["Decode()", "nn.TransformerDecoderLayer(6, 2, 9, batch_first=True)"])
def test_an_argument_is_given_that_was_made_for_it(decode):
    found = mended(LEFT_OUT.format(decode=decode, given=""))
    assert found.changed[0].replace("memory=", "") == "return decode(words, memory)"
    assert found.output == printed(LEFT_OUT.format(decode=decode, given=", memory"))
    assert not found.doubts


def test_an_argument_that_nobody_made_is_not_given():
    program = LEFT_OUT.format(decode="Decode()", given="").replace("memory = torch", "kept = torch")
    assert not any("memory=" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)
