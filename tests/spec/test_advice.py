"""What the owner of a good spec is told."""

from pathlib import Path

import pytest

from tests.spec.bad import GOOD, Change, add, also, in_group, instead, warnings
from tests.spec.test_nodes import fargate_alone

LABELS = f"labels: {{{', '.join(f'l{n}: a' for n in range(6))}}}"

ADVICE: dict[str, tuple[Change, str]] = {
    "an add-on that stays behind": (
        also("addons: {vpc-cni: {}}"),
        "6: addons.vpc-cni: warning: has no addon_version, so it stays at its first one when the "
        "cluster moves on; write addon_version: eks_default, or pin one",
    ),
    "a coredns of a newer Kubernetes": (
        lambda text: also("addons: {coredns: {addon_version: v1.14.3-eksbuild.3}}")(
            text.replace('"1.36"', '"1.34"')
        ),
        "6: addons.coredns.addon_version: warning: is not known to go with Kubernetes 1.34, for "
        "which AWS named v1.13.2-eksbuild.11 on 2026-11-26, got v1.14.3-eksbuild.3; write "
        "eks_default, or see `aws eks describe-addon-versions`",
    ),
    "a coredns of long ago": (
        also("addons: {coredns: {addon_version: v1.8.7-eksbuild.10}}"),
        "6: addons.coredns.addon_version: warning: is not known to go with Kubernetes 1.36, for "
        "which AWS named v1.14.3-eksbuild.3 on 2026-11-26, got v1.8.7-eksbuild.10; write "
        "eks_default, or see `aws eks describe-addon-versions`",
    ),
    "an add-on that calls AWS without a role": (
        also("addons: {aws-ebs-csi-driver: {addon_version: eks_default}}"),
        "6: addons.aws-ebs-csi-driver: warning: needs a role to work, and has none: the nodes' is "
        "out of its reach; add service_account_role_arn",
    ),
    "a setting of coredns misspelt": (
        also(
            "addons: {coredns: {addon_version: eks_default, "
            "configuration_values: {replicaCounts: 3}}}"
        ),
        "6: addons.coredns.configuration_values.replicaCounts: warning: is no setting of coredns "
        "known on 2026-11-26; did you mean replicaCount? see `aws eks "
        "describe-addon-configuration`",
    ),
    "a variable of vpc-cni that is not in the table": (
        also(
            "addons: {vpc-cni: {addon_version: eks_default, "
            "configuration_values: {env: {ENABLE_PREFIX_DELEGATIONS: 'true'}}}}"
        ),
        "6: addons.vpc-cni.configuration_values.env.ENABLE_PREFIX_DELEGATIONS: warning: is no "
        "setting of vpc-cni known on 2026-11-26; did you mean ENABLE_PREFIX_DELEGATION? see `aws "
        "eks describe-addon-configuration`",
    ),
    "Karpenter beside cluster-autoscaler": (
        also("cluster_autoscaler: true\ncontrollers: {karpenter: true}"),
        "7: controllers.karpenter: warning: is for Karpenter, which starts nodes for the same pods "
        "as cluster_autoscaler; keep one of the two",
    ),
    "snapshots of nothing": (
        also("storage: {snapshots: true}"),
        "6: storage.snapshots: warning: takes snapshots by a driver that the cluster has not: the "
        "one of EBS; add ebs: true, unless you run one",
    ),
    "an autoscaler of an older Kubernetes": (
        lambda text: in_group("image: {family: al2023}")(
            also("cluster_autoscaler: true")(text.replace('"1.36"', '"1.37"'))
        ),
        "6: cluster_autoscaler: warning: runs registry.k8s.io/autoscaling/cluster-autoscaler:"
        "v1.36.1, for none for Kubernetes 1.37 was known on 2026-11-26; write cluster_autoscaler: "
        "{enabled: true, image: ...} when there is one",
    ),
    "more security groups than most accounts take": (
        in_group(f"security_group_ids: [{', '.join(f'sg-0abc123{n}' for n in range(5))}]"),
        "8: node_groups.node.security_group_ids: warning: is, with the cluster's, 6 groups, and "
        "accounts have a quota of five; see that it was raised, or no node starts",
    ),
    "GPUs on the project's own image": (
        in_group("instance_type: g6.xlarge"),
        "8: node_groups.node.instance_type: warning: has an accelerator, and the image of packer/ "
        "no drivers unless you put them there, got g6.xlarge; say so with image: {variant: "
        "standard}, or use family: al2023",
    ),
    "a bare cluster that stays bare": (
        also(
            "control_plane: {bootstrap_self_managed_addons: false}\n"
            "addons: {kube-proxy: {addon_version: eks_default}}"
        ),
        "6: control_plane.bootstrap_self_managed_addons: warning: is off, and without vpc-cni (no "
        "pod gets an address), coredns (no name is resolved) until somebody applies the like; add "
        "them to addons, unless that is you",
    ),
    "Docker's range": (
        instead("10.1.0.0/16", "172.17.0.0/16"),
        "4: vpc_cidr: warning: is Docker's own range on many machines, which then cannot reach the "
        "VPC, got 172.17.0.0/16; choose another before the cluster is made; it cannot be changed",
    ),
    "a range of the internet": (
        instead("10.1.0.0/16", "8.8.0.0/16"),
        "4: vpc_cidr: warning: is a range of the internet, which the VPC then cannot reach, got "
        "8.8.0.0/16; choose another before the cluster is made; it cannot be changed",
    ),
    "a range too small for load balancers": (
        instead("10.1.0.0/16", "10.1.0.0/20"),
        "4: vpc_cidr: warning: gives public subnets of /28, too small for a load balancer, got "
        "10.1.0.0/20; choose another before the cluster is made; it cannot be changed",
    ),
    "a cut too fine for load balancers": (
        also("networking: {public_newbits: 12}"),
        "4: vpc_cidr: warning: gives public subnets of /28, too small for a load balancer, got "
        "10.1.0.0/16; choose another before the cluster is made; it cannot be changed",
    ),
    "a zone's public subnet too small for load balancers": (
        also(
            "networking: {subnets: {us-west-2a: {public: 10.1.0.0/28, private: 10.1.64.0/18}, "
            "us-west-2b: {public: 10.1.1.0/27, private: 10.1.128.0/18}}}"
        ),
        "6: networking.subnets.us-west-2a.public: warning: is too small for a load balancer, got "
        "10.1.0.0/28; make it a /27",
    ),
    "a route to where Services have their addresses": (
        also("networking: {routes: [{to: 172.16.0.0/12, via: tgw-0abc1234}]}"),
        "6: networking.routes[0].to: warning: shares addresses with the Services, 172.20.0.0/16: "
        "whichever of them a Service has, pods do not reach there, got 172.16.0.0/12; set "
        "control_plane.service_ipv4_cidr to a range of no network, before the cluster is made",
    ),
    "a region that is not in the table": (
        lambda text: text.replace("us-west-2", "us-north-9"),
        "2: region: warning: is no region known on 2026-11-25, got us-north-9; see that EKS has it",
    ),
    "a zone without a control plane": (
        lambda text: text.replace("us-west-2b", "us-west-2e").replace("us-west-2", "us-east-1"),
        "3: availability_zones[1]: warning: is use1-az3 in most accounts, where EKS makes no "
        "control plane, got us-east-1e; use another zone",
    ),
    "an instance type that is not in the table": (
        in_group("instance_type: c99.large"),
        "8: node_groups.node.instance_type: warning: is no instance type known on 2026-11-25, got "
        "c99.large; did you mean c9g.large? see that EC2 has it",
    ),
    "an add-on of the marketplace": (
        also("addons: {datadog-operator: {addon_version: eks_default}}"),
        "6: addons.datadog-operator: warning: is no add-on of AWS known on 2026-11-25; "
        "see that EKS has it",
    ),
    "no group for any pod": (
        in_group("taints: [{key: a, effect: NoSchedule}]"),
        "6: node_groups: warning: has taints on every group, so coredns finds no node and no name "
        "is resolved; add a group without taints",
    ),
    "a taint with two effects": (
        in_group(
            "taints: [{key: a, effect: PreferNoSchedule}, {key: b, effect: PreferNoSchedule}, "
            "{key: a, effect: NoExecute}]\n  web: {}\n  more:"
        ),
        "8: node_groups.node.taints[2].key: warning: has a second effect, of which "
        "cluster-autoscaler is not told, got a; give the taint another key",
    ),
    "a version without a kubelet": (
        instead('"1.36"', '"1.37"'),
        "5: kubernetes_version: warning: has no kubelet in packer/node-image.json for the image of "
        "node, got 1.37; write its version there, or build the image with -var, before the nodes",
    ),
    "a bastion's type that is not in the table": (
        also("key_name: a\nbastion: {cidr_blocks: [10.0.0.0/8], instance_type: t9.micro}"),
        "7: bastion.instance_type: warning: is no instance type known on 2026-11-25, got t9.micro; "
        "see that EC2 has it",
    ),
    "Docker's range for Services": (
        also("control_plane: {service_ipv4_cidr: 172.17.0.0/16}"),
        "6: control_plane.service_ipv4_cidr: warning: is Docker's own range on many machines, "
        "which then cannot reach it, got 172.17.0.0/16; choose another before it is made",
    ),
    "a range of the internet for pods": (
        also(
            "networking: {pod_cidrs: [8.8.0.0/16]}\naddons: {vpc-cni: {addon_version: eks_default}}"
        ),
        "6: networking.pod_cidrs[0]: warning: is a range of the internet, which the VPC then "
        "cannot reach, got 8.8.0.0/16; choose another before it is made",
    ),
    "a bucket's region that is not in the table": (
        also("state: {bucket: states, key: a, region: us-wst-2, use_lockfile: true}"),
        "6: state.region: warning: is no region known on 2026-11-25, got us-wst-2; see that S3 "
        "has it",
    ),
    "a time zone that is not in the table": (
        in_group("schedules: {a: {recurrence: 0 7 * * *, time_zone: Europe/Rom, min_size: 1}}"),
        "8: node_groups.node.schedules.a.time_zone: warning: is no name of a time zone in IANA's "
        "database 2025b, got Europe/Rom; did you mean Europe/Rome? see that AWS has it",
    ),
    "a time zone of before": (
        in_group("schedules: {a: {recurrence: 0 7 * * *, time_zone: Asia/Calcutta, min_size: 1}}"),
        "8: node_groups.node.schedules.a.time_zone: warning: is no name of a time zone in IANA's "
        "database 2025b, got Asia/Calcutta; did you mean Asia/Kolkata? see that AWS has it",
    ),
    "more rules than most accounts take": (
        also(
            "node_ingress: {a: {description: a, from_port: 80, cidr_blocks: "
            f"[{', '.join(f'10.9.{n}.0/24' for n in range(61))}]}}}}"
        ),
        "6: node_ingress: warning: is 61 rules of a security group, and accounts have a quota of "
        "60; see that it was raised, or join ranges",
    ),
    "more openings of the API than most accounts take": (
        also(
            "control_plane: {ingress: {a: {description: a, cidr_blocks: "
            f"[{', '.join(f'10.9.{n}.0/24' for n in range(61))}]}}}}}}"
        ),
        "6: control_plane.ingress: warning: is 61 rules of a security group, and accounts have a "
        "quota of 60; see that it was raised, or join ranges",
    ),
    "more policies than most accounts take": (
        also(
            "pod_identity: {by: [irsa], roles: {a: {namespace: b, service_account: "
            f"c, policies: [{', '.join(f'arn:aws:iam::aws:policy/p{n}' for n in range(11))}"
            "]}}}"
        ),
        "6: pod_identity.roles.a.policies: warning: is 11 policies, and accounts have a quota of "
        "10; see that it was raised, or join some",
    ),
    "more labels of a selector than most accounts take": (
        lambda text: text + f"  f: {{kind: fargate, selectors: [{{namespace: a, {LABELS}}}]}}\n",
        "10: node_groups.f.selectors[0].labels: warning: is 6 labels, and accounts have a quota "
        "of 5; see that it was raised, or leave some out",
    ),
    "volumes for Fargate": (
        lambda text: fargate_alone(
            "pod_identity: irsa\naddons: {coredns: {addon_version: eks_default, "
            "configuration_values: {computeType: Fargate}}}\n"
            "storage: {ebs: true}"
        )(text).replace("namespace: shop", "namespace: kube-system"),
        "8: storage.ebs: warning: makes volumes that pods on Fargate cannot mount, and there are "
        "no other nodes; use efs: true, or add a group of nodes",
    ),
    "Fargate without a coredns for it": (
        fargate_alone("pod_identity: none"),
        "7: node_groups: warning: is Fargate alone, on which the coredns that EKS installs does "
        "not run; add addons: {coredns: {addon_version: eks_default, configuration_values: "
        "{computeType: Fargate}}}",
    ),
    "an API that nobody is known to reach": (
        also(
            "control_plane: {endpoint_public_access: false, service_ipv4_cidr: 172.20.0.0/16}\n"
            "key_name: ops\n"
            "bastion: {cidr_blocks: [203.0.113.0/24]}\n"
            "adopted: {control_plane_role: a, node_role: b, "
            "bootstrap_cluster_creator_admin_permissions: true, autoscaling_groups: {node: c}, "
            "control_plane_security_group: {name: d, description: e}, "
            "nodes_security_group: {name: f, description: g}, "
            "bastion_security_group: {name: h, description: i}}"
        ),
        "6: control_plane.endpoint_public_access: warning: is off, and inside the VPC only the "
        "nodes reach the API; add control_plane.ingress for where kubectl runs",
    ),
}


@pytest.mark.parametrize(("change", "message"), ADVICE.values(), ids=ADVICE.keys())
def test_a_good_spec_with_a_catch_is_told_of_it(root: Path, change: Change, message: str) -> None:
    add(root, "ada", change(GOOD))
    assert warnings(root) == [f"clusters/ada.yaml:{message}"]


def test_a_good_spec_without_a_catch_has_no_warning(root: Path) -> None:
    assert warnings(root) == []
