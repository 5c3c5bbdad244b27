"""What a worker imports before it has a trial, while the driver still reads images.

The garbage collector is off meanwhile, since it would look through all that torch brings again and again; afterwards
what is there is taken to stay. What cannot be imported says so in the first trial.
"""

import contextlib
import gc
import importlib

_MODULES = ("cnnmodels.training", "tune_jobs.workers.first_look", "tune_jobs.workers.trainable")

gc.disable()
with contextlib.suppress(Exception):
    for _name in _MODULES:
        importlib.import_module(_name)
gc.freeze()
gc.enable()
