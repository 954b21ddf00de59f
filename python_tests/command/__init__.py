"""The command `hasmany`."""
