"""What of a run's metrics a seed repeats."""


def repeatable(metrics):
    """All but the measured speed."""
    return {name: value for name, value in metrics.items() if name != "seconds_per_image"}
