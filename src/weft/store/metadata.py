"""The one MetaData that all tables of the store belong to, and how all of its modules are found."""

from __future__ import annotations

import importlib
import pkgutil

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def load_all() -> MetaData:
    """Import every module of `weft.store`, so that every noun has declared its tables; returns the metadata."""
    package = importlib.import_module("weft.store")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg:
            importlib.import_module(f"weft.store.{module.name}")
    return metadata
