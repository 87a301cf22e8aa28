"""Of a tuple of arrays that numpy was to reduce as one, one is reduced."""

import pytest
from mended import mended, printed

MEASURED = """
    import numpy as np
    from collections import namedtuple

    Given = namedtuple("Given", "outputs labels")
    rng = np.random.default_rng(4)


    def measured(given):
        picked = {reduced}
        return float((picked == given.labels).mean())


    print(measured(Given((rng.normal(size=(9, 4)), rng.normal(size={beside})), rng.integers(0, 4, 9))))
"""


@pytest.mark.parametrize(
    ("reduced", "beside", "is_sure"),
    [
        ("np.argmax({}, axis=1)", "9", True),
        ("np.argmax({}, axis=-1)", "(9, 6)", False),
        ("np.argsort({}, 1)[:, -1]", "(9,)", True),
    ],
)
def test_the_scores_are_taken(reduced, beside, is_sure):
    found = mended(MEASURED.format(reduced=reduced.format("given.outputs"), beside=beside))
    assert found.output == printed(MEASURED.format(reduced=reduced.format("given.outputs[0]"), beside=beside))
    assert bool(found.doubts) is not is_sure


def test_rows_that_only_have_another_length_are_no_outputs():
    program = """
    import numpy as np
    print(np.mean([np.zeros(3), np.zeros(5)]))
    """
    assert not any(fix.title.endswith("[0]") for each in mended(program).diagnoses for fix in each.fixes)
