"""Documents in, programs and machine steps out. Pure: no clock, no randomness, no I/O, no threads."""
