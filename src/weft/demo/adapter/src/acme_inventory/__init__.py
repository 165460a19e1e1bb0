"""The lab inventory: devices and addresses."""
