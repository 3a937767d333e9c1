"""Processes: an interpreter, and a memory, for each."""
