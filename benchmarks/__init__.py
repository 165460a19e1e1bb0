"""Weft measured, with peers beside it, on the same work on the same machine in one run."""
