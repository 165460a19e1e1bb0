"""Write, test and package adapters for Weft."""
