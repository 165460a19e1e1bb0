"""Cisco NSO over RESTCONF."""
