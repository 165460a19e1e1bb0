"""The workers' backend: archives and environments of adapters, and the processes that run them."""
