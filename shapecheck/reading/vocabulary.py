"""Names of functions and methods that several readers ask for, as a script writes them."""

from __future__ import annotations

# What functions are called from.
LIBRARIES = ("torch", "np", "numpy")
FUNCTIONAL = ("torch", "F", "nn.functional", "functional", "torch.nn.functional")
RESHAPES = ("view", "reshape", "flatten")
# What exchanges two axes, and what turns them in whatever way.
EXCHANGES = ("transpose", "swapaxes", "swapdims")
TURNS = ("T", "mT", "t", "transpose", "permute", "swapaxes")
SPLITS = ("split", "chunk", "tensor_split")
MATMULS = ("matmul", "bmm", "mm")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
# What makes one number of many, and nothing else beside it.
SUMMARIES = ("mean", "sum", "amax", "amin", "logsumexp")
# What returns numbers and the places where they were, in this order.
WITH_PLACES = ("max", "min", "topk", "sort", "median", "mode", "kthvalue")
GUESSES = ("argmax", "max", "topk")
# What makes a tensor of its sizes, or is told the number that it is filled with beside them.
FILLED = ("zeros", "ones", "full")
MADE_OF_SIZES = (*FILLED, "empty", "rand", "randn")
# The same of the type and on the device of another one, and what has its sizes as well.
MADE_NEW = ("new_zeros", "new_ones", "new_full", "new_empty")
DRAWN_LIKE = ("rand_like", "randn_like", "randint_like")
MADE_LIKE = ("zeros_like", "ones_like", "full_like", "empty_like", *DRAWN_LIKE)
# What is one number throughout.
CONSTANTS = (*FILLED, "new_zeros", "new_ones", "new_full")
ALL_ALIKE = (*CONSTANTS, "zeros_like", "ones_like", "full_like")
# What makes a tensor, or an array, of numbers that are there.
TENSORS = ("tensor", "as_tensor", "Tensor", "FloatTensor", "DoubleTensor", "LongTensor", "IntTensor", "BoolTensor")
ARRAYS = ("array", "asarray")
# What a mask is put to scores with.
MASKINGS = ("add", "add_", "masked_fill", "masked_fill_", "where", "mul", "mul_")
# What scripts call the state of a recurrent layer.
STATE_NAMES = ("h", "hx", "hn", "h_n", "hid", "hidden", "state")
