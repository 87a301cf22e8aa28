"""Targets of a model that reads them behind a step of their own: what is made of a step answers this very step."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.out = nn.Embedding(12, 6), nn.GRU(6, 6, batch_first=True), nn.Linear(6, 12)

        def forward(self, words):
            return self.out(self.rnn(self.embed(words))[0]){cut}


    def begun(words):
        read = torch.full_like(words, 11)
        read[:, 1:] = words[:, :-1]
        return read


    model, words = Decoder(), torch.randint(0, 11, (3, 5))
    start = torch.full_like(words[:, :1], 11)
    scores = model({read})
    print(round(F.cross_entropy({given}, {target}).item(), 4))
"""
JOINED = "torch.cat([start, words[:, :-1]], dim=1)"
PADDED = "F.pad(words[:, :-1], (1, 0), value=11)"
SHIFTED = "begun(words)"
ROLLED = "torch.roll(words, 1, dims=1)"
FLAT = ("scores.flatten(0, 1)", "{}.flatten()")
TURNED = ("scores.transpose(1, 2)", "{}")


@pytest.mark.parametrize("read", [JOINED, PADDED, SHIFTED, ROLLED])
@pytest.mark.parametrize(("given", "target"), [FLAT, TURNED])
@pytest.mark.parametrize("cut", ["[:, :-1]", "[:, 1:]"])
def test_the_targets_are_cut_at_the_end_where_the_scores_were(read: str, given: str, target: str, cut: str) -> None:
    told = {"read": read, "given": given, "cut": cut}
    found = mended(PROGRAM.format(**told, target=target.format("words")), most=1)
    assert found.output == printed(PROGRAM.format(**told, target=target.format(f"words{cut}")))
    assert not found.doubts


def test_the_targets_of_what_is_read_as_it_is_are_those_behind() -> None:
    told = {"read": "words[:, :-1]", "given": FLAT[0], "cut": ""}
    found = mended(PROGRAM.format(**told, target="words.flatten()"), most=1)
    assert found.output == printed(PROGRAM.format(**told, target="words[:, 1:].flatten()"))


def test_targets_without_their_first_step_are_whole_where_the_scores_are() -> None:
    told = {"read": JOINED, "given": FLAT[0], "cut": ""}
    found = mended(PROGRAM.format(**told, target="words[:, 1:].flatten()"), most=1)
    assert found.output == printed(PROGRAM.format(**told, target="words.flatten()"))
    assert not found.doubts
