"""Tensors that are put upon memory which nobody on this thread filled: of a worker process, of a file."""

from __future__ import annotations

import io
import pickle

import pytest
import torch
from programs import slugs
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from shapecheck.auditor import Auditor
from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.tape import Tape

LOADED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8{argument})
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


from torch.utils.data import DataLoader, TensorDataset
model, criterion = Model(), nn.MSELoss()
batches = DataLoader(TensorDataset(torch.randn(24, 7, 3), torch.randn(24, 1)), 4, shuffle=True, num_workers={workers})
"""


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_a_step_is_looked_at_whoever_put_its_batch_together(workers):
    assert slugs(LOADED.format(argument=", batch_first=True", workers=workers)) == []
    assert slugs(LOADED.format(argument="", workers=workers)) == ["recurrent_along_batch"]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("collate", [None, lambda rows: [torch.stack(column) for column in zip(*rows, strict=True)]])
def test_what_workers_send_is_whole_and_nothing_is_left_out(collate):
    auditor, model = Auditor(), nn.Linear(3, 1)
    auditor.start()
    loader = DataLoader(
        TensorDataset(torch.randn(20, 3), torch.randn(20, 1)), 4, shuffle=True, num_workers=2, collate_fn=collate
    )
    for x, y in loader:
        nn.functional.mse_loss(model(x), y).backward()
    seen = [node.collated for node in auditor._session.tape.nodes if node.shapes == ((4, 3),) and node.kind == "data"]
    auditor.stop()
    assert auditor.not_checked == ()
    # Whether the loader stacked it is known of torch's own way only.
    assert seen == [collate is None] * 3


def saved_and_loaded(tensor):
    file = io.BytesIO()
    torch.save(tensor, file)
    file.seek(0)
    return torch.load(file)


@pytest.mark.parametrize("again", [saved_and_loaded, lambda tensor: pickle.loads(pickle.dumps(tensor))])
def test_a_tensor_that_was_rebuilt_goes_by_the_shape_that_it_has(again):
    tape = Tape()
    with Recorder(tape):
        x = again(torch.randn(4, 3))
        x + 1
    added = tape.nodes[-1]
    assert added.name == "add"
    assert added.parents[0] in tape.held
    assert tape.shape(added.parents[0]) == (4, 3)
    assert torch.equal(tape.held[added.parents[0]], x)


def test_whether_gradients_are_wanted_is_no_operation_of_a_step():
    tape = Tape()
    with Recorder(tape):
        x = torch.zeros(4, 3)
        x.requires_grad = True
        x.data = torch.ones(4, 3)
    assert [node.name for node in tape.nodes] == ["zeros", "ones", "__set__"]
