"""Lists that are filled up to one length, and not cut to it."""

import pytest
from mended import mended, printed

ROWS = """
    lines = ["it rains", "the train is late", "a very long walk along the sea wall", "no"]
    numbers = {{word: at for at, word in enumerate(sorted(set(" ".join(lines).split())))}}


    def as_numbers(line, most{default}):
        ids = [numbers[word] for word in line.split()]
{filling}
        return ids


    rows = torch.tensor([as_numbers(line{given}) for line in lines])
    print(rows.shape, rows.sum().item())
"""
FILLINGS = {
    "sum": "        ids = ids + [0] * (most - len(ids))",
    "asked": "        if len(ids) < most:\n            ids += [0] * (most - len(ids))",
    "loop": "        while len(ids) < most:\n            ids.append(0)",
    "never below zero": "        ids += max(0, most - len(ids)) * [0]",
}


@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS)
def test_they_are_cut_as_well(filling):
    program = {"default": "", "given": ", 4"}
    found = mended(ROWS.format(filling=filling, **program))
    right = f"{filling}\n        ids = ids[:most]"
    assert found.output == printed(ROWS.format(filling=right, **program))
    assert not found.doubts


def test_a_length_of_which_the_script_tells_nothing_is_in_doubt():
    found = mended(ROWS.format(filling=FILLINGS["sum"], default="", given=", len(lines[1].split())"))
    assert found.doubts


def test_lists_that_stay_shorter_are_not_to_be_cut():
    filling = "        tail = ids[2:]\n        tail = tail + [0] * (7 - len(tail))"
    found = mended(ROWS.format(filling=filling, default="=7", given=""), most=1)
    assert not any("[:7]" in fix.title for fix in found.diagnoses[0].fixes)
