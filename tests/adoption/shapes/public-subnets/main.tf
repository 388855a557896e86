# Nodes that have public addresses, and no NAT gateway: the cheapest cluster there is.

data "aws_ami" "nodes" {
  owners      = ["self"]
  most_recent = true
}

resource "aws_vpc" "main" {
  cidr_block           = "172.16.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "zone" {
  for_each                = { us-west-2a = 0, us-west-2b = 1, us-west-2c = 2 }
  vpc_id                  = aws_vpc.main.id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(aws_vpc.main.cidr_block, 4, each.value)
  map_public_ip_on_launch = true
}

resource "aws_route_table" "main" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "zone" {
  for_each       = aws_subnet.zone
  subnet_id      = each.value.id
  route_table_id = aws_route_table.main.id
}

resource "aws_iam_role" "cluster" {
  name = "cheap-cluster"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "eks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_eks_cluster" "main" {
  name     = "cheap"
  version  = "1.36"
  role_arn = aws_iam_role.cluster.arn
  vpc_config {
    subnet_ids = [for subnet in aws_subnet.zone : subnet.id]
  }
  depends_on = [aws_iam_role_policy_attachment.cluster]
}

resource "aws_iam_role" "nodes" {
  name = "cheap-nodes"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "nodes" {
  for_each   = toset(["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"])
  role       = aws_iam_role.nodes.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_iam_instance_profile" "nodes" {
  role = aws_iam_role.nodes.name
}

resource "aws_security_group" "nodes" {
  name_prefix = "cheap-nodes-"
  vpc_id      = aws_vpc.main.id
  ingress {
    protocol  = "-1"
    from_port = 0
    to_port   = 0
    self      = true
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_launch_configuration" "nodes" {
  name_prefix                 = "cheap-"
  image_id                    = data.aws_ami.nodes.id
  instance_type               = "t3.medium"
  iam_instance_profile        = aws_iam_instance_profile.nodes.name
  security_groups             = [aws_security_group.nodes.id]
  associate_public_ip_address = true
  user_data                   = "#!/bin/sh\n/etc/eks/bootstrap.sh ${aws_eks_cluster.main.name}"
  root_block_device {
    volume_size = 40
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_autoscaling_group" "nodes" {
  name                 = "cheap"
  min_size             = 1
  max_size             = 3
  launch_configuration = aws_launch_configuration.nodes.id
  vpc_zone_identifier  = [for subnet in aws_subnet.zone : subnet.id]
  tag {
    key                 = "kubernetes.io/cluster/cheap"
    value               = "owned"
    propagate_at_launch = true
  }
}
