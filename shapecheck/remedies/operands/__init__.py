"""What has to go with another operand: an axis put in, a width made, a number spread, a size asked of it."""
