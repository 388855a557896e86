# A NAT gateway and a table in each of three zones; nodes of a launch template with several types.

locals {
  name = "ada"
  zones = {
    us-west-2a = { public = "10.30.0.0/22", private = "10.30.32.0/19" }
    us-west-2b = { public = "10.30.4.0/22", private = "10.30.64.0/19" }
    us-west-2c = { public = "10.30.8.0/22", private = "10.30.96.0/19" }
  }
  trust = {
    for service in ["eks", "ec2"] : service => jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "${service}.amazonaws.com" } }]
    })
  }
}

data "aws_ami" "nodes" {
  owners      = ["self"]
  most_recent = true
}

resource "aws_vpc" "main" {
  cidr_block           = "10.30.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = local.name }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "public" {
  for_each          = local.zones
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = each.value.public
}

resource "aws_subnet" "private" {
  for_each          = local.zones
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = each.value.private
  tags              = { Name = "${local.name}-${each.key}" }
}

resource "aws_eip" "nat" {
  for_each = local.zones
  domain   = "vpc"
}

resource "aws_nat_gateway" "main" {
  for_each      = local.zones
  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table" "private" {
  for_each = local.zones
  vpc_id   = aws_vpc.main.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.main[each.key].id
  }
}

resource "aws_default_route_table" "unused" {
  default_route_table_id = aws_vpc.main.default_route_table_id
}

resource "aws_route_table_association" "public" {
  for_each       = local.zones
  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  for_each       = local.zones
  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

resource "aws_iam_role" "cluster" {
  name               = "${local.name}-cluster"
  assume_role_policy = local.trust["eks"]
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "nodes" {
  name               = "${local.name}-nodes"
  assume_role_policy = local.trust["ec2"]
}

resource "aws_iam_role_policy_attachment" "nodes" {
  for_each   = toset(["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"])
  role       = aws_iam_role.nodes.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_iam_instance_profile" "nodes" {
  name = "${local.name}-nodes"
  role = aws_iam_role.nodes.name
}

resource "aws_security_group" "plane" {
  name   = "${local.name}-plane"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "nodes" {
  name   = "${local.name}-nodes"
  vpc_id = aws_vpc.main.id
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group_rule" "self" {
  type              = "ingress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  self              = true
  security_group_id = aws_security_group.nodes.id
}

resource "aws_security_group_rule" "kubelet" {
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = 1025
  to_port                  = 65535
  security_group_id        = aws_security_group.nodes.id
  source_security_group_id = aws_security_group.plane.id
}

resource "aws_security_group_rule" "api" {
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = 443
  to_port                  = 443
  security_group_id        = aws_security_group.plane.id
  source_security_group_id = aws_security_group.nodes.id
}

resource "aws_security_group_rule" "out" {
  type                     = "egress"
  protocol                 = "tcp"
  from_port                = 1025
  to_port                  = 65535
  security_group_id        = aws_security_group.plane.id
  source_security_group_id = aws_security_group.nodes.id
}

resource "aws_kms_key" "secrets" {
  description = "secrets"
}

resource "aws_eks_cluster" "main" {
  name     = local.name
  version  = "1.36"
  role_arn = aws_iam_role.cluster.arn
  vpc_config {
    subnet_ids         = [for subnet in aws_subnet.private : subnet.id]
    security_group_ids = [aws_security_group.plane.id]
  }
  encryption_config {
    resources = ["secrets"]
    provider {
      key_arn = aws_kms_key.secrets.arn
    }
  }
  depends_on = [aws_iam_role_policy_attachment.cluster]
}

resource "aws_launch_template" "nodes" {
  name_prefix            = "${local.name}-"
  image_id               = data.aws_ami.nodes.id
  instance_type          = "m5.large"
  vpc_security_group_ids = [aws_security_group.nodes.id]
  user_data              = base64encode("#!/bin/sh\n/etc/eks/bootstrap.sh ${aws_eks_cluster.main.name}")
  iam_instance_profile {
    arn = aws_iam_instance_profile.nodes.arn
  }
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 60
      volume_type = "gp3"
    }
  }
}

resource "aws_autoscaling_group" "nodes" {
  name                = "${local.name}-nodes"
  min_size            = 1
  max_size            = 6
  vpc_zone_identifier = [for subnet in aws_subnet.private : subnet.id]
  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = 1
      on_demand_percentage_above_base_capacity = 0
      spot_allocation_strategy                 = "capacity-optimized"
    }
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.nodes.id
        version            = "$Latest"
      }
      override {
        instance_type = "m5.large"
      }
      override {
        instance_type = "m5a.large"
      }
    }
  }
  tag {
    key                 = "kubernetes.io/cluster/${local.name}"
    value               = "owned"
    propagate_at_launch = true
  }
}
