"""The Crosswork Workflow Manager dialect, both of its generations, over the services.

`weft.api.cwm.dialect.dialect(services)` assembles it.
"""
