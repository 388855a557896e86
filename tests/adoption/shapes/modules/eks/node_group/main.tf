variable "name" {}
variable "cluster_name" {}
variable "subnet_ids" {}
variable "security_group_id" {}
variable "instance_types" {}

resource "aws_iam_role" "this" {
  count       = 1
  name_prefix = "${var.name}-eks-node-group-"
  description = "EKS managed node group IAM role"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "EKSNodeAssumeRole", Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
  force_detach_policies = true
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy"])
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
  role       = aws_iam_role.this[0].name
}

resource "aws_launch_template" "this" {
  count                  = 1
  name_prefix            = "${var.name}-"
  update_default_version = true
  vpc_security_group_ids = [var.security_group_id]
  metadata_options {
    http_endpoint               = "enabled"
    http_put_response_hop_limit = 2
    http_tokens                 = "required"
  }
  monitoring {
    enabled = true
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = var.name }
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_eks_node_group" "this" {
  count                  = 1
  cluster_name           = var.cluster_name
  node_group_name_prefix = "${var.name}-"
  node_role_arn          = aws_iam_role.this[0].arn
  subnet_ids             = var.subnet_ids
  instance_types         = var.instance_types
  ami_type               = "AL2023_x86_64_STANDARD"
  capacity_type          = "ON_DEMAND"
  scaling_config {
    min_size     = 1
    max_size     = 3
    desired_size = 1
  }
  launch_template {
    id      = aws_launch_template.this[0].id
    version = aws_launch_template.this[0].default_version
  }
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [scaling_config[0].desired_size]
  }
  depends_on = [aws_iam_role_policy_attachment.this]
}
