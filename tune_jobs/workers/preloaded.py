"""What a worker imports before it has a trial, while the driver still reads images.

The garbage collector is off meanwhile, since it would look through all that torch brings again and again; afterwards
what is there is taken to stay. What cannot be imported says so in the first trial.
"""

import contextlib
import gc

gc.disable()
with contextlib.suppress(Exception):
    import cnnmodels.checkpoint
    import cnnmodels.predict
    import cnnmodels.training
    import tune_jobs.workers.first_look
    import tune_jobs.workers.trainable  # noqa: F401
gc.freeze()
gc.enable()
