"""Lengths are those of the lists that are stored beside them."""

import pytest
from mended import mended, printed

PROGRAM = """
    letters = dict(zip("abcdefgh", range(1, 9)))


    def encoded(words, width):
        text = torch.zeros(len(words), width, dtype=torch.long)
        lengths = torch.zeros(len(words), dtype=torch.long)
        for row, word in enumerate(words):
            codes = [letters[letter] for letter in word{kept}]
            text[row, {cut}] = torch.tensor(codes)
            lengths[row] = len({counted})
        return text, lengths


    words = ["abc?", "ddh", "ha-??", "cc??-"]
    text, lengths = encoded(words, 3)
    {read}
"""
CTC = """scores = torch.randn(9, 4, 9).log_softmax(2)
    loss = {}(scores, text, torch.full((4,), 9), lengths)
    print(round(loss.item(), 4))"""
KEPT = " if letter in letters"


@pytest.mark.parametrize("read", [CTC.format("nn.CTCLoss()"), CTC.format("F.ctc_loss")])
@pytest.mark.parametrize("cut", [": len(codes)", ":len(codes)"])
def test_a_length_is_counted_of_what_is_stored(read, cut):
    program = PROGRAM.format(kept=KEPT, cut=cut, counted="{counted}", read=read)
    found = mended(program.format(counted="word"))
    assert "lengths[row] = len(codes)" in found.text
    assert found.output == printed(program.format(counted="codes"))
    assert not found.doubts


def test_what_is_stored_by_another_length_tells_nothing():
    program = PROGRAM.format(
        kept=KEPT, cut=": sum(letter in letters for letter in word)", counted="word", read=CTC.format("F.ctc_loss")
    )
    assert "lengths[row] = len(codes)" not in mended(program, most=1).text
