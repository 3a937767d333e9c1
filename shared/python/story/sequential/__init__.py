"""One after another, on the one thread that every program has: what the others are measured against."""
