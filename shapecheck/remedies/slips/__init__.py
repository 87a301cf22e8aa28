"""One number, or the order of two, written otherwise than is meant somewhere on the way to what does not fit."""
