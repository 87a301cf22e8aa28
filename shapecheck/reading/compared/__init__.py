"""What meets another tensor: predictions and targets, masks, weights, the terms of a formula."""
