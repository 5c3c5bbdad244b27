"""Run as a script: asks the head of a cluster for its versions, and prints the answer as JSON.

It is a process of its own since Ray's client prints to the terminal while it is refused, and may end its process.
"""

from __future__ import annotations

import json
import sys


def greet(place: str, *, found_here: bool) -> dict[str, str]:
    """`ray` and `python` of the cluster at host:port; else `token` or `error`, which say what is wrong.

    Args:
        place: host:port of the cluster's head.
        found_here: whether the cluster was found on this machine, where Ray takes this user's token by itself.
    """
    from ray._common.usage.usage_lib import get_cluster_metadata
    from ray._private.authentication import authentication_token_setup as tokens
    from ray._raylet import GcsClient  # type: ignore[attr-defined]  # of a compiled module
    from ray.exceptions import AuthenticationError

    try:
        if found_here:
            tokens.maybe_enable_token_auth_if_token_available(warn_if_disabled=False)
        tokens.ensure_token_if_auth_enabled(None, create_token_if_missing=False)
        known = get_cluster_metadata(GcsClient(address=place))
    except AuthenticationError as error:
        return {"token": _first_line(error)}
    except AttributeError:  # The cluster has not written it down.
        return {}
    except Exception as error:
        return {"error": _first_line(error)}
    return {"ray": known["ray_version"], "python": known["python_version"]}


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


if __name__ == "__main__":
    print(json.dumps(greet(sys.argv[1], found_here=len(sys.argv) > 2)))
