"""Blank lines of a text that were read as sequences: they are left out where the lines are read."""

import pytest
from mended import mended, printed

PROGRAM = """
    import io
    from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

    TEXT = "the cat sat\\n\\na dog\\nthe dog sat there\\n\\n"


    {read}


    rows = {rows}
    words = {{w: at + 1 for at, w in enumerate(sorted({{w for row in rows for w in row}}))}}
    torch.manual_seed(2)
    table, rnn = nn.Embedding(len(words) + 1, 4), nn.GRU(4, 3, batch_first=True)
    ids = [torch.tensor([words[w] for w in row], dtype=torch.long) for row in rows]
    lengths = torch.tensor([len(each) for each in ids])
    packed = pack_padded_sequence(table(pad_sequence(ids, True)), lengths, batch_first=True, enforce_sorted=False)
    print(rnn(packed)[1].sum().item())
"""
EACH = """def read(lines):
        return [line.strip().lower().split() for line in lines{only}]"""
LOOP = """def read(lines):
        rows = []
        for line in lines:{only}
            row = line.split()
            rows.append(row)
        return rows"""
SKIPPED = """
            if not line.strip():
                continue"""


@pytest.mark.parametrize("given", ["io.StringIO(TEXT)", "TEXT.splitlines()", 'TEXT.split("\\n")'])
@pytest.mark.parametrize(("read", "only"), [(EACH, " if line.strip()"), (LOOP, SKIPPED)])
def test_blank_lines_make_no_sequence(read, only, given):
    found = mended(PROGRAM.format(read=read.format(only=""), rows=f"read({given})"))
    assert found.diagnoses[0].slug == "sequence_without_steps"
    assert found.output == printed(PROGRAM.format(read=read.format(only=only), rows=f"read({given})"))
    assert not found.doubts


def test_a_file_is_read_by_lines_as_well(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("the cat\n\na dog sat\n")
    read = """def read(path):
        with open(path) as lines:
            return [line.split() for line in lines{only}]"""
    program = {
        only: PROGRAM.format(read=read.format(only=only), rows=f"read({str(path)!r})")
        for only in ("", " if line.strip()")
    }
    found = mended(program[""])
    assert found.output == printed(program[" if line.strip()"])
    assert not found.doubts


def test_to_count_one_step_of_a_blank_line_is_in_doubt():
    fixes = mended(PROGRAM.format(read=EACH.format(only=""), rows="read(io.StringIO(TEXT))")).diagnoses[0].fixes
    held = [each for each in fixes if "clamp(min=1)" in each.title]
    assert held
    assert all(each.doubt for each in held)


def test_lines_beside_other_lines_are_left_out_in_doubt():
    """Two texts line by line, as for a translation: a line of the one belongs to a line of the other."""
    rows = 'read(TEXT.splitlines()); others = read("un\\n\\ndeux\\ntrois\\n\\n".splitlines())'
    found = mended(PROGRAM.format(read=EACH.format(only=""), rows=rows))
    assert found.output == "crashed" or found.doubts


@pytest.mark.parametrize(
    "read",
    [
        "def read(lines):\n        return [[w for w in line.split() if w != 'a'] for line in lines]",
        "def read(lines):\n        return [line.replace('a dog', '').split() for line in lines if line]",
    ],
)
def test_words_that_were_left_out_may_have_emptied_a_sequence(read):
    found = mended(PROGRAM.format(read=read, rows='read(["the cat", "a", "a dog"])'))
    assert not any("line.strip()" in line for line in found.changed)
