"""The nouns of Weft and their rules. Pure: no I/O, no clock, no randomness."""
