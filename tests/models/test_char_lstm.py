"""The character model and its protocol."""

import pytest
import torch

from shapecheck import ShapeError, watch
from shapecheck.models import CharLSTM, Vocabulary, char_protocol

VOCABULARY = Vocabulary.of("shape")


@pytest.fixture
def model():
    torch.manual_seed(0)
    return CharLSTM(len(VOCABULARY), hidden_size=6, num_layers=3)


def test_it_scores_every_step_and_its_state_is_not_batch_first(model):
    scores, (h, c) = model(torch.zeros(2, 4, 5))
    assert scores.shape == (8, 5)
    assert h.shape == c.shape == (3, 2, 6)


def test_a_text_in_two_pieces_with_the_state_carried_is_the_text_in_one(model):
    one_hot = VOCABULARY.one_hot(torch.randint(0, 5, (2, 7)))
    whole, _ = model(one_hot)
    first, state = model(one_hot[:, :3])
    second, _ = model(one_hot[:, 3:], state)
    pieces = torch.cat([first.view(2, 3, 5), second.view(2, 4, 5)], dim=1)
    torch.testing.assert_close(pieces, whole.view(2, 7, 5))


def test_the_protocol_holds(model):
    criterion = torch.nn.CrossEntropyLoss()
    labels = torch.randint(0, 5, (2, 7))
    with watch(model, loss=criterion, protocol=char_protocol(model)) as handle:
        scores, _ = model(VOCABULARY.one_hot(labels))
        criterion(scores, labels.reshape(-1))
    assert dict(handle.trace.sizes)["num_classes"] == 5


def test_the_protocol_refuses_labels_of_another_dtype(model):
    criterion = torch.nn.CrossEntropyLoss()
    labels = torch.randint(0, 5, (2, 7))
    with watch(model, loss=criterion, protocol=char_protocol(model)):
        scores, _ = model(VOCABULARY.one_hot(labels))
        with pytest.raises(ShapeError):
            criterion(scores, labels.reshape(-1).int())
