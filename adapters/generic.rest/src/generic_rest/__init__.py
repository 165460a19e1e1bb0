"""Requests to any REST API."""
