"""Threads: one memory, and one lock around the interpreter."""
