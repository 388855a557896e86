"""The cluster's range and zones."""

MIN_ZONES = 2
"""EKS wants subnets in at least two zones.
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

MAX_ZONES = 3
"""The first quarter of the VPC holds the public subnets, each other quarter one private subnet."""

MIN_VPC_PREFIX, MAX_VPC_PREFIX = 16, 20
"""AWS takes a VPC of /16 at most; below /20 the public subnets (8 bits longer) are under /28.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
