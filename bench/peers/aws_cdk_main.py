"""A cluster like the chapter's with the AWS CDK: network, control plane, nodes, bastion's worth.

Not the same resources, for CloudFormation has others, but about as many.
"""

import sys

from aws_cdk import App, CfnOutput, Stack, Tags
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from constructs import Construct


class Cluster(Stack):
    """One cluster in one stack."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        vpc = ec2.Vpc(self, "vpc", ip_addresses=ec2.IpAddresses.cidr("10.1.0.0/16"), max_azs=2)
        service = iam.ServicePrincipal("eks.amazonaws.com")
        role = iam.Role(self, "control-plane-role", assumed_by=service)
        for policy in ("AmazonEKSClusterPolicy", "AmazonEKSServicePolicy"):
            role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(policy))
        control_plane = ec2.SecurityGroup(self, "control-plane", vpc=vpc)
        nodes = ec2.SecurityGroup(self, "nodes", vpc=vpc)
        nodes.add_ingress_rule(nodes, ec2.Port.all_traffic(), "nodes to each other")
        nodes.add_ingress_rule(control_plane, ec2.Port.tcp_range(1025, 65535), "to kubelets")
        control_plane.add_ingress_rule(nodes, ec2.Port.tcp(443), "nodes to the API")
        cluster = eks.CfnCluster(
            self,
            "cluster",
            name=name,
            version="1.36",
            role_arn=role.role_arn,
            resources_vpc_config=eks.CfnCluster.ResourcesVpcConfigProperty(
                subnet_ids=[subnet.subnet_id for subnet in vpc.public_subnets],
                security_group_ids=[control_plane.security_group_id],
            ),
        )
        node_role = iam.Role(
            self, "nodes-role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")
        )
        for policy in (
            "AmazonEKSWorkerNodePolicy",
            "AmazonEKS_CNI_Policy",
            "AmazonEC2ContainerRegistryReadOnly",
        ):
            node_role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(policy))
        template = ec2.LaunchTemplate(
            self,
            "template",
            instance_type=ec2.InstanceType("c5.large"),
            machine_image=ec2.MachineImage.generic_linux({"us-west-2": "ami-0123456789abcdef0"}),
            role=node_role,
            security_group=nodes,
            user_data=ec2.UserData.custom("#!/bin/sh"),
        )
        group = autoscaling.AutoScalingGroup(
            self, "node", vpc=vpc, launch_template=template, min_capacity=1, max_capacity=2
        )
        Tags.of(group).add(f"kubernetes.io/cluster/{name}", "owned")
        for addon in ("coredns", "kube-proxy", "vpc-cni"):
            eks.CfnAddon(self, addon, addon_name=addon, cluster_name=cluster.ref)
        CfnOutput(self, "endpoint", value=cluster.attr_endpoint)


if __name__ == "__main__":
    app = App(outdir=sys.argv[1])
    Cluster(app, "lovelace")
    app.synth()
