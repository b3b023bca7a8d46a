"""Rendered overlays, and what their objects must fit: schemas of Kubernetes and of operators."""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml
from kubernetes_validate import utils
from referencing import Registry, Resource

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
OVERLAYS = sorted(path.name for path in (K8S / "overlays").iterdir())
KUBERNETES = "1.37"
KUBECTL = Path(sys.executable).parent / "kubectl"

# It reads 2 MB of types again for each object.
utils.schema_contents = cache(utils.schema_contents)

Object = dict[str, Any]


@cache
def rendered(overlay: str) -> tuple[Object, ...]:
    """The objects of an overlay, as `kubectl apply -k` would send them."""
    done = subprocess.run(
        [KUBECTL, "kustomize", K8S / "overlays" / overlay],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def name_of(one: Object) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


def misfit(one: Object) -> str:
    """What is wrong with an object: a field that is unknown, missing or of another type; or ""."""
    return _misfit(json.dumps(one))


@cache  # overlays share most of their objects
def _misfit(text: str) -> str:
    one = json.loads(text)
    try:
        if one["apiVersion"].startswith("kubernetes.dask.org/"):
            jsonschema.validate(one, dask_schema(one["kind"]), registry=definitions())
        elif f"{one['apiVersion']}/{one['kind']}" in custom_kinds():
            jsonschema.validate(one, own_schema(one), registry=definitions())
        else:
            kubernetes_validate.validate(one, KUBERNETES, strict=True)
    except jsonschema.ValidationError as error:
        return f"{name_of(one)}: {'.'.join(map(str, error.absolute_path))}: {error.message}"
    return ""


@cache
def definitions() -> Registry[Any]:
    """Kubernetes' own types, in which an unknown field is an error, by the names below."""
    folder = resources.files("kubernetes_validate") / "kubernetes-json-schema"
    text = (folder / f"v{KUBERNETES}.0-local-strict" / "_definitions.json").read_text()
    types = json.loads(text)
    return Registry().with_resource(types["$id"], Resource.from_contents(types))


def in_core(name: str) -> str:
    return f"https://kubernetes.io/api/_definitions.json#/$defs/{name}"


@cache
def custom_kinds() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "custom_kinds.yaml").read_text())


def own_schema(one: Object) -> dict[str, Any]:
    """The schema of one of the kinds that `custom_kinds.yaml` describes."""
    kinds = replaced(custom_kinds(), "core:", in_core(""))
    return whole(kinds[f"{one['apiVersion']}/{one['kind']}"]) | {"$defs": kinds["$defs"]}


@cache
def dask_schema(kind: str) -> dict[str, Any]:
    """The schema that the Dask operator brings, made strict: itself it drops unknown fields."""
    folder = resources.files("dask_kubernetes") / "operator" / "customresources"
    templates = yaml.safe_load((folder / "templates.yaml").read_text())["definitions"]
    definition = yaml.safe_load((folder / f"{kind.lower()}.yaml").read_text())
    found = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    own = "python://dask_kubernetes/operator/customresources/templates.yaml#/definitions/"
    core = "python://k8s_crd_resolver/schemata/k8s-1.21.1.json#/definitions/"
    schema, parts = (
        strict(replaced(replaced(part, own, "#/$defs/"), core, in_core("")))
        for part in (found, templates)
    )
    # Its top level says `$ref`, or lists `spec` and `status`.
    spec = parts[f"dask.k8s.api.v1.{kind}"] if "$ref" in schema else schema
    return whole(spec["properties"]["spec"]) | {"$defs": parts}


def whole(spec: dict[str, Any]) -> dict[str, Any]:
    """An object with this spec, and metadata like any other's."""
    metadata = {"$ref": in_core("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {"apiVersion": {}, "kind": {}, "metadata": metadata, "spec": spec},
        "additionalProperties": False,
    }


def replaced(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - any part of a schema
    """A schema whose references begin otherwise."""
    if isinstance(value, dict):
        return {
            key: part.replace(old, new) if key == "$ref" else replaced(part, old, new)
            for key, part in value.items()
        }
    return [replaced(part, old, new) for part in value] if isinstance(value, list) else value


def strict(value: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """A schema in which objects with named properties have no others."""
    if not isinstance(value, dict):
        return value
    made = {key: strict(part) for key, part in value.items()}
    closed = isinstance(value.get("properties"), dict) and value.get("type") == "object"
    return made | ({"additionalProperties": False} if closed else {})


def pods(objects: tuple[Object, ...]) -> Iterator[tuple[str, Object, Object]]:
    """Each pod that the objects make: where it stands, its labels and its spec."""
    for one in objects:
        spec = one.get("spec", {})
        match one["kind"]:
            case "Job":
                yield name_of(one), spec["template"]["metadata"]["labels"], spec["template"]["spec"]
            case "DaskCluster":
                for role in ("scheduler", "worker"):
                    labels = {"dask.org/cluster-name": one["metadata"]["name"]}
                    labels |= {"dask.org/component": role} | spec[role]["metadata"]["labels"]
                    yield f"{name_of(one)} {role}", labels, spec[role]["spec"]
            case "RayCluster" | "RayJob":
                cluster = spec if one["kind"] == "RayCluster" else spec.get("rayClusterSpec", {})
                groups = [("head", group) for group in [cluster.get("headGroupSpec")] if group]
                groups += [("worker", group) for group in cluster.get("workerGroupSpecs", [])]
                for role, group in groups:
                    labels = {"ray.io/is-ray-node": "yes", "ray.io/node-type": role}
                    labels |= group["template"]["metadata"]["labels"]
                    yield f"{name_of(one)} {role}", labels, group["template"]["spec"]


def containers(spec: Object) -> list[Object]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def selects(selector: Object, labels: Object) -> bool:
    """Whether a selector of labels, as policies and budgets have it, holds for these."""
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(
        labels.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", [])
    )
