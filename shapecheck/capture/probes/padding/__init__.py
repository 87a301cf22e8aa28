"""What is none of the data: padding and masks, in attention, means, losses and measures."""
