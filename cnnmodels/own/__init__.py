"""Code of somebody's own, named in a space file: it is imported where a person asks for a run, and nowhere else."""
