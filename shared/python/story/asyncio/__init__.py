"""Tasks on an event loop: one of them runs until it awaits something, then the next."""
