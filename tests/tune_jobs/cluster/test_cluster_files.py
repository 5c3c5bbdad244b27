"""The ready files under cluster/: valid to Ray's own schema and parsers, and their commands are commands of ours."""

from __future__ import annotations

import inspect
import json
import shlex
from pathlib import Path

import jsonschema
import pytest
import ray
import ray.scripts.scripts
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

from tune_jobs.cli.main import app

CLUSTER = Path(__file__).resolve().parents[3] / "cluster"
SCHEMA = Path(inspect.getfile(ray)).parent / "autoscaler" / "ray-schema.json"


def read(name):
    return yaml.safe_load((CLUSTER / name).read_text())


@pytest.mark.parametrize("name", ["on-premise.yaml", "aws.yaml"])
def test_a_file_for_ray_up_is_valid_to_rays_schema_and_parser(name):
    jsonschema.validate(read(name), json.loads(SCHEMA.read_text()))
    validate_config(prepare_config(read(name)))


def clusters():
    job = read("kuberay-job.yaml")["spec"]["rayClusterSpec"]
    return {"kuberay-cluster.yaml": read("kuberay-cluster.yaml")["spec"], "kuberay-job.yaml": job}


@pytest.mark.parametrize("name", clusters())
def test_a_kuberay_manifest_starts_ray_with_options_that_ray_has(name):
    spec = clusters()[name]
    known = {option.lstrip("-") for one in ray.scripts.scripts.start.params for option in one.opts}
    for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"]):
        assert set(group["rayStartParams"]) <= known
        assert all(isinstance(value, str) for value in group["rayStartParams"].values()), "KubeRay takes texts alone"
        (container,) = group["template"]["spec"]["containers"]
        volumes = {one["name"] for one in group["template"]["spec"]["volumes"]}
        assert {one["name"] for one in container["volumeMounts"]} <= volumes
        assert any(one["name"] == "RAY_AUTH_MODE" and one["value"] == "token" for one in container["env"])
    for group in spec["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_the_job_runs_a_command_of_ours():
    job = read("kuberay-job.yaml")
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    name, verb, *words = shlex.split(job["spec"]["entrypoint"])
    assert name == "tune"
    command = {one.name or one.callback.__name__: one.callback for one in app.registered_commands}[verb]
    options = inspect.signature(command).parameters
    assert all(word.removeprefix("--").replace("-", "_") in options for word in words if word.startswith("--"))


def test_every_node_asks_for_the_token():
    for name in ("on-premise.yaml", "aws.yaml"):
        starts = [one for key in ("head_start_ray_commands", "worker_start_ray_commands") for one in read(name)[key]]
        assert all("RAY_AUTH_MODE=token" in one for one in starts if "ray start" in one)
