"""Every overlay: rendered offline, fitted to the schemas, and held to what the README promises."""

import copy
import json
import re
import shlex
from typing import Any

import pytest
from distributed.cli import dask_scheduler, dask_worker
from torch.distributed.run import get_args_parser
from typer.main import get_command

from cli.main import app
from tests.k8s.manifests import (
    K8S,
    OVERLAYS,
    Object,
    containers,
    misfit,
    name_of,
    pods,
    rendered,
    selects,
)
from warehouse.object_path import ObjectPath
from warehouse.places import place_of

TORCHRUN = ("tini", "-g", "--", "torchrun")
README = (K8S / "README.md").read_text(encoding="utf-8")


def find(overlay: str, kind: str) -> Object:
    return copy.deepcopy(next(one for one in rendered(overlay) if one["kind"] == kind))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_of_an_overlay_fits_its_schema(overlay: str) -> None:
    assert [wrong for wrong in map(misfit, rendered(overlay)) if wrong] == []


# An overlay, a kind, where in it a field is, and how somebody might write it.
MISSPELT = [
    ("dask", "Job", ("spec",), "backoffLimit", "backOffLimit"),
    ("dask", "NetworkPolicy", ("spec",), "podSelector", "podSelectors"),
    ("dask", "PodDisruptionBudget", ("spec",), "maxUnavailable", "maxUnavailible"),
    ("dask", "PersistentVolumeClaim", ("spec",), "accessModes", "accessMode"),
    ("dask", "DaskCluster", ("spec",), "worker", "workers"),
    ("dask", "DaskCluster", ("spec", "worker"), "replicas", "replica"),
    ("dask", "DaskCluster", ("spec", "worker", "spec"), "volumes", "volume"),
    ("dask", "DaskCluster", ("spec", "scheduler", "service"), "selector", "selectors"),
    ("dask-spot", "DaskAutoscaler", ("spec",), "maximum", "maximun"),
    ("ray", "RayJob", ("spec",), "entrypoint", "entryPoint"),
    ("ray", "RayJob", ("spec", "rayClusterSpec"), "workerGroupSpecs", "workerGroupSpec"),
    ("ray-standing", "RayCluster", ("spec", "headGroupSpec"), "rayStartParams", "rayStartParam"),
    ("ray-standing", "RayCluster", ("spec", "headGroupSpec", "template", "spec"), "containers",
     "container"),
    ("ray-spot", "PodMonitor", ("spec",), "podMetricsEndpoints", "podMetricEndpoints"),
    ("ray-spot", "LocalQueue", ("spec",), "clusterQueue", "clusterqueue"),
]  # fmt: skip


@pytest.mark.parametrize(("overlay", "kind", "where", "field", "written"), MISSPELT)
def test_a_misspelt_field_is_caught(
    overlay: str, kind: str, where: tuple[str, ...], field: str, written: str
) -> None:
    one = find(overlay, kind)
    inside: Any = one
    for key in where:
        inside = inside[key]
    inside[written] = inside.pop(field)
    assert f"'{written}' was unexpected" in misfit(one) or f"'{field}' is a required" in misfit(one)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_have_no_more_rights_than_the_restricted_profile(overlay: str) -> None:
    for where, _, spec in pods(rendered(overlay)):
        whole = spec["securityContext"]
        assert whole["runAsNonRoot"], where
        assert whole["runAsUser"] == 10001, where
        assert whole["seccompProfile"]["type"] in {"Localhost", "RuntimeDefault"}, where
        assert {"hostNetwork", "hostPID", "hostIPC"} & spec.keys() == set(), where
        assert {kind for volume in spec["volumes"] for kind in volume} <= {
            *("name", "persistentVolumeClaim", "emptyDir", "secret")
        }, where
        for one in containers(spec):
            rights = one["securityContext"]
            assert rights == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, where


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_but_the_head_that_scales_has_a_token(overlay: str) -> None:
    with_token = [
        (spec["serviceAccountName"], labels["app.kubernetes.io/component"])
        for _, labels, spec in pods(rendered(overlay))
        if spec["automountServiceAccountToken"]
    ]
    assert set(with_token) <= {("passlake-autoscaler", "head")}
    assert len(with_token) == (overlay == "ray-spot")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_asks_for_what_it_may_use_and_comes_from_a_pinned_image(
    overlay: str,
) -> None:
    for where, _, spec in pods(rendered(overlay)):
        for one in containers(spec):
            for side in ("requests", "limits"):
                assert {"cpu", "memory", "ephemeral-storage"} <= one["resources"][side].keys(), (
                    where
                )
            assert re.fullmatch(
                r"registry\.example/passlake(-trainer)?:\d+\.\d+\.\d+", one["image"]
            )
        for volume in spec["volumes"]:
            assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit": ""}), where


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_allowed_by_default_and_policies_name_ports_that_something_listens_on(
    overlay: str,
) -> None:
    objects = rendered(overlay)
    policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
    assert any(
        one["spec"]["podSelector"] == {} and "ingress" not in one["spec"] for one in policies
    )
    listening = {
        port["containerPort"]
        for _, _, spec in pods(objects)
        for one in containers(spec)
        for port in one.get("ports", [])
    }
    for policy in policies:
        for rule in policy["spec"].get("ingress", []):
            named = {port["port"] for port in rule.get("ports", [])}
            others = (
                {8787, 8788, 8080, 9464} if name_of(policy) == "NetworkPolicy/scrape" else set()
            )
            assert named - others <= listening, name_of(policy)


def test_a_driver_whose_metrics_are_scraped_serves_them_on_its_pods_address() -> None:
    text = json.dumps([rendered(overlay) for overlay in OVERLAYS])
    served = re.findall(r"--metrics-port[= ]9464\S*[ \"]+--metrics-address[= ]0\.0\.0\.0", text)
    assert len(served) == text.count("--metrics-port") > 0


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_policies_budgets_and_services_select_pods_that_there_are(overlay: str) -> None:
    objects = rendered(overlay)
    labels = [one for _, one, _ in pods(objects)]
    for one in objects:
        spec = one.get("spec", {})
        selectors = [
            *[spec["podSelector"] for _ in [0] if "podSelector" in spec],
            *[
                spec["selector"]
                for _ in [0]
                if one["kind"] in {"PodDisruptionBudget", "PodMonitor"}
            ],
            *[{"matchLabels": spec["selector"]} for _ in [0] if one["kind"] == "Service"],
            *[
                peer["podSelector"]
                for rule in [*spec.get("ingress", []), *spec.get("egress", [])]
                for peer in [*rule.get("from", []), *rule.get("to", [])]
                if "podSelector" in peer and "namespaceSelector" not in peer
            ],
        ]
        for selector in selectors:
            assert any(selects(selector, each) for each in labels), (name_of(one), selector)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_volume_claim_and_setting_that_is_named_is_made(overlay: str) -> None:
    objects = rendered(overlay)
    made = {name_of(one) for one in objects} | {"Secret/passlake-tls", "Secret/passlake-store"}
    for where, _, spec in pods(objects):
        assert f"ServiceAccount/{spec['serviceAccountName']}" in made, where
        names = {volume["name"] for volume in spec["volumes"]}
        for one in containers(spec):
            assert {mount["name"] for mount in one.get("volumeMounts", [])} <= names, where
            for source in one.get("envFrom", []):
                ((kind, named),) = source.items()
                whole = kind.removesuffix("Ref")
                assert f"{whole[0].upper()}{whole[1:]}/{named['name']}" in made, where
        claims = [volume.get("persistentVolumeClaim") for volume in spec["volumes"]]
        for claim in filter(None, claims):
            assert f"PersistentVolumeClaim/{claim['claimName']}" in made, where


IN_A_BUCKET = [overlay for overlay in OVERLAYS if "object-store" in overlay]


@pytest.mark.parametrize("overlay", IN_A_BUCKET)
def test_whoever_works_on_a_lake_in_a_bucket_reaches_it_and_has_no_volume(overlay: str) -> None:
    (policy,) = [one for one in rendered(overlay) if name_of(one) == "NetworkPolicy/object-store"]
    identity = find(overlay, "ServiceAccount")["metadata"].get("annotations", {})
    place = find(overlay, "ConfigMap")["data"]["PASSLAKE_LAKE"]
    assert isinstance(place_of(place), ObjectPath)
    for where, labels, spec in pods(rendered(overlay)):
        assert "lake" not in {volume["name"] for volume in spec["volumes"]}, where
        mounts = [one for each in spec["containers"] for one in each["volumeMounts"]]
        assert "/lake" not in {one["mountPath"] for one in mounts}, where
        works = labels["app.kubernetes.io/component"] != "scheduler"
        assert selects(policy["spec"]["podSelector"], labels) == works, where
        keys = [list(source) for source in spec["containers"][0]["envFrom"]]
        assert (["secretRef"] in keys) == (works and not identity), where


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_containers_run_is_what_the_programs_take(overlay: str) -> None:
    programs = {
        ("tini", "-g", "--", "dask", "scheduler"): dask_scheduler.main,
        ("tini", "-g", "--", "dask", "worker"): dask_worker.main,
        (): get_command(app),
    }
    commands = [
        (tuple(one.get("command", ())), one["args"])
        for _, _, spec in pods(rendered(overlay))
        for one in spec["containers"]
        if one.get("args")
    ]
    commands += [
        ((), shlex.split(one["spec"]["entrypoint"])[1:])
        for one in rendered(overlay)
        if one["kind"] == "RayJob"
    ]
    by_torchrun = [rest for command, rest in commands if command == TORCHRUN]
    assert len(by_torchrun) == (overlay == "trainer")
    for rest in by_torchrun:
        told = get_args_parser().parse_args([one.replace("$(RECIPE)", "small") for one in rest])
        assert (told.nnodes, told.training_script) == ("2", "passlake")
        commands.append(((), told.training_script_args))
    for command, arguments in commands:
        program = programs.get(command)
        for known in [program] if program else []:
            told = known.make_context("program", list(arguments), resilient_parsing=False)
            told.close()


def test_the_readme_lists_every_overlay_and_component_and_nothing_else() -> None:
    there = {f"overlays/{name}" for name in OVERLAYS}
    there |= {f"components/{path.name}" for path in (K8S / "components").iterdir()}
    listed = set(re.findall(r"^\| `((?:overlays|components)/[a-z-]+)`", README, re.MULTILINE))
    assert listed == there
