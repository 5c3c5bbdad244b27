"""Putting a sweep's winner to work: on photos that it has not seen, and measured on a set of them. Knows no Ray."""
