"""Node groups: launch templates, autoscaling groups, and the images they run."""

import json
import re
import tomllib
from typing import Any

import pytest

from constructs_lib.tables import node_image
from tests.conftest import Synth


def group(document: dict[str, Any], name: str = "node") -> tuple[dict[str, Any], dict[str, Any]]:
    resources = document["resource"]
    return resources["aws_launch_template"][name], resources["aws_autoscaling_group"][name]


def test_chapters_group_has_the_chapters_addresses(lovelace: dict[str, Any]) -> None:
    assert list(lovelace["resource"]["aws_launch_template"]) == ["node"]
    assert list(lovelace["resource"]["aws_autoscaling_group"]) == ["node"]


def test_other_groups_are_called_after_their_key(synth: Synth) -> None:
    resources = synth(node_groups={"node": {}, "batch": {}})["resource"]

    assert sorted(resources["aws_autoscaling_group"]) == ["node", "node-batch"]
    assert resources["aws_launch_template"]["node-batch"]["name"] == (
        "${var.cluster_name}-node-batch"
    )


def test_sizes_are_the_specs_and_not_swapped(synth: Synth) -> None:
    _, autoscaling = group(synth(node_groups={"node": {"min_size": 3, "max_size": 9}}))

    assert (autoscaling["min_size"], autoscaling["max_size"]) == (3, 9)


def test_a_new_template_version_is_the_one_that_new_nodes_get(lovelace: dict[str, Any]) -> None:
    _, autoscaling = group(lovelace)

    assert autoscaling["launch_template"] == {
        "id": "${aws_launch_template.node.id}",
        "version": "${aws_launch_template.node.latest_version}",
    }


def test_running_nodes_are_replaced_only_on_request(synth: Synth) -> None:
    _, kept = group(synth())
    _, refreshed = group(synth(node_groups={"node": {"instance_refresh": True}}))

    assert "instance_refresh" not in kept
    assert refreshed["instance_refresh"] == {"strategy": "Rolling"}


def test_spot_stands_on_a_base_on_demand(synth: Synth) -> None:
    types = ["m6i.large", "m5.large"]
    mixed = {
        "instance_types": types,
        "on_demand_base": 2,
        "on_demand_percentage": 0,
        "capacity_rebalance": True,
    }
    template, autoscaling = group(synth(node_groups={"node": {"mixed_instances": mixed}}))

    assert "launch_template" not in autoscaling
    assert autoscaling["capacity_rebalance"] is True
    policy = autoscaling["mixed_instances_policy"]
    assert policy["instances_distribution"] == {
        "on_demand_allocation_strategy": "prioritized",
        "on_demand_base_capacity": 2,
        "on_demand_percentage_above_base_capacity": 0,
        "spot_allocation_strategy": "price-capacity-optimized",
    }
    launch = policy["launch_template"]
    assert launch["launch_template_specification"]["version"] == (
        "${aws_launch_template.node.latest_version}"
    )
    assert launch["override"] == [{"instance_type": each} for each in types]
    assert template["instance_type"] == "m6i.large"


def test_weights_stand_beside_their_types(synth: Synth) -> None:
    mixed = {
        "instance_types": ["c5.xlarge", "c5.large"],
        "weights": {"c5.large": 1, "c5.xlarge": 2},
    }
    _, autoscaling = group(synth(node_groups={"node": {"mixed_instances": mixed}}))

    assert autoscaling["mixed_instances_policy"]["launch_template"]["override"] == [
        {"instance_type": "c5.xlarge", "weighted_capacity": "2"},
        {"instance_type": "c5.large", "weighted_capacity": "1"},
    ]


def test_a_schedule_writes_all_three_sizes_and_terraform_does_not_put_them_back(
    synth: Synth,
) -> None:
    night = {"recurrence": "0 20 * * *", "time_zone": "Europe/Rome", "min_size": 0}
    found = synth(node_groups={"node": {"schedules": {"night": night}}})

    schedule = found["resource"]["aws_autoscaling_schedule"]["node-night"]
    assert (schedule["min_size"], schedule["max_size"], schedule["desired_capacity"]) == (0, -1, -1)
    assert schedule["autoscaling_group_name"] == "${aws_autoscaling_group.node.name}"
    _, autoscaling = group(found)
    assert autoscaling["lifecycle"] == {"ignore_changes": ["min_size", "max_size"]}


def test_nodes_run_in_private_subnets_without_public_addresses(lovelace: dict[str, Any]) -> None:
    template, autoscaling = group(lovelace)

    assert autoscaling["vpc_zone_identifier"] == "${aws_subnet.private[*].id}"
    (interface,) = template["network_interfaces"]
    assert interface["associate_public_ip_address"] == "false"
    assert interface["security_groups"] == ["${aws_security_group.nodes.id}"]


def test_four_tags_tell_cluster_and_autoscaler_what_the_group_is(lovelace: dict[str, Any]) -> None:
    _, autoscaling = group(lovelace)

    assert {t["key"]: (t["value"], t["propagate_at_launch"]) for t in autoscaling["tag"]} == {
        "Name": ("${var.cluster_name}-node", True),
        "kubernetes.io/cluster/${var.cluster_name}": ("owned", True),
        "k8s.io/cluster-autoscaler/enabled": ("enabled", False),
        "k8s.io/cluster-autoscaler/${var.cluster_name}": ("owned", False),
    }


def test_an_autoscaler_knows_labels_and_taints_of_a_group_without_nodes(synth: Synth) -> None:
    taint = {"key": "example.com/gpu", "value": "true", "effect": "NoSchedule"}
    found = synth(
        node_groups={
            "node": {"min_size": 0, "labels": {"example.com/team": "ml"}, "taints": [taint]}
        }
    )
    tags = found["resource"]["aws_autoscaling_group"]["node"]["tag"]
    template = "k8s.io/cluster-autoscaler/node-template"
    assert {tag["key"]: (tag["value"], tag["propagate_at_launch"]) for tag in tags[4:]} == {
        f"{template}/label/example.com/team": ("ml", False),
        f"{template}/taint/example.com/gpu": ("true:NoSchedule", False),
    }


def test_pods_cannot_reach_the_nodes_credentials(lovelace: dict[str, Any]) -> None:
    template, _ = group(lovelace)

    assert template["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }


def test_nodes_start_with_their_rights_and_a_way_out(lovelace: dict[str, Any]) -> None:
    _, autoscaling = group(lovelace)

    assert set(autoscaling["depends_on"]) >= {
        "aws_iam_role_policy_attachment.eks_node",
        "aws_iam_role_policy_attachment.eks_node_cni",
        "aws_iam_role_policy_attachment.eks_node_ecr",
        "aws_default_route_table.private",
    }


@pytest.mark.parametrize(
    ("instance_type", "image", "parameter"),
    [
        ("g6.xlarge", {}, "al2023-x86_64-nvidia amazon-linux-2023/x86_64/nvidia"),
        ("g5g.xlarge", {}, "al2023-arm64-nvidia amazon-linux-2023/arm64/nvidia"),
        ("trn1.2xlarge", {}, "al2023-x86_64-neuron amazon-linux-2023/x86_64/neuron"),
        (
            "g6.xlarge",
            {"variant": "standard"},
            "al2023-x86_64 amazon-linux-2023/x86_64/standard",
        ),
    ],
)
def test_accelerators_get_an_image_with_their_drivers(
    synth: Synth, instance_type: str, image: dict[str, str], parameter: str
) -> None:
    spec = {"instance_type": instance_type, "image": {"family": "al2023", **image}}
    stack = synth(node_groups={"node": spec})
    address, path = parameter.split()

    template, _ = group(stack)
    assert template["image_id"] == f"${{data.aws_ssm_parameter.{address}.insecure_value}}"
    found = stack["data"]["aws_ssm_parameter"][address]["name"]
    assert found == (
        f"/aws/service/eks/optimized-ami/${{var.k8s_version}}/{path}/recommended/image_id"
    )


@pytest.mark.parametrize(
    ("instance_type", "family", "image", "device"),
    [
        ("c5.large", "packer", "data.aws_ami.eks-worker.id", "/dev/sda1"),
        ("c7g.large", "packer", "data.aws_ami.eks-worker-arm64.id", "/dev/sda1"),
        (
            "c5.large",
            "al2023",
            "data.aws_ssm_parameter.al2023-x86_64.insecure_value",
            "/dev/xvda",
        ),
        (
            "c7g.large",
            "ubuntu-eks",
            "data.aws_ssm_parameter.ubuntu-eks-arm64.insecure_value",
            "/dev/sda1",
        ),
        (
            "g5g.xlarge",
            "bottlerocket",
            "data.aws_ssm_parameter.bottlerocket-arm64-nvidia.insecure_value",
            "/dev/xvda",
        ),
    ],
)
def test_image_and_root_disk_fit_family_and_processor(
    synth: Synth, instance_type: str, family: str, image: str, device: str
) -> None:
    spec = {"instance_type": instance_type, "image": {"family": family}}
    template, _ = group(synth(node_groups={"node": spec}))

    assert template["image_id"] == f"${{{image}}}"
    assert template["block_device_mappings"][0]["device_name"] == device


def test_own_image_is_found_by_the_name_packer_gives(lovelace: dict[str, Any]) -> None:
    image = lovelace["data"]["aws_ami"]["eks-worker"]

    assert image["owners"] == ["self"]
    assert {f["name"]: f["values"] for f in image["filter"]} == {
        "name": [node_image.ami_name_filter("${var.k8s_version}")],
        "architecture": ["x86_64"],
    }


def test_groups_that_are_alike_share_one_look_up(synth: Synth) -> None:
    document = synth(node_groups={"node": {}, "more": {"instance_type": "m6i.large"}})

    assert list(document["data"]["aws_ami"]) == ["eks-worker"]


@pytest.mark.parametrize("kind", ["self_managed", "managed", "launch_configuration"])
@pytest.mark.parametrize("family", ["packer", "ubuntu-eks", "al2023"])
def test_settings_of_kubelet_reach_the_nodes_of_each_kind_and_family(
    synth: Synth, kind: str, family: str
) -> None:
    settings = {"system_reserved": {"memory": "200Mi"}}
    document = synth(
        node_groups={"node": {"kind": kind, "image": {"family": family}, "kubelet": settings}}
    )
    text = document["locals"]["node_user_data"].replace("\\", "")
    found = re.search(r'"systemReserved": {\s*"memory": "200Mi"\s*}', text)
    assert found, text


@pytest.mark.parametrize("kind", ["self_managed", "managed"])
def test_settings_of_kubelet_reach_bottlerocket(synth: Synth, kind: str) -> None:
    spec = {
        "kind": kind,
        "image": {"family": "bottlerocket"},
        "kubelet": {"system_reserved": {"memory": "200Mi"}},
    }
    text = synth(node_groups={"node": spec})["locals"]["node_user_data"]
    told = tomllib.loads(text)["settings"]["kubernetes"]
    assert told["system-reserved"] == {"memory": "200Mi"}
    assert ("api-server" in told) == (kind == "self_managed")


def test_a_warm_pool_is_the_groups_and_its_instances_are_told(synth: Synth) -> None:
    pool = {"state": "running", "min_size": 1, "max_prepared": 4}
    document = synth(node_groups={"node": {"warm_pool": pool}})

    assert document["resource"]["aws_autoscaling_group"]["node"]["warm_pool"] == {
        "pool_state": "Running",
        "min_size": 1,
        "max_group_prepared_capacity": 4,
    }
    assert '\\"warmPool\\": true' in document["locals"]["node_user_data"]


@pytest.mark.parametrize("family", ["packer", "ubuntu-eks", "al2023"])
def test_scripts_are_taken_to_the_letter(synth: Synth, family: str) -> None:
    text = '#!/bin/sh\necho "${HOME}" %{x} $${y}\n'
    node = {"image": {"family": family}, "user_data": {"before": text}}
    told = synth(node_groups={"node": node})["locals"]["node_user_data"]

    assert text.replace("${", "$${").replace("%{", "%%{") in told


def test_own_image_without_settings_needs_no_user_data(lovelace: dict[str, Any]) -> None:
    template, _ = group(lovelace)

    assert "user_data" not in template


def test_settings_of_the_group_are_written_to_the_node(synth: Synth) -> None:
    spec = {
        "labels": {"example.com/team": "shop"},
        "taints": [{"key": "example.com/web", "value": "yes", "effect": "NoSchedule"}],
        "max_pods": 29,
    }
    document = synth(node_groups={"node": spec})
    template, _ = group(document)
    cloud_config = json.loads(document["locals"]["node_user_data"].removeprefix("#cloud-config\n"))

    assert template["user_data"] == "${base64encode(local.node_user_data)}"
    (file,) = cloud_config["write_files"]
    assert json.loads(file["content"]) == {
        "labels": spec["labels"],
        "taints": spec["taints"],
        "maxPods": 29,
    }


def test_key_pair_reaches_the_nodes_only_when_named(synth: Synth) -> None:
    without, _ = group(synth())
    with_key, _ = group(synth(key_name="operators"))

    assert "key_name" not in without
    assert with_key["key_name"] == "operators"


def test_disk_has_the_size_of_the_spec(synth: Synth) -> None:
    template, _ = group(synth(node_groups={"node": {"volume_size_gib": 50}}))

    assert template["block_device_mappings"][0]["ebs"]["volume_size"] == 50


def test_bottlerocket_has_a_volume_for_itself_and_one_that_nodes_write_to(synth: Synth) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"
    spec = {
        "image": {"family": "bottlerocket"},
        "volume_size_gib": 50,
        "volume": {"iops": 4000, "kms_key": key},
    }
    template, _ = group(synth(node_groups={"node": spec}))

    both = {
        "delete_on_termination": "true",
        "encrypted": "true",
        "kms_key_id": key,
        "volume_type": "gp3",
    }
    assert template["block_device_mappings"] == [
        {"device_name": "/dev/xvda", "ebs": both},
        {"device_name": "/dev/xvdb", "ebs": {**both, "iops": 4000, "volume_size": 50}},
    ]


@pytest.mark.parametrize(
    ("said", "ami_type"),
    [
        ({}, "BOTTLEROCKET_x86_64"),
        ({"instance_type": "m7g.large"}, "BOTTLEROCKET_ARM_64"),
        ({"instance_type": "g6.xlarge"}, "BOTTLEROCKET_x86_64_NVIDIA"),
    ],
)
def test_eks_runs_its_own_bottlerocket_and_tells_it_the_cluster(
    synth: Synth, said: dict[str, Any], ami_type: str
) -> None:
    spec = {"kind": "managed", "image": {"family": "bottlerocket"}, **said}
    resources = synth(node_groups={"node": spec})["resource"]

    assert resources["aws_eks_node_group"]["node"]["ami_type"] == ami_type
    assert resources["aws_launch_template"]["node"].keys().isdisjoint({"image_id", "user_data"})


def test_a_release_of_bottlerocket_is_an_image_of_the_template(synth: Synth) -> None:
    image = {"family": "bottlerocket", "release": "1.54.0"}
    document = synth(node_groups={"node": {"kind": "managed", "image": image}})

    made = document["resource"]["aws_eks_node_group"]["node"]
    assert made.keys().isdisjoint({"ami_type", "version", "release_version"})
    (found,) = document["data"]["aws_ssm_parameter"].values()
    assert found["name"] == (
        "/aws/service/bottlerocket/aws-k8s-${var.k8s_version}/x86_64/1.54.0/image_id"
    )
    assert 'cluster-name = "' in document["locals"]["node_user_data"]


def test_group_keeps_to_its_zones_and_suspends_what_it_is_told(synth: Synth) -> None:
    section = {"availability_zones": ["eu-central-1b"], "suspended_processes": ["AZRebalance"]}
    group = synth(node_groups={"node": section})["resource"]["aws_autoscaling_group"]["node"]

    assert group["vpc_zone_identifier"] == (
        "${[for subnet in aws_subnet.private : subnet.id "
        'if contains(["eu-central-1b"], subnet.availability_zone)]}'
    )
    assert group["suspended_processes"] == ["AZRebalance"]


def test_volume_takes_a_key_of_the_owners(synth: Synth) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"
    resources = synth(node_groups={"node": {"volume": {"kms_key": key}}})["resource"]

    (device,) = resources["aws_launch_template"]["node"]["block_device_mappings"]
    assert (device["ebs"]["encrypted"], device["ebs"]["kms_key_id"]) == ("true", key)


MANAGED = {"kind": "managed", "image": {"family": "al2023"}}


def test_eks_runs_a_managed_group_with_its_own_role_and_image(synth: Synth) -> None:
    resources = synth(node_groups={"node": MANAGED})["resource"]

    assert "aws_autoscaling_group" not in resources
    group = resources["aws_eks_node_group"]["node"]
    assert group["node_role_arn"] == "${aws_iam_role.managed_node.arn}"
    assert group["ami_type"] == "AL2023_x86_64_STANDARD"
    assert group["version"] == "${var.k8s_version}"
    assert group["scaling_config"] == {"min_size": 1, "max_size": 2, "desired_size": 1}
    assert group["lifecycle"] == {"ignore_changes": ["scaling_config[0].desired_size"]}
    template = resources["aws_launch_template"]["node"]
    assert template["instance_type"] == "c5.large"
    assert template["vpc_security_group_ids"] == ["${aws_security_group.nodes.id}"]
    assert not {"image_id", "iam_instance_profile", "user_data"} & template.keys()


def test_a_managed_group_with_an_image_of_its_own_is_told_all_by_user_data(synth: Synth) -> None:
    spec = {**MANAGED, "image": {"family": "ubuntu-eks"}, "max_pods": 30}
    resources = synth(node_groups={"node": spec})["resource"]

    assert not {"ami_type", "version"} & resources["aws_eks_node_group"]["node"].keys()
    template = resources["aws_launch_template"]["node"]
    assert template["image_id"].startswith("${data.aws_ssm_parameter.ubuntu-eks")
    assert template["user_data"]


def test_labels_and_taints_of_a_managed_group_are_in_ekss_words(synth: Synth) -> None:
    taints = [
        {"key": "gpu", "effect": "NoSchedule"},
        {"key": "a", "value": "b", "effect": "NO_EXECUTE"},
    ]
    spec = {**MANAGED, "labels": {"team": "ml"}, "taints": taints, "max_pods": 30}
    found = synth(node_groups={"node": spec})

    group = found["resource"]["aws_eks_node_group"]["node"]
    assert group["labels"] == {"team": "ml"}
    assert group["taint"] == [
        {"effect": "NO_SCHEDULE", "key": "gpu"},
        {"effect": "NO_EXECUTE", "key": "a", "value": "b"},
    ]
    (user_data,) = [v for k, v in found["locals"].items() if k.endswith("user_data")]
    assert '"maxPods": 30' in user_data
    assert "cluster" not in user_data


def test_several_types_stand_in_the_managed_group_and_not_in_its_template(synth: Synth) -> None:
    types = ["m6i.large", "m5.large"]
    spec = {**MANAGED, "instance_types": types, "capacity_type": "spot"}
    resources = synth(node_groups={"node": spec})["resource"]

    assert resources["aws_eks_node_group"]["node"]["instance_types"] == types
    assert resources["aws_eks_node_group"]["node"]["capacity_type"] == "SPOT"
    assert "instance_type" not in resources["aws_launch_template"]["node"]


def test_the_config_map_keeps_the_roles_that_eks_writes_into_it(synth: Synth) -> None:
    jobs = {"kind": "fargate", "selectors": [{"namespace": "jobs"}]}
    manifest = synth(node_groups={"node": {}, "more": MANAGED, "jobs": jobs})["locals"][
        "aws_auth_manifest"
    ]

    for role in ("node", "managed_node", "fargate"):
        assert f"${{aws_iam_role.{role}.arn}}" in manifest
    assert "system:node-proxier" in manifest


def test_fargate_profiles_are_made_one_after_the_other(synth: Synth) -> None:
    groups = {
        "node": {},
        **{key: {"kind": "fargate", "selectors": [{"namespace": key}]} for key in ("a", "b")},
    }
    profiles = synth(node_groups=groups)["resource"]["aws_eks_fargate_profile"]

    assert profiles["node-a"]["selector"] == [{"namespace": "a"}]
    assert profiles["node-a"]["subnet_ids"] == "${aws_subnet.private[*].id}"
    assert "aws_eks_fargate_profile.node-a" in profiles["node-b"]["depends_on"]


def test_nobody_elses_profile_takes_the_role_for_fargate(synth: Synth) -> None:
    jobs = {"kind": "fargate", "selectors": [{"namespace": "jobs"}]}
    data = synth(node_groups={"node": {}, "jobs": jobs})["data"]

    (statement,) = data["aws_iam_policy_document"]["fargate"]["statement"]
    (condition,) = statement["condition"]
    assert condition["variable"] == "aws:SourceArn"
    assert condition["values"] == [
        '${replace(aws_eks_cluster.control_plane.arn, ":cluster/", ":fargateprofile/")}/*'
    ]


OPENING = {"web": {"description": "Web", "from_port": 80, "cidr_blocks": ["10.0.0.0/8"]}}
OF_ITS_OWN = {"key_name": "web", "ingress": OPENING, "security_group_ids": ["sg-0abc1234"]}


@pytest.mark.parametrize("kind", ["self_managed", "managed", "launch_configuration"])
def test_a_group_has_a_key_and_openings_of_its_own_beside_the_clusters_group(
    synth: Synth, kind: str
) -> None:
    found = synth(key_name="all", node_groups={"node": {}, "web": {"kind": kind, **OF_ITS_OWN}})
    resources = found["resource"]

    if kind == "launch_configuration":
        launch = resources["aws_launch_configuration"]["node-web"]
        groups = launch["security_groups"]
    else:
        launch = resources["aws_launch_template"]["node-web"]
        (interface,) = launch.get("network_interfaces", [{}])
        groups = interface.get("security_groups") or launch["vpc_security_group_ids"]
    assert launch["key_name"] == "web"
    assert resources["aws_launch_template"]["node"]["key_name"] == "all"
    assert groups == (
        "${concat([aws_security_group.nodes.id, aws_security_group.node-web.id], "
        "values(data.aws_security_group.node-web)[*].id)}"
    )
    # one security group of a node has the cluster's tag, or load balancers open none
    assert resources["aws_security_group"]["node-web"]["tags"] == {
        "Name": "${var.cluster_name}-node-web"
    }
    rule = resources["aws_security_group_rule"]["node-web-ingress-web"]
    assert rule["security_group_id"] == "${aws_security_group.node-web.id}"
    assert (rule["from_port"], rule["to_port"], rule["cidr_blocks"]) == (80, 80, ["10.0.0.0/8"])


def test_a_group_without_openings_yet_has_its_security_group(synth: Synth) -> None:
    found = synth(node_groups={"node": {"ingress": {}}})
    template, _ = group(found)

    assert template["network_interfaces"][0]["security_groups"] == [
        "${aws_security_group.nodes.id}",
        "${aws_security_group.node.id}",
    ]


def test_a_security_group_of_the_owners_is_looked_at_first(synth: Synth) -> None:
    found = synth(node_groups={"node": {"security_group_ids": ["sg-0abc1234"]}})

    looked_up = found["data"]["aws_security_group"]["node"]
    vpc, tag = looked_up["lifecycle"]["postcondition"]
    assert vpc["condition"] == "${self.vpc_id == aws_vpc.k8s.id}"
    assert tag["condition"] == (
        '${!contains(keys(self.tags), format("kubernetes.io/cluster/%s", var.cluster_name))}'
    )


@pytest.mark.parametrize("kind", ["self_managed", "managed", "fargate", "launch_configuration"])
def test_a_group_stands_in_subnets_of_its_own(synth: Synth, kind: str) -> None:
    vpc = {"id": "vpc-0abc1234", "private_subnets": {"ids": ["subnet-0abc1234"]}}
    own: dict[str, Any] = {"kind": kind, "subnet_ids": ["subnet-0abc1235"]}
    if kind == "fargate":
        own["selectors"] = [{"namespace": "jobs"}]
    found = synth(networking={"vpc": vpc}, node_groups={"node": {}, "web": own})

    made = next(
        named["node-web"]
        for kind_, named in found["resource"].items()
        if kind_ in ("aws_autoscaling_group", "aws_eks_node_group", "aws_eks_fargate_profile")
        and "node-web" in named
    )
    subnets = made.get("vpc_zone_identifier") or made["subnet_ids"]
    assert subnets == "${values(data.aws_subnet.node-web)[*].id}"
    looked_up = found["data"]["aws_subnet"]["node-web"]
    assert looked_up["for_each"] == '${toset(["subnet-0abc1235"])}'
    assert [c["condition"] for c in looked_up["lifecycle"]["postcondition"]] == [
        "${self.vpc_id == data.aws_vpc.k8s.id}",
        "${contains(var.availability_zones, self.availability_zone)}",
    ]


FURTHER = {
    "/dev/sdf": {"size_gib": 500, "iops": 6000, "throughput_mib": 400},
    "/dev/sdg": {"size_gib": 200, "type": "st1", "encrypted": False},
}


@pytest.mark.parametrize("kind", ["self_managed", "managed"])
def test_further_volumes_stand_behind_the_root_encrypted_and_tagged(
    synth: Synth, kind: str
) -> None:
    found = synth(
        tags={"team": "shop"}, node_groups={"node": {}, "data": {"kind": kind, "volumes": FURTHER}}
    )

    template = found["resource"]["aws_launch_template"]["node-data"]
    root, fast, slow = template["block_device_mappings"]
    assert root["device_name"] == "/dev/sda1"
    assert fast == {
        "device_name": "/dev/sdf",
        "ebs": {
            "delete_on_termination": "true",
            "encrypted": "true",
            "iops": 6000,
            "throughput": 400,
            "volume_size": 500,
            "volume_type": "gp3",
        },
    }
    assert slow["ebs"] == {
        "delete_on_termination": "true",
        "volume_size": 200,
        "volume_type": "st1",
    }
    (volumes,) = [t for t in template["tag_specifications"] if t["resource_type"] == "volume"]
    assert volumes["tags"] == {"Name": "${var.cluster_name}-node-data", "team": "shop"}


AL2023 = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023"


@pytest.mark.parametrize(
    ("image", "address", "parameter"),
    [
        (
            {"family": "al2023", "release": "1.35.6-20260828"},
            "al2023-x86_64-1-35-6-20260828",
            f"{AL2023}/x86_64/standard/amazon-eks-node-al2023-x86_64-standard-1.35-v20260828"
            "/image_id",
        ),
        (
            {"family": "ubuntu-eks", "release": "20260828"},
            "ubuntu-eks-x86_64-20260828",
            "/aws/service/canonical/ubuntu/eks/24.04/${var.k8s_version}/stable/20260828/amd64/hvm"
            "/ebs-gp3/ami-id",
        ),
    ],
)
def test_a_release_of_a_vendors_image_has_a_parameter_of_its_own(
    synth: Synth, image: dict[str, str], address: str, parameter: str
) -> None:
    found = synth(node_groups={"node": {"image": image}})

    template, _ = group(found)
    assert template["image_id"] == f"${{data.aws_ssm_parameter.{address}.insecure_value}}"
    assert found["data"]["aws_ssm_parameter"][address]["name"] == parameter


def test_a_release_of_our_own_image_is_found_by_its_whole_name(synth: Synth) -> None:
    release = "1.35.6-20260828120000"
    found = synth(node_groups={"node": {"image": {"release": release}}, "new": {}})

    looked_up = found["data"]["aws_ami"]
    assert sorted(looked_up) == ["eks-worker", "eks-worker-1-35-6-20260828120000"]
    names = looked_up["eks-worker-1-35-6-20260828120000"]["filter"][0]["values"]
    assert names == ["eks-worker-1.35-ubuntu-*-*-kubelet-1.35.6-20260828120000"]


def test_a_managed_group_stays_at_a_release_and_its_version(synth: Synth) -> None:
    image = {"family": "al2023", "release": "1.35.6-20260828"}
    found = synth(node_groups={"node": {"kind": "managed", "image": image}})

    made = found["resource"]["aws_eks_node_group"]["node"]
    assert (made["version"], made["release_version"]) == ("1.35", "1.35.6-20260828")
    assert made["ami_type"] == "AL2023_x86_64_STANDARD"
    assert "data" not in found or "aws_ssm_parameter" not in found["data"]


def test_pods_on_fargate_and_on_nodes_reach_each_other(synth: Synth) -> None:
    jobs = {"kind": "fargate", "selectors": [{"namespace": "jobs"}]}
    found = synth(node_groups={"node": {}, "jobs": jobs})["resource"]

    of_eks = "${aws_eks_cluster.control_plane.vpc_config[0].cluster_security_group_id}"
    ours = "${aws_security_group.nodes.id}"
    rules = found["aws_security_group_rule"]
    both = [rules["nodes-ingress-fargate_pods"], rules["fargate_pods-ingress-nodes"]]
    assert [(r["source_security_group_id"], r["security_group_id"]) for r in both] == [
        (of_eks, ours),
        (ours, of_eks),
    ]
    assert all((r["protocol"], r["type"]) == ("-1", "ingress") for r in both)
    for rule in ("nodes-ingress-fargate_pods", "fargate_pods-ingress-nodes"):
        wanted = f"aws_security_group_rule.{rule}"
        assert wanted in found["aws_eks_fargate_profile"]["node-jobs"]["depends_on"]


def test_without_fargate_nothing_is_opened_for_it(lovelace: dict[str, Any]) -> None:
    assert not [n for n in lovelace["resource"]["aws_security_group_rule"] if "fargate" in n]


@pytest.mark.parametrize(
    ("update", "written"),
    [
        ({"max_unavailable": 3}, {"max_unavailable": 3, "update_strategy": "DEFAULT"}),
        (
            {"max_unavailable_percentage": 20},
            {"max_unavailable_percentage": 20, "update_strategy": "DEFAULT"},
        ),
        ({"strategy": "minimal"}, {"max_unavailable": 1, "update_strategy": "MINIMAL"}),
    ],
)
def test_updates_of_a_managed_group_name_their_strategy_or_every_plan_shows_them(
    synth: Synth, update: dict[str, Any], written: dict[str, Any]
) -> None:
    found = synth(node_groups={"node": {**MANAGED, "update": update}})

    assert found["resource"]["aws_eks_node_group"]["node"]["update_config"] == written
    assert found["terraform"]["required_providers"]["aws"]["version"] == ">= 6.48, < 7"


def test_without_updates_any_provider_will_do(synth: Synth) -> None:
    found = synth(node_groups={"node": MANAGED})

    assert "update_config" not in found["resource"]["aws_eks_node_group"]["node"]
    assert found["terraform"]["required_providers"]["aws"]["version"] == ">= 5.100, < 7"


def test_a_refresh_says_all_that_the_spec_says(synth: Synth) -> None:
    refresh = {
        "min_healthy_percentage": 80,
        "max_healthy_percentage": 120,
        "warmup_seconds": 90,
        "checkpoint_percentages": [20, 100],
        "checkpoint_delay_seconds": 600,
        "skip_matching": True,
        "auto_rollback": True,
        "alarms": ["errors"],
    }
    _, found = group(synth(node_groups={"node": {"instance_refresh": True, "refresh": refresh}}))

    assert found["instance_refresh"] == {
        "strategy": "Rolling",
        "preferences": {
            "min_healthy_percentage": 80,
            "max_healthy_percentage": 120,
            "instance_warmup": "90",
            "checkpoint_percentages": [20, 100],
            "checkpoint_delay": "600",
            "skip_matching": True,
            "auto_rollback": True,
            "alarm_specification": {"alarms": ["errors"]},
        },
    }


def test_nodes_have_a_life_and_a_policy_for_its_end(synth: Synth) -> None:
    maintenance = {"min_healthy_percentage": 100, "max_healthy_percentage": 150}
    spec = {"max_lifetime_days": 30, "maintenance": maintenance}
    _, found = group(synth(node_groups={"node": spec}))

    assert found["max_instance_lifetime"] == 30 * 86_400
    assert found["instance_maintenance_policy"] == maintenance
