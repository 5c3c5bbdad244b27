"""Ray on this machine, for one sweep: quiet, on loopback, with nothing written where nobody asked for it."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator

_SETTINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # binds every port to loopback on a single machine
    "RAY_AIR_NEW_OUTPUT": "0",  # the new output engine prints whatever the verbosity
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",  # a trial without a GPU sees none
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # the sweep's own handler ends it in order
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
    "TUNE_RESULT_BUFFER_LENGTH": "1",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
}
_OBJECT_STORE_BYTES = 100_000_000  # reports are small; images are mapped from disk, never sent


@contextlib.contextmanager
def local_ray() -> Iterator[list[dict[str, float]]]:
    """A Ray of our own while the block runs, or the one that this process has already; the CPUs and GPUs of each node.

    Every file that Ray writes is readable by this user alone.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.umask(0o077)
    import ray

    ours = not ray.is_initialized()
    if ours:
        ray.init(
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            object_store_memory=_OBJECT_STORE_BYTES,
        )
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        yield [node["Resources"] for node in ray.nodes() if node["Alive"]]
    finally:
        if ours:
            ray.shutdown()
