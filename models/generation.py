"""Writing text, character by character."""

from __future__ import annotations

import math

import torch

from shapecheck import DataError

from .char_lstm import CharLSTM
from .vocabulary import Vocabulary


@torch.no_grad()
def generate(
    model: CharLSTM,
    vocabulary: Vocabulary,
    prompt: str,
    length: int = 200,
    temperature: float = 1.0,
    seed: int = 0,
) -> str:
    """Continue a prompt.

    Args:
        model: The model.
        vocabulary: Its vocabulary.
        prompt: What the model reads first.
        length: How many characters to write.
        temperature: What the scores are divided by. 1 draws with the probabilities that were learned, less is more
            careful, more is wilder; 0 always takes the most likely character.
        seed: Of the draws.

    Returns:
        The continuation, without the prompt.

    Raises:
        DataError: The prompt is empty or has unknown characters, the length is below 1, or the temperature below 0.

    >>> untrained = CharLSTM(num_classes=4, hidden_size=2)
    >>> len(generate(untrained, Vocabulary.of("abcd"), prompt="ab", length=10))
    10
    """
    labels = check_request(vocabulary, prompt, length, temperature).unsqueeze(0)  # (1, prompt_length)
    model.eval()
    device = model.linear.weight.device
    # Drawn on the CPU, so that a seed gives the same text wherever the model is.
    random = torch.Generator().manual_seed(seed)
    written: list[int] = []
    state = None
    for _ in range(length):
        # The whole prompt at first, then one character at a time: the state remembers the rest.
        scores, state = model(vocabulary.one_hot(labels.to(device)), state)  # (steps, num_classes)
        last = scores[-1].double().cpu()  # (num_classes,)
        if temperature == 0:
            label = int(last.argmax())
        else:
            # The largest score is taken off first: divided by a tiny temperature, it would become infinite.
            probabilities = torch.softmax((last - last.max()) / temperature, dim=0)  # (num_classes,)
            label = int(torch.multinomial(probabilities, 1, generator=random))
        written.append(label)
        labels = torch.tensor([[label]])  # (1, 1)
    return vocabulary.decode(written)


def check_request(vocabulary: Vocabulary, prompt: str, length: int, temperature: float) -> torch.Tensor:
    """The labels of the prompt, if all that is asked for can be done; better known before training than after.

    Shape:
        - returns: (prompt_length,), int64 in [0, num_classes)
    """
    if not prompt:
        raise DataError("the prompt is empty: give at least one character to start from")
    if length < 1:
        raise DataError(f"expected length of at least 1, got {length}")
    if not (math.isfinite(temperature) and temperature >= 0):
        raise DataError(f"expected a temperature of 0 or more, got {temperature}")
    try:
        return vocabulary.encode(prompt)
    except DataError as error:
        raise DataError(f"the prompt {prompt!r} cannot be read: {error}") from None
