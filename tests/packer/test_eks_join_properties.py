"""Whatever the metadata service, AWS and the user data say: a node, or one line; no traceback.

Bounded and the same in every run (tests/conftest.py).
"""

import base64
import json
import runpy
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .paths import EKS_JOIN

SCRIPT = runpy.run_path(str(EKS_JOIN))
JoinError: type[Exception] = SCRIPT["JoinError"]

Json = Any
names = st.text("abcXYZ019.-_/= \n\t\x00\"'$\\\u202e\u00e9", max_size=12)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), names),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)


def some(**fields: st.SearchStrategy[Json]) -> st.SearchStrategy[dict[str, Json]]:
    """An object in which each field is as it should be, anything else, or not there."""
    kept = {name: st.one_of(strategy, anything) for name, strategy in fields.items()}
    return st.fixed_dictionaries({}, optional=kept)


PEM = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
tags = st.lists(
    some(Key=st.one_of(names, names.map(lambda name: f"kubernetes.io/cluster/{name}"))), max_size=3
)
instances = some(Tags=tags, PrivateDnsName=st.one_of(st.just("ip-10-1-0-1.internal"), names))
clusters = some(
    status=st.sampled_from(["ACTIVE", "CREATING", "FAILED"]),
    version=st.one_of(st.just("1.36"), names),
    endpoint=st.one_of(st.just("https://x.eks.amazonaws.com"), names),
    certificateAuthority=some(data=st.just(PEM)),
    kubernetesNetworkConfig=some(
        serviceIpv4Cidr=st.sampled_from(["172.20.0.0/16", "10.0.0.0/30", "x"]), ipFamily=names
    ),
)
interfaces = some(
    NetworkInfo=some(
        DefaultNetworkCardIndex=st.integers(-1, 2),
        NetworkCards=st.lists(some(MaximumNetworkInterfaces=st.integers(-1, 15)), max_size=2),
        Ipv4AddressesPerInterface=st.integers(-1, 50),
    )
)


def result(function: str, *arguments: Json) -> Json:
    """What a function of the script gives; None where it ends in one line of its own."""
    call: Callable[..., Json] = SCRIPT[function]
    try:
        return call(*arguments)
    except JoinError as error:
        is_one_line(str(error))
        return None


def is_one_line(text: str) -> None:
    assert text.isprintable(), text
    assert len(text) < 1_000


@given(instances)
def test_an_instance_has_names_that_can_stand_in_a_file(instance: Json) -> None:
    name = result("private_dns_name", instance)
    assert name is None or SCRIPT["WORD"].fullmatch(name)
    cluster = result("cluster_name", instance)
    assert cluster is None or SCRIPT["CLUSTER_NAME"].fullmatch(cluster)


@given(clusters)
def test_a_cluster_is_one_or_is_told(described: Json) -> None:
    cluster = result("ready_cluster", "lovelace", described)
    if cluster is not None:
        assert result("check_skew", "1.36.2", cluster) is None
        assert cluster.endpoint.startswith("https://")
        assert json.dumps(SCRIPT["kubeconfig"](cluster, "us-west-2"))


@given(interfaces)
def test_pods_that_fit_are_a_number_from_two_or_are_told(described: Json) -> None:
    pods = result("pods_that_fit", described)
    assert pods is None or (type(pods) is int and pods >= 2)


groups = some(
    labels=st.dictionaries(names, st.one_of(names, st.integers()), max_size=3),
    taints=st.lists(
        some(key=names, value=names, effect=st.sampled_from(["NoSchedule", "x"])), max_size=2
    ),
    maxPods=st.integers(-1, 200),
)


@given(st.one_of(groups.map(json.dumps), anything.map(json.dumps), names, st.just("[" * 99_999)))
def test_a_node_group_is_understood_to_the_last_label_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "etc/eks-node/node-group.json"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        host = SCRIPT["Host"](root=Path(directory), pace=0)
        group = result("read_node_group", host, b"")
    if group is None:
        return
    instance = SCRIPT["Instance"]("i-1", "m5.large", "r", "z", "10.1.0.1", "amazonaws.com", b"")
    environment = SCRIPT["kubelet_environment"]("ip-10-1-0-1.internal", instance, group)
    lines = environment.splitlines()
    assert [line.partition("=")[0] for line in lines] == ["NODE_NAME", "NODE_IP", "NODE_LABELS"]
    labels = lines[2].partition("=")[2]
    pairs = [pair.partition("=")[::2] for pair in labels.split(",")] if labels else []
    assert dict(pairs) == dict(group.labels)


@given(st.one_of(anything.map(json.dumps), names, st.just("[" * 99_999)))
def test_whatever_the_aws_cli_prints_is_an_answer_or_one_line(text: str) -> None:
    class Host:
        def run(self, *_: str) -> Json:
            return type("Finished", (), {"returncode": 0, "stdout": text, "stderr": ""})

    aws = SCRIPT["Aws"](Host(), "us-west-2")
    for call in (
        lambda: aws.describe_instance("i-1"),
        lambda: aws.describe_instance_type("m5.large"),
        lambda: aws.describe_cluster("lovelace"),
    ):
        try:
            assert isinstance(call(), dict)
        except JoinError as error:
            is_one_line(str(error))


@given(st.text(max_size=200))
def test_whatever_the_aws_cli_complains_of_is_one_line_that_repeats_none_of_it(text: str) -> None:
    aws = SCRIPT["Aws"](None, "us-west-2")
    error = aws._failure("eks describe-cluster", f"secret-{text}")
    is_one_line(str(error))
    assert "secret-" not in str(error)


identities = some(
    instanceId=names,
    instanceType=st.just("m5.large"),
    region=st.just("us-west-2"),
    availabilityZone=st.just("us-west-2a"),
    privateIp=st.one_of(st.just("10.1.0.1"), names),
)


@given(st.one_of(identities.map(json.dumps), st.just("[" * 99_999)), st.binary(max_size=20))
def test_an_instance_is_known_by_names_or_not_at_all(document: str, domain: bytes) -> None:
    metadata = SCRIPT["Metadata"](SCRIPT["Host"](root=Path("/"), pace=0), "http://127.0.0.1:1")
    answers = {"identity": document.encode(), "services": domain, "user-data": b""}
    metadata._get = lambda path, missing=None: next(  # noqa: ARG005 - the signature of the real one
        content for part, content in answers.items() if part in path
    )
    try:
        instance = metadata.instance()
    except JoinError as error:
        is_one_line(str(error))
    else:
        for part in (instance.id, instance.type, instance.region, instance.ip, instance.aws_domain):
            assert SCRIPT["WORD"].fullmatch(part)


@pytest.mark.parametrize("name", ["a\nb=c", "host name", "-x", "", "x" * 300])
def test_what_is_no_name_goes_into_no_file(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        SCRIPT["word"](name)
