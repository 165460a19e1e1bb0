"""The worker process: `python -m weft_adapter.worker --fd N`, started by the server with one end of a socket pair.

Whoever holds the descriptor is the server; the end of the connection ends the process and everything it started.
"""
