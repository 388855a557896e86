"""What a change of a key does to a cluster that runs, by the key's path; a key that is not here
does what the key above it does.

Which arguments replace a resource was measured with provider 5.100 and `terraform plan` (each
argument changed by itself); what EKS and EC2 say of it is in the providers' schemas and at
https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html. Not tried on AWS.
"""

from typing import Final

CHANGES: Final = {
    "name": "**replaces the cluster**: another name is another cluster and stack",
    "region": "**another cluster**: everything is made anew elsewhere",
    "account_id": "nothing in AWS; other credentials are refused",
    "availability_zones": "one more at the end adds subnets; any other change **replaces subnets**",
    "vpc_cidr": "**replaces the VPC and all that is in it**",
    "networking": "in place",
    "networking.nat": "in place: from one to many, the first keeps its address; "
    "to `none` **ends every way out**",
    "networking.nat_eips": "**replaces** the NAT gateway with another address",
    "networking.public_subnets": "off **deletes** them, with load balancers that stand there: "
    "AWS refuses while one does",
    "networking.public_newbits": "**replaces the public subnets**",
    "networking.private_newbits": "**replaces the private subnets** with all nodes",
    "networking.endpoints": "in place; all but s3 and dynamodb are billed by hour and zone",
    "networking.flow_logs": "in place; billed by the GB",
    "networking.default_security_group": "in place; what someone put into the group is cut off",
    "networking.routes": "in place",
    "kubernetes_version": "in place, one minor version up; nodes follow when they are replaced",
    "state": "nothing in AWS; `make deploy MIGRATE=1` moves the state",
    "state.create": "a stack of its own; off again, the bucket is to be taken out of it by hand",
    "control_plane": "in place, minutes",
    "control_plane.service_ipv4_cidr": "**replaces the cluster**",
    "control_plane.availability_zones": "EKS takes no subnet of a new zone: refused",
    "control_plane.endpoint_public_access": "in place; off, kubectl works inside the VPC only",
    "control_plane.logs": "in place; a log group that is there already is imported first",
    "control_plane.enabled_cluster_log_types": "in place; CloudWatch bills what is logged",
    "control_plane.logs.log_group_class": "**replaces the log group** with the logs in it",
    "control_plane.logs.kms_key": "in place; logs that are there keep their key",
    "control_plane.secrets_key": "on: in place, minutes, and billed by the month; "
    "off **replaces the cluster**; another key: planned in place, refused by EKS",
    "control_plane.support": "in place; from `extended` not back once the version is past "
    "standard support",
    "control_plane.zonal_shift": "in place",
    "control_plane.deletion_protection": "in place; provider from 6.48 on",
    "control_plane.bootstrap_self_managed_addons": "**replaces the cluster**",
    "control_plane.oidc": "in place, 15 to 20 minutes; another value **replaces** the provider's "
    "configuration",
    "control_plane.ingress": "in place; a changed opening is closed and opened again",
    "node_groups": "another key is another group: **ends the nodes** of the old one",
    "node_groups.kind": "new nodes only",
    "node_groups.instance_type": "new nodes only; billed by type",
    "node_groups.min_size": "in place; more nodes are billed",
    "node_groups.max_size": "in place",
    "node_groups.volume_size_gib": "new nodes only; billed by size",
    "node_groups.volume": "new nodes only",
    "node_groups.metadata": "new nodes only",
    "node_groups.image": "new nodes only",
    "node_groups.labels": "new nodes only",
    "node_groups.taints": "new nodes only",
    "node_groups.max_pods": "new nodes only",
    "node_groups.availability_zones": "in place; **ends the nodes** in zones that are left out",
    "node_groups.suspended_processes": "in place",
    "node_groups.cluster_autoscaler_tags": "in place",
    "node_groups.instance_refresh": "in place; on, each later change **replaces the nodes**",
    "node_groups.mixed_instances": "new nodes only; billed by type, spot by the market",
    "node_groups.refresh": "in place; counts from the next refresh",
    "node_groups.schedules": "in place; sizes of the spec then count at creation only",
    "node_groups.maintenance": "in place",
    "node_groups.max_lifetime_days": "in place; **replaces the nodes** that are older",
    "node_groups.name_prefix": "another launch configuration: new nodes only",
    "node_ingress": "in place; a changed opening is closed and opened again",
    "node_ingress.rule_per_range": "in place; the opening is closed and opened again, once",
    "key_name": "new nodes only; **replaces the bastion**",
    "bastion": "in place; added or deleted with its machine",
    "bastion.instance_type": "**stops the bastion** and starts it as the other type",
    "access": "in place",
    "access.authentication_mode": "in place, and never back",
    "access.creator_admin": "**replaces the cluster**",
    "map_roles": "in place",
    "map_users": "in place",
    "kube2iam": "in place",
    "addons": "in place; a deleted key **removes the add-on**, unless `preserve` is on",
    "manifests": "applied again; what a deleted key applied stays in the cluster",
    "lifecycle": "nothing in AWS; what a plan may do",
    "overrides": "whatever the argument does: read the plan",
    "adopted": "**replaces** what is named otherwise: never change it",
    "as_printed": "one reviewed step to today's defaults: docs/how-to/adopt-a-cluster.md",
}
