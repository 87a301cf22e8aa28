"""Windows are laid out as rows for a scaler that takes tables, and back into windows."""

import pytest
from mended import mended, printed

SCALED = """
    import numpy as np


    class Scaler:
        def {name}(self, table):
            if table.ndim > 2:
                raise ValueError(f"Found array with dim {{table.ndim}}. Scaler expected <= 2.")
            self.mean = np.arange(table.shape[1])
            return table * 2 + self.mean


    windows = np.random.default_rng(3).normal(size=(5, 6, 4))
    made = Scaler().{name}({given}){behind}
    print(np.shape(made), np.round(windows[0, 0], 3))
"""
ROWS, BACK = "windows.reshape(-1, windows.shape[-1])", ".reshape(windows.shape)"


@pytest.mark.parametrize(
    ("name", "back", "is_sure"),
    [("transform", BACK, True), ("inverse_transform", BACK, True), ("fit_transform", BACK, False), ("fit", "", False)],
)
def test_its_features_are_its_columns(name, back, is_sure):
    found = mended(SCALED.format(name=name, given="windows", behind=""))
    assert found.output == printed(SCALED.format(name=name, given=ROWS, behind=back))
    assert bool(found.doubts) is not is_sure


def test_a_tensor_that_is_made_an_array_there_is_asked_for_its_shape():
    program = SCALED.replace("normal(size=(5, 6, 4))", "normal(size=(5, 6, 4))\n    waves = torch.from_numpy(windows)")
    given = "waves.detach().numpy()"
    found = mended(program.format(name="transform", given=given, behind=""))
    assert found.output == printed(program.format(name="transform", given=ROWS, behind=BACK))
    assert ".reshape(-1, waves.shape[-1])" in found.text


def test_what_foretells_gives_no_windows_back():
    found = mended(SCALED.format(name="predict", given="windows", behind=""), most=1)
    assert not any("reshape" in fix.title for each in found.diagnoses for fix in each.fixes)
