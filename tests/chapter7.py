"""What chapter 7 writes by hand, address by address, in the spelling of Terraform JSON.

Terraform of 2018 wrote ``"${var.x}"`` and counted with ``count.index`` as today's does; the values
are spelled as CDKTF spells them, so that only differences of meaning are differences. Descriptions
of rules are left out: their wording is nobody's contract.
"""

from typing import Any

EVERYTHING_OUT = {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}
CLUSTER_TAG = "kubernetes.io/cluster/${var.cluster_name}"
EACH_ZONE = {
    "count": "${length(var.availability_zones)}",
    "availability_zone": "${element(var.availability_zones, count.index)}",
}


def _service(name: str) -> dict[str, Any]:
    principals = [{"type": "Service", "identifiers": [f"{name}.amazonaws.com"]}]
    return {"statement": [{"actions": ["sts:AssumeRole"], "principals": principals}]}


def _attachment(role: str, policy: str) -> dict[str, Any]:
    return {
        "role": f"${{aws_iam_role.{role}.name}}",
        "policy_arn": f"arn:aws:iam::aws:policy/{policy}",
    }


def _rule(target: str, source: str, protocol: str, first: int, last: int) -> dict[str, Any]:
    return {
        "type": "ingress",
        "security_group_id": f"${{aws_security_group.{target}.id}}",
        **(
            {"self": True}
            if source == target
            else {"source_security_group_id": f"${{aws_security_group.{source}.id}}"}
        ),
        "protocol": protocol,
        "from_port": first,
        "to_port": last,
    }


AWS: dict[str, dict[str, Any]] = {
    "provider.aws": {"region": "us-west-2"},
    "terraform.required_providers.aws": {"version": "~> 1.0"},
    "terraform.backend.s3": {"key": "us-west-2.tfstate", "region": "us-west-2"},
    "variable.cluster_name": {"default": "lovelace"},
    "variable.vpc_cidr": {
        "default": "10.1.0.0/16",
        "description": "The CIDR of the VPC created for this cluster",
    },
    "variable.availability_zones": {
        "default": ["us-west-2a", "us-west-2b"],
        "description": "The availability zones to run the cluster in",
    },
    "variable.k8s_version": {
        "default": "1.10",
        "description": "The version of Kubernetes to use",
    },
}

NETWORKING: dict[str, dict[str, Any]] = {
    "aws_vpc.k8s": {
        "cidr_block": "${var.vpc_cidr}",
        "enable_dns_support": True,
        "enable_dns_hostnames": True,
        "tags": {"Name": "${var.cluster_name}", CLUSTER_TAG: "shared"},
    },
    "aws_internet_gateway.gateway": {
        "vpc_id": "${aws_vpc.k8s.id}",
        "tags": {"Name": "${var.cluster_name}"},
    },
    "aws_eip.nat": {"vpc": True, "depends_on": ["aws_internet_gateway.gateway"]},
    "aws_nat_gateway.nat_gateway": {
        "allocation_id": "${aws_eip.nat.id}",
        "subnet_id": "${element(aws_subnet.public[*].id, 0)}",
    },
    "aws_route_table.public": {
        "vpc_id": "${aws_vpc.k8s.id}",
        "route": [{"cidr_block": "0.0.0.0/0", "gateway_id": "${aws_internet_gateway.gateway.id}"}],
        "tags": {"Name": "${var.cluster_name}-public"},
    },
    "aws_subnet.public": {
        **EACH_ZONE,
        "vpc_id": "${aws_vpc.k8s.id}",
        "cidr_block": "${cidrsubnet(var.vpc_cidr, 8, count.index)}",
        "map_public_ip_on_launch": True,
        "tags": {"Name": "${var.cluster_name}-public-subnet", CLUSTER_TAG: "shared"},
    },
    "aws_route_table_association.public": {
        "count": EACH_ZONE["count"],
        "subnet_id": "${element(aws_subnet.public[*].id, count.index)}",
        "route_table_id": "${aws_route_table.public.id}",
    },
    "aws_default_route_table.private": {
        "default_route_table_id": "${aws_vpc.k8s.default_route_table_id}",
        "route": [
            {"cidr_block": "0.0.0.0/0", "nat_gateway_id": "${aws_nat_gateway.nat_gateway.id}"}
        ],
        "tags": {"Name": "k8s-${var.cluster_name}-private"},
    },
    "aws_subnet.private": {
        **EACH_ZONE,
        "vpc_id": "${aws_vpc.k8s.id}",
        "cidr_block": "${cidrsubnet(var.vpc_cidr, 2, (count.index + 1))}",
        "tags": {"Name": "${var.cluster_name}-private-subnet", CLUSTER_TAG: "shared"},
    },
    "aws_route_table_association.private": {
        "count": EACH_ZONE["count"],
        "subnet_id": "${element(aws_subnet.private[*].id, count.index)}",
        "route_table_id": "${aws_default_route_table.private.id}",
    },
}

CONTROL_PLANE: dict[str, dict[str, Any]] = {
    "data.aws_iam_policy_document.control_plane": _service("eks"),
    "aws_iam_role.control_plane": {
        "name": "EKSControlPlane",
        "assume_role_policy": "${data.aws_iam_policy_document.control_plane.json}",
    },
    "aws_iam_role_policy_attachment.eks_cluster": _attachment(
        "control_plane", "AmazonEKSClusterPolicy"
    ),
    "aws_iam_role_policy_attachment.eks_service": _attachment(
        "control_plane", "AmazonEKSServicePolicy"
    ),
    "aws_security_group.control_plane": {
        "name": "${var.cluster_name}-control-plane",
        "description": "EKS Cluster ${var.cluster_name}",
        "vpc_id": "${aws_vpc.k8s.id}",
        "egress": [EVERYTHING_OUT],
        "tags": {"Name": "${var.cluster_name}"},
    },
    "aws_eks_cluster.control_plane": {
        "name": "${var.cluster_name}",
        "version": "${var.k8s_version}",
        "role_arn": "${aws_iam_role.control_plane.arn}",
        "vpc_config": {
            "security_group_ids": ["${aws_security_group.control_plane.id}"],
            "subnet_ids": "${concat(aws_subnet.public[*].id, aws_subnet.private[*].id)}",
        },
        "depends_on": [
            "aws_iam_role_policy_attachment.eks_cluster",
            "aws_iam_role_policy_attachment.eks_service",
        ],
    },
    "local.kubeconfig": {
        "clusters": {
            "name": "${cluster}",
            "certificate-authority-data": "${ca_data}",
            "server": "${endpoint}",
        },
        "users": {
            "name": "${cluster}",
            "apiVersion": "client.authentication.k8s.io/v1alpha1",
            "command": "aws-iam-authenticator token -i ${cluster}",
        },
        "contexts": {"name": "${cluster}", "cluster": "${cluster}", "user": "${cluster}"},
        "current-context": "${cluster}",
    },
}

NODES: dict[str, dict[str, Any]] = {
    "data.aws_iam_policy_document.kube2iam": {
        "statement": [{"actions": ["sts:AssumeRole"], "resources": ["*"]}]
    },
    "aws_iam_role_policy.node": {
        "name": "kube2iam",
        "role": "${aws_iam_role.node.id}",
        "policy": "${data.aws_iam_policy_document.kube2iam.json}",
    },
    "data.aws_iam_policy_document.node": _service("ec2"),
    "aws_iam_role.node": {
        "name": "EKSNode",
        "assume_role_policy": "${data.aws_iam_policy_document.node.json}",
    },
    "aws_iam_role_policy_attachment.eks_node": _attachment("node", "AmazonEKSWorkerNodePolicy"),
    "aws_iam_role_policy_attachment.eks_node_cni": _attachment("node", "AmazonEKS_CNI_Policy"),
    "aws_iam_role_policy_attachment.eks_node_ecr": _attachment(
        "node", "AmazonEC2ContainerRegistryReadOnly"
    ),
    "aws_iam_instance_profile.node": {
        "name": "${aws_iam_role.node.name}",
        "role": "${aws_iam_role.node.name}",
    },
    "null_resource.aws_auth": {
        "manifest": {
            "kind": "ConfigMap",
            "name": "aws-auth",
            "namespace": "kube-system",
            "mapRoles": [
                {
                    "rolearn": "${aws_iam_role.node.arn}",
                    "username": "system:node:{{EC2PrivateDNSName}}",
                    "groups": ["system:bootstrappers", "system:nodes"],
                }
            ],
        },
        "local-exec": "kubectl --kubeconfig=<file> apply -f <file>",
    },
    "aws_security_group.nodes": {
        "name": "${var.cluster_name}-nodes",
        "description": "Security group for all nodes in the cluster",
        "vpc_id": "${aws_vpc.k8s.id}",
        "egress": [EVERYTHING_OUT],
        "tags": {"Name": "${var.cluster_name}-nodes", CLUSTER_TAG: "owned"},
    },
    "aws_security_group_rule.nodes-ingress-self": _rule("nodes", "nodes", "-1", 0, 65535),
    "aws_security_group_rule.control_plane-ingress-nodes": _rule(
        "control_plane", "nodes", "tcp", 443, 443
    ),
    "aws_security_group_rule.node-kubelet-ingress-control_plane": _rule(
        "nodes", "control_plane", "tcp", 10250, 10250
    ),
    "aws_security_group_rule.nodes-ingress-control_plane": _rule(
        "nodes", "control_plane", "tcp", 0, 65535
    ),
    "data.aws_ami.eks-worker": {
        "owners": ["self"],
        "most_recent": True,
        "filter": {"name": ["eks-worker-${var.k8s_version}*"]},
    },
    "aws_launch_configuration.node": {
        "name_prefix": "eks-node-${var.cluster_name}",
        "associate_public_ip_address": False,
        "iam_instance_profile": "${aws_iam_instance_profile.node.name}",
        "image_id": "${data.aws_ami.eks-worker.id}",
        "instance_type": "c5.large",
        "security_groups": ["${aws_security_group.nodes.id}"],
        "key_name": "${var.key_name}",
        "root_block_device": {"volume_size": 100, "volume_type": "gp2"},
        "lifecycle": {"create_before_destroy": True},
    },
    "aws_autoscaling_group.node": {
        "name": "eks-node-${var.cluster_name}",
        "launch_configuration": "${aws_launch_configuration.node.id}",
        "vpc_zone_identifier": "${aws_subnet.private[*].id}",
        "min_size": 1,
        "max_size": 2,
        "tag": {
            "Name": ["eks-node-${var.cluster_name}", True],
            CLUSTER_TAG: ["owned", True],
            "k8s.io/cluster-autoscaler/enabled": ["enabled", False],
            "k8s.io/cluster-autoscaler/${var.cluster_name}": ["owned", False],
        },
    },
}

KUBE2IAM: dict[str, dict[str, Any]] = {
    "null_resource.kube2iam": {
        "triggers": {"manifest_sha1": "${sha1(<manifest>)}"},
        "local-exec": "kubectl --kubeconfig=<file> apply -f <file>",
    },
}

BASTION: dict[str, dict[str, Any]] = {
    "aws_security_group.ssh_bastion": {
        "name": "ssh-bastion",
        "vpc_id": "${aws_vpc.k8s.id}",
        "ingress": [
            {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}
        ],
        "egress": [EVERYTHING_OUT],
    },
    "aws_security_group_rule.bastion-ingress-nodes-ssh": _rule(
        "nodes", "ssh_bastion", "tcp", 22, 22
    ),
    "data.aws_ami.ubuntu": {"owners": ["099720109477"], "most_recent": True},
    "aws_instance.ssh_bastion": {
        "ami": "${data.aws_ami.ubuntu.id}",
        "instance_type": "t2.micro",
        "subnet_id": "${element(aws_subnet.public[*].id, 0)}",
        "vpc_security_group_ids": ["${aws_security_group.ssh_bastion.id}"],
        "key_name": "${var.key_name}",
        "lifecycle": {"create_before_destroy": True},
    },
}

CHAPTER = AWS | NETWORKING | CONTROL_PLANE | NODES | KUBE2IAM | BASTION
