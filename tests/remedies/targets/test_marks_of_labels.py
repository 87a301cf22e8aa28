"""Marks among labels that are counted one too far, beside labels that are only one class more."""

from mended import mended, printed

PROGRAM = """
WORDS = 6
END = WORDS{more}


def batch(n):
    words = torch.randint(0, WORDS, (n, 3))
    return torch.cat([words, torch.full((n, 1), END)], dim=1)


labels = batch(4)
scores = nn.Linear(5, WORDS + 1)(torch.randn(16, 5))
print(F.cross_entropy(scores, labels.flatten()))
"""


def test_the_mark_is_the_first_number_that_is_free():
    found = mended(PROGRAM.format(more=" + 1"))
    assert found.changed == ["END = WORDS"]
    assert found.output == printed(PROGRAM.format(more=""))
    assert not found.doubts


def test_a_mark_that_is_written_as_a_number_is_not_reckoned():
    program = PROGRAM.format(more=" + 1").replace("END = WORDS + 1", "END = 7")
    titles = [fix.title for found in mended(program, most=1).diagnoses for fix in found.fixes]
    assert "WORDS" not in titles
