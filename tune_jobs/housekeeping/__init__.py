"""What people do with sweeps that have ended: remove, rename, read their logs, and empty the cache."""
