variable "name" {}
variable "vpc_id" {}
variable "subnet_ids" {}

data "aws_iam_policy_document" "assume_role_policy" {
  count = 1
  statement {
    sid     = "EKSClusterAssumeRole"
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  count                 = 1
  name_prefix           = "${var.name}-cluster-"
  assume_role_policy    = data.aws_iam_policy_document.assume_role_policy[0].json
  force_detach_policies = true
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = { AmazonEKSClusterPolicy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy" }
  policy_arn = each.value
  role       = aws_iam_role.this[0].name
}

resource "aws_security_group" "cluster" {
  count       = 1
  name_prefix = "${var.name}-cluster-"
  description = "EKS cluster security group"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-cluster" }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "node" {
  count       = 1
  name_prefix = "${var.name}-node-"
  description = "EKS node shared security group"
  vpc_id      = var.vpc_id
  tags = {
    Name                                = "${var.name}-node"
    "kubernetes.io/cluster/${var.name}" = "owned"
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "cluster" {
  for_each                 = { ingress_nodes_443 = 443 }
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = each.value
  to_port                  = each.value
  description              = "Node groups to cluster API"
  security_group_id        = aws_security_group.cluster[0].id
  source_security_group_id = aws_security_group.node[0].id
}

resource "aws_security_group_rule" "node" {
  for_each                 = { ingress_cluster_443 = 443, ingress_cluster_kubelet = 10250, ingress_cluster_6443_webhook = 6443 }
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = each.value
  to_port                  = each.value
  description              = "Cluster API to nodes"
  security_group_id        = aws_security_group.node[0].id
  source_security_group_id = aws_security_group.cluster[0].id
}

resource "aws_security_group_rule" "node_self" {
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 1025
  to_port           = 65535
  description       = "Node to node ingress on ephemeral ports"
  security_group_id = aws_security_group.node[0].id
  self              = true
}

resource "aws_security_group_rule" "node_egress" {
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  description       = "Allow all egress"
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = aws_security_group.node[0].id
}

resource "aws_cloudwatch_log_group" "this" {
  count             = 1
  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = 90
}

resource "aws_eks_cluster" "this" {
  count                         = 1
  name                          = var.name
  version                       = "1.36"
  role_arn                      = aws_iam_role.this[0].arn
  bootstrap_self_managed_addons = false
  enabled_cluster_log_types     = ["api", "audit", "authenticator"]
  access_config {
    authentication_mode                         = "API_AND_CONFIG_MAP"
    bootstrap_cluster_creator_admin_permissions = false
  }
  vpc_config {
    subnet_ids              = var.subnet_ids
    security_group_ids      = [aws_security_group.cluster[0].id]
    endpoint_private_access = true
    endpoint_public_access  = true
  }
  tags       = { "terraform-aws-modules" = "eks" }
  depends_on = [aws_iam_role_policy_attachment.this, aws_cloudwatch_log_group.this]
}

resource "aws_eks_access_entry" "this" {
  for_each      = { admin = "arn:aws:iam::123456789012:role/admin" }
  cluster_name  = aws_eks_cluster.this[0].name
  principal_arn = each.value
}

resource "aws_iam_openid_connect_provider" "oidc_provider" {
  count          = 1
  client_id_list = ["sts.amazonaws.com"]
  url            = aws_eks_cluster.this[0].identity[0].oidc[0].issuer
}

resource "aws_eks_addon" "before_compute" {
  for_each                    = toset(["vpc-cni"])
  cluster_name                = aws_eks_cluster.this[0].name
  addon_name                  = each.key
  resolve_conflicts_on_create = "NONE"
  resolve_conflicts_on_update = "OVERWRITE"
}

resource "aws_eks_addon" "this" {
  for_each                    = toset(["coredns", "kube-proxy"])
  cluster_name                = aws_eks_cluster.this[0].name
  addon_name                  = each.key
  preserve                    = true
  resolve_conflicts_on_create = "NONE"
  resolve_conflicts_on_update = "OVERWRITE"
  depends_on                  = [module.eks_managed_node_group]
}

module "eks_managed_node_group" {
  source            = "./node_group"
  for_each          = { default = ["m5.large"] }
  name              = each.key
  cluster_name      = aws_eks_cluster.this[0].name
  subnet_ids        = var.subnet_ids
  security_group_id = aws_security_group.node[0].id
  instance_types    = each.value
}
