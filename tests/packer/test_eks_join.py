"""eks-join, run for real: its own process, a root directory, a metadata service, an AWS."""

import ast
import base64
import json
import re
import runpy
import stat
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from .instance import SECRET, Complaint, Instance
from .kubelet_v1beta1 import unknown_fields
from .paths import EKS_JOIN, ROOTFS

Described = Callable[..., dict[str, Any]]

JOINED, TEMPORARY, CONFIGURATION = 0, 75, 78

CA = "/etc/kubernetes/pki/ca.crt"
KUBECONFIG = "/var/lib/kubelet/kubeconfig"
KUBELET_CONFIG = "/etc/kubernetes/kubelet/config.json"
CREDENTIAL_PROVIDER_CONFIG = "/etc/kubernetes/kubelet/credential-provider.json"
ENVIRONMENT = "/etc/eks-node/kubelet.env"
NODE_GROUP = "/etc/eks-node/node-group.json"

FILES = sorted(
    path.lstrip("/")
    for path in (CA, KUBECONFIG, KUBELET_CONFIG, CREDENTIAL_PROVIDER_CONFIG, ENVIRONMENT)
)


def refused(instance: Instance, status: int) -> str:
    """Run eks-join where it must fail: nothing written, nothing started, one line why."""
    finished = instance.join()
    assert finished.returncode == status, finished.stderr
    assert instance.written() == []
    assert instance.systemctl_calls() == []
    assert "Traceback" not in finished.stderr
    assert SECRET not in finished.stdout + finished.stderr
    said = finished.stderr.splitlines()[-1].removeprefix("eks-join: ")
    assert "; " in said, "it does not say what to do"
    return said


def joined(instance: Instance) -> str:
    """Run eks-join where it must succeed; return its last line."""
    finished = instance.join()
    assert finished.returncode == JOINED, finished.stderr
    assert instance.written() == FILES
    return finished.stderr.splitlines()[-1].removeprefix("eks-join: ")


@pytest.fixture(scope="module")
def eks_join() -> dict[str, Any]:
    """The script's own functions, for what is pure in it."""
    return runpy.run_path(str(EKS_JOIN))


# What it writes


def test_a_node_joins_and_says_so_in_one_line(instance: Instance) -> None:
    assert joined(instance) == (
        "ip-10-1-70-11.us-west-2.compute.internal is a node of cluster lovelace (1.36): "
        "kubelet 1.36.2, at most 29 pods"
    )
    assert instance.systemctl_calls() == ["restart kubelet.service"]


def test_the_kubelet_configuration_has_only_fields_that_v1beta1_knows(instance: Instance) -> None:
    instance.put(NODE_GROUP, '{"taints": [{"key": "a", "value": "b", "effect": "NoExecute"}]}')
    joined(instance)
    config = instance.json(KUBELET_CONFIG)
    assert unknown_fields(config) == []
    assert unknown_fields({**config, "maxpods": 1, "hairpinMode": 2}) == ["hairpinMode", "maxpods"]


def test_the_kubelet_configuration_holds_what_eks_and_ubuntu_need(instance: Instance) -> None:
    joined(instance)
    config = instance.json(KUBELET_CONFIG)
    assert (config["apiVersion"], config["kind"]) == (
        "kubelet.config.k8s.io/v1beta1",
        "KubeletConfiguration",
    )
    assert config["authentication"]["anonymous"] == {"enabled": False}
    assert config["authentication"]["x509"] == {"clientCAFile": CA}
    assert config["authorization"]["mode"] == "Webhook"
    assert config["cgroupDriver"] == "systemd"
    assert config["clusterDNS"] == ["172.20.0.10"]
    assert config["containerRuntimeEndpoint"] == "unix:///run/containerd/containerd.sock"
    assert config["kubeReserved"] == {"cpu": "70m", "memory": "574Mi", "ephemeral-storage": "1Gi"}
    assert (config["kubeReservedCgroup"], config["systemReservedCgroup"]) == ("/runtime", "/system")
    assert config["maxPods"] == 29
    assert config["protectKernelDefaults"] is True
    assert config["providerID"] == "aws:///us-west-2a/i-0abc"
    assert config["readOnlyPort"] == 0
    assert config["resolvConf"] == "/run/systemd/resolve/resolv.conf"
    assert config["serverTLSBootstrap"] is True


def test_the_kubeconfig_takes_its_token_from_the_aws_cli(instance: Instance) -> None:
    joined(instance)
    config = yaml.safe_load(instance.read(KUBECONFIG))
    assert config["clusters"] == [
        {
            "name": "lovelace",
            "cluster": {
                "server": "https://ABC.gr7.us-west-2.eks.amazonaws.com",
                "certificate-authority": CA,
            },
        }
    ]
    plugin = config["users"][0]["user"]["exec"]
    assert plugin["apiVersion"] == "client.authentication.k8s.io/v1beta1"
    assert plugin["command"] == "aws"
    assert plugin["args"] == (
        ["eks", "get-token", "--cluster-name", "lovelace", "--region", "us-west-2"]
    )
    context = {"cluster": "lovelace", "user": config["users"][0]["name"]}
    assert config["contexts"] == [{"name": "lovelace", "context": context}]
    assert config["current-context"] == "lovelace"


def test_the_certificate_authority_is_the_decoded_one(instance: Instance) -> None:
    joined(instance)
    assert instance.read(CA).startswith("-----BEGIN CERTIFICATE-----")


def test_the_kubeconfig_is_for_root_alone(instance: Instance) -> None:
    joined(instance)
    modes = {path: stat.S_IMODE((instance.root / path).stat().st_mode) for path in FILES}
    assert modes.pop(KUBECONFIG.lstrip("/")) == 0o600
    assert set(modes.values()) == {0o644}


def test_the_environment_has_what_kubelet_takes_by_flag_only(instance: Instance) -> None:
    joined(instance)
    assert instance.read(ENVIRONMENT).splitlines() == [
        "NODE_NAME=ip-10-1-70-11.us-west-2.compute.internal",
        "NODE_IP=10.1.70.11",
        "NODE_LABELS=",
    ]


@pytest.mark.parametrize(
    ("domain", "registries"),
    [
        ("amazonaws.com", ["*.dkr.ecr.*.amazonaws.com", "*.dkr.ecr-fips.*.amazonaws.com"]),
        ("amazonaws.com.cn", ["*.dkr.ecr.*.amazonaws.com.cn", "*.dkr.ecr-fips.*.amazonaws.com.cn"]),
    ],
)
def test_images_of_the_partitions_own_registry_get_credentials(
    instance: Instance, domain: str, registries: list[str]
) -> None:
    instance.metadata.domain = domain
    joined(instance)
    config = instance.json(CREDENTIAL_PROVIDER_CONFIG)
    assert config["apiVersion"] == "kubelet.config.k8s.io/v1"
    assert config["kind"] == "CredentialProviderConfig"
    (provider,) = config["providers"]
    assert provider["name"] == "ecr-credential-provider"
    assert provider["apiVersion"] == "credentialprovider.kubelet.k8s.io/v1"
    assert provider["defaultCacheDuration"] == "12h0m0s"
    assert provider["matchImages"] == [
        *registries,
        "*.dkr-ecr.*.on.aws",
        "*.dkr-ecr-fips.*.on.aws",
        "*.dkr-ecr.*.on.amazonwebservices.com.cn",
        "public.ecr.aws",
        "ecr-public.aws.com",
    ]


# Which cluster


def test_an_instance_without_a_cluster_tag_is_told_to_get_one(
    instance: Instance, tagged: Described
) -> None:
    instance.aws.answers["describe-instances"] = [tagged("Name")]
    assert refused(instance, TEMPORARY) == (
        "the instance has no tag kubernetes.io/cluster/<name>; "
        "let the autoscaling group propagate one at launch"
    )
    assert instance.aws.count("describe-instances") == 12


def test_a_tag_that_shows_late_is_waited_for(instance: Instance, tagged: Described) -> None:
    answers = instance.aws.answers["describe-instances"]
    answers[:0] = [tagged(), {"Reservations": []}, Complaint.of("InvalidInstanceID.NotFound")]
    joined(instance)
    assert instance.aws.count("describe-instances") == 4


def test_two_cluster_tags_are_one_too_many(instance: Instance, tagged: Described) -> None:
    both = tagged("kubernetes.io/cluster/turing", "kubernetes.io/cluster/lovelace")
    instance.aws.answers["describe-instances"] = [both]
    assert refused(instance, CONFIGURATION) == (
        "the instance has the cluster tags of lovelace, turing; leave one"
    )


@pytest.mark.parametrize("name", ["", "--endpoint-url=http://elsewhere", "love lace"])
def test_a_tag_that_names_no_cluster_is_refused(
    instance: Instance, tagged: Described, name: str
) -> None:
    instance.aws.answers["describe-instances"] = [tagged(f"kubernetes.io/cluster/{name}")]
    assert refused(instance, CONFIGURATION) == (
        f"the tag kubernetes.io/cluster/{name} does not name a cluster; correct it"
    )


def test_a_node_without_a_private_dns_name_could_never_register(instance: Instance) -> None:
    answer = instance.aws.answers["describe-instances"][0]
    answer["Reservations"][0]["Instances"][0]["PrivateDnsName"] = ""
    assert "switch on enable_dns_hostnames" in refused(instance, TEMPORARY)


# What the cluster is doing


def test_a_cluster_that_is_being_created_is_waited_for(
    instance: Instance, cluster: Described
) -> None:
    creating = cluster(status="CREATING", endpoint=None, certificateAuthority={})
    instance.aws.answers["describe-cluster"][:0] = [creating, creating, creating]
    finished = instance.join()
    assert finished.returncode == JOINED
    assert finished.stderr.count("cluster lovelace is being created") == 1
    assert instance.aws.count("describe-cluster") == 4


def test_the_wait_for_a_cluster_ends(instance: Instance, cluster: Described) -> None:
    instance.aws.answers["describe-cluster"] = [cluster(status="CREATING")]
    assert refused(instance, TEMPORARY) == (
        "cluster lovelace is being created; the node joins when it is active"
    )
    assert instance.aws.count("describe-cluster") == 62


def test_a_cluster_that_is_being_updated_can_be_joined(
    instance: Instance, cluster: Described
) -> None:
    instance.aws.answers["describe-cluster"] = [cluster(status="UPDATING")]
    joined(instance)


@pytest.mark.parametrize("status", ["DELETING", "FAILED"])
def test_a_cluster_that_is_going_is_not_waited_for(
    instance: Instance, cluster: Described, status: str
) -> None:
    instance.aws.answers["describe-cluster"] = [cluster(status=status)]
    assert refused(instance, CONFIGURATION) == (
        f"cluster lovelace is {status}; a node can join an active cluster only"
    )


def test_a_cluster_that_is_gone_is_not_waited_for(instance: Instance) -> None:
    gone = Complaint.of("ResourceNotFoundException", "No cluster found for name: lovelace.")
    instance.aws.answers["describe-cluster"] = [gone]
    assert refused(instance, CONFIGURATION) == (
        "there is no such cluster in us-west-2; correct the instance's tag "
        "kubernetes.io/cluster/<name>, or replace the node if the cluster was deleted"
    )
    assert instance.aws.count("describe-cluster") == 1


def test_an_ipv6_cluster_is_refused_with_the_way_out(
    instance: Instance, cluster: Described
) -> None:
    network = {"ipFamily": "ipv6", "serviceIpv6Cidr": "fd00::/108"}
    instance.aws.answers["describe-cluster"] = [cluster(kubernetesNetworkConfig=network)]
    assert refused(instance, CONFIGURATION) == (
        "cluster lovelace gives pods IPv6 addresses, which the nodes of no image family here "
        "do; make a cluster that gives them IPv4"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"endpoint": None},
        {"endpoint": "http://unencrypted"},
        {"version": None},
        {"certificateAuthority": {}},
        {"certificateAuthority": {"data": "not base64"}},
        {"certificateAuthority": {"data": base64.b64encode(b"not a PEM").decode()}},
        {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0"}},
        {"kubernetesNetworkConfig": {}},
    ],
)
def test_an_answer_that_is_no_use_leaves_nothing_behind(
    instance: Instance, cluster: Described, fields: dict[str, Any]
) -> None:
    instance.aws.answers["describe-cluster"] = [cluster(**fields)]
    assert "look at aws eks describe-cluster" in refused(instance, CONFIGURATION)


@pytest.mark.parametrize(
    ("kubelet", "control_plane"),
    [("1.35.6", "1.35"), ("1.36.2", "1.36"), ("1.35.6", "1.36"), ("1.33.13", "1.36")],
)
def test_a_kubelet_up_to_three_versions_older_joins(
    instance: Instance, cluster: Described, kubelet: str, control_plane: str
) -> None:
    instance.kubelet_is(kubelet)
    instance.aws.answers["describe-cluster"] = [cluster(version=control_plane)]
    assert f"({control_plane}): kubelet {kubelet}," in joined(instance)


@pytest.mark.parametrize(
    ("kubelet", "complaint"),
    [("1.36.2", "kubelet 1.36.2 is newer than"), ("1.31.14", "kubelet 1.31.14 is too old for")],
)
def test_any_other_kubelet_is_refused(
    instance: Instance, cluster: Described, kubelet: str, complaint: str
) -> None:
    instance.kubelet_is(kubelet)
    instance.aws.answers["describe-cluster"] = [cluster(version="1.35")]
    assert refused(instance, CONFIGURATION) == (
        f"{complaint} cluster lovelace (1.35); use an image built for 1.35"
    )


# The metadata service


def test_a_refused_token_is_not_asked_for_again(instance: Instance) -> None:
    instance.metadata.token_status = 403
    assert refused(instance, CONFIGURATION) == (
        "the metadata service refuses a token, HTTP 403; set http_endpoint = enabled in the "
        "launch template's metadata_options"
    )
    assert instance.metadata.requests["PUT /latest/api/token"] == 1


def test_a_metadata_service_that_starts_slowly_is_waited_for(instance: Instance) -> None:
    instance.metadata.failures = 3
    joined(instance)


def test_a_metadata_service_that_never_answers_is_given_up(instance: Instance) -> None:
    instance.metadata.failures = 1000
    assert refused(instance, TEMPORARY) == (
        "the metadata service gave no token, HTTP 500; replace the instance if that stays so"
    )
    assert instance.metadata.requests["PUT /latest/api/token"] == 8


def test_nobody_at_the_metadata_services_address_is_said(instance: Instance) -> None:
    finished = instance.join(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9")
    assert finished.returncode == TEMPORARY
    assert finished.stderr.splitlines()[-1] == (
        "eks-join: the metadata service does not answer PUT /latest/api/token; "
        "set http_endpoint = enabled in the launch template's metadata_options"
    )


def test_an_expired_token_is_replaced(instance: Instance) -> None:
    instance.metadata.tokens_that_expire_at_once = 1
    joined(instance)
    assert instance.metadata.requests["PUT /latest/api/token"] == 2


def test_a_machine_that_is_not_on_ec2_is_told_so(instance: Instance) -> None:
    instance.metadata.identity = {"hello": "world"}
    assert "this tool runs on EC2 instances only" in refused(instance, CONFIGURATION)


def test_a_proxy_never_sees_the_metadata_token(instance: Instance) -> None:
    finished = instance.join(http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9")
    assert finished.returncode == JOINED


# The API


@pytest.mark.parametrize(
    "operation", ["describe-instances", "describe-cluster", "describe-instance-types"]
)
def test_a_throttled_call_is_repeated(instance: Instance, operation: str) -> None:
    throttled = Complaint.of("ThrottlingException")
    instance.aws.answers[operation][:0] = [throttled, throttled]
    joined(instance)
    assert instance.aws.count(operation) == 3


def test_a_call_that_stays_throttled_is_given_up(instance: Instance) -> None:
    instance.aws.answers["describe-cluster"] = [Complaint.of("ThrottlingException")]
    assert refused(instance, TEMPORARY) == (
        "aws eks describe-cluster failed (ThrottlingException); "
        "once AWS answers again: systemctl restart eks-join"
    )
    assert instance.aws.count("describe-cluster") == 12


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnauthorizedOperation"])
def test_a_role_without_the_permission_is_told_which_policy_has_it(
    instance: Instance, code: str
) -> None:
    instance.aws.answers["describe-cluster"] = [Complaint.of(code)]
    assert refused(instance, TEMPORARY) == (
        f"AWS refuses aws eks describe-cluster ({code}); "
        "attach AmazonEKSWorkerNodePolicy to the node's IAM role"
    )


def test_an_instance_without_a_profile_is_told_to_get_one(instance: Instance) -> None:
    complaint = Complaint('\nUnable to locate credentials. Run "aws configure".')
    instance.aws.answers["describe-instances"] = [complaint]
    assert "give the launch template an instance profile" in refused(instance, TEMPORARY)


def test_a_subnet_without_a_way_out_is_told_what_to_check(instance: Instance) -> None:
    complaint = Complaint("\nConnect timeout on endpoint URL: https://ec2.us-west-2.amazonaws.com/")
    instance.aws.answers["describe-instances"] = [complaint]
    assert "check the subnet's route to a NAT gateway" in refused(instance, TEMPORARY)


def test_an_error_that_quotes_credentials_is_not_quoted(instance: Instance) -> None:
    quoting = Complaint.of("SignatureDoesNotMatch", f"x-amz-security-token:{SECRET}")
    instance.aws.answers["describe-cluster"] = [quoting]
    assert SECRET not in refused(instance, TEMPORARY)


# Reboots, and other second runs


def test_a_reboot_writes_nothing_and_starts_kubelet(instance: Instance) -> None:
    joined(instance)
    before = {path: (instance.root / path).stat() for path in FILES}
    joined(instance)
    after = {path: (instance.root / path).stat() for path in FILES}
    assert {path: (s.st_ino, s.st_mtime_ns) for path, s in before.items()} == {
        path: (s.st_ino, s.st_mtime_ns) for path, s in after.items()
    }
    assert instance.systemctl_calls() == ["restart kubelet.service", "start kubelet.service"]


def test_a_new_certificate_authority_is_taken_over_at_the_next_boot(
    instance: Instance, cluster: Described
) -> None:
    joined(instance)
    renewed = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nnew\n").decode()
    answer = cluster(certificateAuthority={"data": renewed})
    instance.aws.answers["describe-cluster"] = [answer]
    joined(instance)
    assert "new" in instance.read(CA)
    assert instance.systemctl_calls()[-1] == "restart kubelet.service"


def test_a_failed_second_run_leaves_the_first_ones_files(
    instance: Instance, cluster: Described
) -> None:
    joined(instance)
    before = {path: instance.read(path) for path in FILES}
    instance.aws.answers["describe-cluster"] = [cluster(endpoint=None)]
    assert instance.join().returncode == CONFIGURATION
    assert {path: instance.read(path) for path in FILES} == before


def test_a_disk_that_takes_no_file_is_said_and_leaves_no_half_of_one(instance: Instance) -> None:
    (instance.root / KUBELET_CONFIG.lstrip("/")).mkdir(parents=True)
    finished = instance.join()
    assert finished.returncode == TEMPORARY
    assert finished.stderr.splitlines()[-1].startswith("eks-join: cannot read or write the node's")
    assert not [path for path in instance.written() if "/." in path]
    assert instance.systemctl_calls() == []


# The node group


def test_labels_taints_and_pod_limit_of_the_node_group_reach_kubelet(instance: Instance) -> None:
    taint = {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}
    labels = {"team": "core", "example.com/tier": "batch"}
    instance.put(NODE_GROUP, json.dumps({"labels": labels, "taints": [taint], "maxPods": 20}))
    assert joined(instance).endswith("at most 20 pods")
    config = instance.json(KUBELET_CONFIG)
    assert config["registerWithTaints"] == [taint]
    assert config["maxPods"] == 20
    assert config["kubeReserved"]["memory"] == "475Mi"
    assert "NODE_LABELS=example.com/tier=batch,team=core" in instance.read(ENVIRONMENT)
    assert instance.aws.count("describe-instance-types") == 0


def test_settings_of_kubelet_replace_what_they_name_and_nothing_else(instance: Instance) -> None:
    settings = {
        "kubeReserved": {"memory": "1Gi"},
        "evictionHard": {"nodefs.available": "20%"},
        "featureGates": {"ContainerCheckpoint": True},
        "containerLogMaxFiles": 3,
    }
    instance.put(NODE_GROUP, json.dumps({"kubelet": settings}))
    instance.kubelet_is("1.33.5")
    joined(instance)
    config = instance.json(KUBELET_CONFIG)
    assert unknown_fields(config) == []
    assert config["kubeReserved"] == {"cpu": "70m", "memory": "1Gi", "ephemeral-storage": "1Gi"}
    assert config["evictionHard"] == {
        "memory.available": "100Mi",
        "nodefs.available": "20%",
        "nodefs.inodesFree": "5%",
    }
    assert config["featureGates"] == {
        "DynamicResourceAllocation": True,
        "ContainerCheckpoint": True,
    }
    assert config["containerLogMaxFiles"] == 3


@pytest.mark.parametrize(
    "settings",
    [
        {"kubeReserved": {"memory": "3Gi"}, "evictionHard": {"memory.available": "740Mi"}},
        {"kubeReserved": {"memory": "3Gi"}, "systemReserved": {"memory": "640Mi"}},
        {"kubeReserved": {"memory": "3437Mi"}, "evictionHard": {"memory.available": "10%"}},
    ],
)
def test_settings_that_keep_all_memory_back_are_refused(
    instance: Instance, settings: dict[str, Any]
) -> None:
    instance.put("/proc/meminfo", "MemTotal:       3902464 kB\n")  # 3811 MiB
    instance.put(NODE_GROUP, json.dumps({"maxPods": 4, "kubelet": settings}))
    said = refused(instance, CONFIGURATION)
    assert re.fullmatch(
        r"the node group's settings of kubelet keep 381[0-9] MiB back for Kubernetes, and this "
        "c5.large has 3811 MiB; keep less back, or use a larger type",
        said.partition("eks-join: ")[2] or said,
    ), said


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"label": {}}', "has the unknown key 'label'"),
        ('{"labels": {"a": 1}}', "has labels that are not a map of strings"),
        ('{"labels": {"a": "b\\nNODE_IP=1"}}', "has a label with a character"),
        ('{"taints": [{"key": "a", "value": "b", "effect": "Never"}]}', "has a taint without"),
        ('{"taints": [{"key": "a"}]}', "has a taint without key, value and a known effect"),
        ('{"maxPods": "20"}', "has a maxPods that is not a number"),
        ('{"maxPods": 0}', "has a maxPods that is not a number"),
        ('{"warmPool": 1}', "has a warmPool that is not true or false"),
        ('{"instanceStore": "raid5"}', "has an instanceStore that is not raid0 or mount"),
        ('{"kubelet": []}', "has settings of kubelet that are not a JSON object"),
        ('{"kubelet": {"maxPods": 5}}', "has 'maxPods', which a node group does not set of"),
        ('{"kubelet": {"authentication": {}}}', "has 'authentication', which a node group"),
    ],
)
def test_a_node_group_file_that_is_not_understood_stops_the_node(
    instance: Instance, content: str, complaint: str
) -> None:
    instance.put(NODE_GROUP, content)
    said = refused(instance, CONFIGURATION)
    assert said.startswith(f"{NODE_GROUP} {complaint}")
    assert said.endswith("; correct the user data")


def test_a_node_does_not_join_without_the_taints_its_user_data_names(instance: Instance) -> None:
    instance.metadata.user_data = f'#cloud-config\n{{"write_files": [{{"path": "{NODE_GROUP}"}}]}}'
    assert refused(instance, CONFIGURATION) == (
        f"the user data has {NODE_GROUP}, but cloud-init did not write it; "
        "see cloud-init status --long"
    )


def test_user_data_about_something_else_is_none_of_its_business(instance: Instance) -> None:
    instance.metadata.user_data = "#!/bin/sh\necho hello\n"
    joined(instance)


def test_a_script_of_the_user_data_runs_when_kubelet_does(instance: Instance) -> None:
    instance.put("/etc/eks-node/after-join", "#!/bin/sh\n")
    joined(instance)
    assert instance.systemctl_calls() == [
        "restart kubelet.service",
        "start --no-block after-join.service",
    ]
    unit = (ROOTFS / "etc/systemd/system/after-join.service").read_text(encoding="utf-8")
    assert "ConditionPathExists=/etc/eks-node/after-join\n" in unit
    assert "ExecStart=/etc/eks-node/after-join\n" in unit


# The warm pool

WARM = '{"warmPool": true}'


def test_an_instance_of_a_warm_pool_waits_until_it_is_wanted(instance: Instance) -> None:
    instance.put(NODE_GROUP, WARM)
    instance.metadata.lifecycle = ["Warmed:Running", "Warmed:Running", "InService"]
    finished = instance.join("--wait-for-service")
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.splitlines() == [
        "eks-join: this instance is for the warm pool (Warmed:Running), and joins when it leaves it"
    ]
    assert instance.metadata.lifecycle == ["InService"]
    assert instance.systemctl_calls() == []
    joined(instance)


@pytest.mark.parametrize("state", ["Warmed:Stopped", "Warmed:Running", "Warmed:Terminated"])
def test_an_instance_of_a_warm_pool_does_not_join_even_if_nothing_waited(
    instance: Instance, state: str
) -> None:
    instance.put(NODE_GROUP, WARM)
    instance.metadata.lifecycle = [state]
    assert refused(instance, TEMPORARY) == (
        f"this instance is for the warm pool ({state}); it joins from there"
    )


def test_an_instance_that_is_started_from_a_warm_pool_joins_at_once(instance: Instance) -> None:
    instance.put(NODE_GROUP, WARM)
    instance.metadata.lifecycle = ["InService"]
    assert instance.join("--wait-for-service").stderr == ""
    joined(instance)


def test_where_an_instance_of_a_warm_pool_is_taken_is_not_guessed(instance: Instance) -> None:
    instance.put(NODE_GROUP, WARM)
    assert "target-lifecycle-state with HTTP 404" in refused(instance, TEMPORARY)


def test_without_a_warm_pool_nobody_asks_for_one(instance: Instance) -> None:
    assert instance.join("--wait-for-service").returncode == 0
    joined(instance)
    assert not [each for each in instance.metadata.requests if "autoscaling" in each]


def test_the_wait_has_no_limit_and_eks_join_starts_after_it() -> None:
    units = ROOTFS / "etc/systemd/system"
    waiting = (units / "warm-pool.service").read_text(encoding="utf-8")
    assert "ExecStart=/usr/local/sbin/eks-join --wait-for-service\n" in waiting
    assert "TimeoutStartSec=infinity\n" in waiting
    joining = (units / "eks-join.service").read_text(encoding="utf-8")
    for unit in ("warm-pool.service", "instance-store.service"):
        assert re.search(rf"^Wants=.*{unit}", joining, re.MULTILINE)
        assert re.search(rf"^After=(.|\\\n)*{unit}", joining, re.MULTILINE)


def test_a_node_does_not_join_before_its_instance_store_is_mounted(instance: Instance) -> None:
    instance.put(NODE_GROUP, '{"instanceStore": "raid0"}')
    assert refused(instance, CONFIGURATION) == (
        "the instance store is not mounted; see journalctl --unit instance-store"
    )
    instance.put("/run/eks-node/instance-store", "")
    joined(instance)
    script = (ROOTFS / "usr/local/sbin/mount-instance-store").read_text(encoding="utf-8")
    assert "$root/run/eks-node/instance-store" in script


# Instance types


def test_an_arm64_instance_joins(instance: Instance) -> None:
    instance.metadata.identity |= {"instanceType": "m7g.large", "architecture": "arm64"}
    joined(instance)
    assert "m7g.large" in instance.aws.calls[-1]


def test_the_pods_of_a_type_with_many_cards_use_the_default_card(instance: Instance) -> None:
    network = instance.aws.answers["describe-instance-types"][0]["InstanceTypes"][0]["NetworkInfo"]
    network |= {
        "MaximumNetworkInterfaces": 60,
        "Ipv4AddressesPerInterface": 50,
        "NetworkCards": [{"MaximumNetworkInterfaces": 15}, {"MaximumNetworkInterfaces": 45}],
    }
    instance.put("/proc/meminfo", "MemTotal:       1175000000 kB\n")
    joined(instance)
    assert instance.json(KUBELET_CONFIG)["maxPods"] == 737


@pytest.mark.parametrize("answer", [{"InstanceTypes": []}, {"InstanceTypes": [{}]}])
def test_a_type_that_ec2_does_not_explain_needs_a_pod_limit(
    instance: Instance, answer: dict[str, Any]
) -> None:
    instance.aws.answers["describe-instance-types"] = [answer]
    assert "set max_pods in the node group" in refused(instance, CONFIGURATION)


@pytest.mark.parametrize(
    ("kib", "most"),
    [(946_000, 51), (1_948_000, 140), (3_902_464, 314)],  # t3.micro, t3.small, t3.medium
)
def test_a_pod_limit_that_keeps_back_more_memory_than_there_is_is_refused(
    instance: Instance, kib: int, most: int
) -> None:
    """kubelet would refuse to start every five seconds, after eks-join had called it a node."""
    instance.put("/proc/meminfo", f"MemTotal:       {kib} kB\n")
    instance.put("/etc/eks-node/node-group.json", json.dumps({"maxPods": most + 1}))
    told = refused(instance, CONFIGURATION)
    assert told.endswith(
        f"{most + 1} pods keep {355 + 11 * (most + 1)} MiB back for Kubernetes, and this c5.large "
        f"has {kib // 1024} MiB; set max_pods in the node group to {most} or less"
    )
    instance.put("/etc/eks-node/node-group.json", json.dumps({"maxPods": most}))
    joined(instance)


def test_kubelet_serves_tls_with_forward_secrecy_and_no_cbc(instance: Instance) -> None:
    joined(instance)
    suites = instance.json(KUBELET_CONFIG)["tlsCipherSuites"]
    assert len(suites) == 6
    assert all(re.fullmatch(r"TLS_ECDHE_\w+(GCM|POLY1305)_SHA\d+", suite) for suite in suites)


@pytest.mark.parametrize(
    ("kubelet", "gates"),
    [
        ("1.33.13", {"DynamicResourceAllocation": True}),
        ("1.34.9", {"MutableCSINodeAllocatableCount": True}),
        ("1.35.6", None),
        ("1.36.2", None),
    ],
)
def test_gates_that_amazons_image_opens_are_open(
    instance: Instance, kubelet: str, gates: dict[str, bool] | None
) -> None:
    instance.kubelet_is(kubelet)
    joined(instance)
    assert instance.json(KUBELET_CONFIG).get("featureGates") == gates


@pytest.mark.parametrize(
    ("cpus", "reserved"),
    [(1, "60m"), (2, "70m"), (4, "80m"), (8, "90m"), (96, "310m")],
)
def test_the_reserved_cpu_grows_more_slowly_than_the_machine(
    eks_join: dict[str, Any], cpus: int, reserved: str
) -> None:
    assert eks_join["reserved_for_kubernetes"](cpus, 29)["cpu"] == reserved


@pytest.mark.parametrize(("online", "cpus"), [("0", 1), ("0-3", 4), ("0-1,4,6-7", 5)])
def test_processors_are_counted_as_the_kernel_lists_them(
    instance: Instance, eks_join: dict[str, Any], online: str, cpus: int
) -> None:
    instance.put("/sys/devices/system/cpu/online", f"{online}\n")
    host = eks_join["Host"](root=instance.root, pace=0)
    assert eks_join["cpus_online"](host) == cpus


def test_the_whole_patience_fits_into_the_units_timeout(eks_join: dict[str, Any]) -> None:
    backoffs = [eks_join[name] for name in ("METADATA_BACKOFF", "API_BACKOFF", "CREATION_BACKOFF")]
    metadata, api, creation = (sum(backoff.delays()) for backoff in backoffs)
    assert 25 * 60 < creation < 31 * 60
    assert 3 * metadata + 3 * api + creation < 60 * 60


# The image's own faults


def test_a_kubelet_that_does_not_start_is_said(instance: Instance) -> None:
    (instance.commands / "systemctl").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    finished = instance.join()
    assert finished.returncode == TEMPORARY
    assert finished.stderr.splitlines()[-1] == (
        "eks-join: kubelet does not start; see journalctl --unit kubelet"
    )


def test_an_image_without_the_aws_cli_is_to_be_rebuilt(instance: Instance) -> None:
    (instance.commands / "aws").unlink()
    assert refused(instance, CONFIGURATION) == ("aws is not on this image; rebuild it with packer/")


def test_an_image_without_kubelet_is_to_be_rebuilt(instance: Instance) -> None:
    instance.put("/usr/bin/kubelet", "#!/bin/sh\nexit 1\n", 0o755)
    assert refused(instance, CONFIGURATION) == (
        "/usr/bin/kubelet does not run; rebuild the image with packer/"
    )


def test_it_is_written_for_the_python_of_the_image() -> None:
    ast.parse(EKS_JOIN.read_text(encoding="utf-8"), feature_version=(3, 11))
