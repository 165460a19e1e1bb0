"""Write, test and package adapters for Weft.

An adapter is a Python package whose modules hold *activities*: functions marked with `@activity`. A worker process
runs them, checks their input against their schemas, and tells the server their results.
"""

from weft_adapter.activities import activity
from weft_adapter.context import ActivityContext
from weft_adapter.errors import ActivityError, NonRetryableError, RetryableError

__version__ = "0.1.0"

__all__ = ["ActivityContext", "ActivityError", "NonRetryableError", "RetryableError", "activity"]
