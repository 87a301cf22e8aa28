"""Where the padding is, and who leaves it out: masks, lengths, labels that are ignored."""
