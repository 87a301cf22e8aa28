"""What is tried: items that are replaced, operations called as they could have been meant, and the edits for it."""
