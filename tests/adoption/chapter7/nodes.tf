data "aws_iam_policy_document" "kube2iam" {
  statement {
    actions   = ["sts:AssumeRole"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "node" {
  name   = "kube2iam"
  role   = aws_iam_role.node.id
  policy = data.aws_iam_policy_document.kube2iam.json
}

data "aws_iam_policy_document" "node" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name               = "EKSNode"
  assume_role_policy = data.aws_iam_policy_document.node.json
}

resource "aws_iam_role_policy_attachment" "eks_node" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
}

resource "aws_iam_role_policy_attachment" "eks_node_cni" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
}

resource "aws_iam_role_policy_attachment" "eks_node_ecr" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
}

resource "aws_iam_instance_profile" "node" {
  name = aws_iam_role.node.name
  role = aws_iam_role.node.name
}

resource "aws_security_group" "nodes" {
  name        = "${var.cluster_name}-nodes"
  description = "Security group for all nodes in the cluster"
  vpc_id      = aws_vpc.k8s.id

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }

  tags = {
    "Name"                                      = "${var.cluster_name}-nodes"
    "kubernetes.io/cluster/${var.cluster_name}" = "owned"
  }
}

resource "aws_security_group_rule" "nodes-ingress-self" {
  type                     = "ingress"
  description              = "nodes to nodes"
  security_group_id        = aws_security_group.nodes.id
  source_security_group_id = aws_security_group.nodes.id
  protocol                 = "-1"
  from_port                = 0
  to_port                  = 65535
}

resource "aws_security_group_rule" "control_plane-ingress-nodes" {
  type                     = "ingress"
  description              = "pods to the API server"
  security_group_id        = aws_security_group.control_plane.id
  source_security_group_id = aws_security_group.nodes.id
  protocol                 = "tcp"
  from_port                = 443
  to_port                  = 443
}

resource "aws_security_group_rule" "node-kubelet-ingress-control_plane" {
  type                     = "ingress"
  description              = "exec and logs"
  security_group_id        = aws_security_group.nodes.id
  source_security_group_id = aws_security_group.control_plane.id
  protocol                 = "tcp"
  from_port                = 10250
  to_port                  = 10250
}

resource "aws_security_group_rule" "nodes-ingress-control_plane" {
  type                     = "ingress"
  description              = "API (proxy) communication to pods"
  security_group_id        = aws_security_group.nodes.id
  source_security_group_id = aws_security_group.control_plane.id
  protocol                 = "tcp"
  from_port                = 0
  to_port                  = 65535
}

resource "aws_security_group_rule" "bastion-ingress-nodes-ssh" {
  type                     = "ingress"
  description              = "SSH from the bastion"
  security_group_id        = aws_security_group.nodes.id
  source_security_group_id = aws_security_group.ssh_bastion.id
  protocol                 = "tcp"
  from_port                = 22
  to_port                  = 22
}

data "aws_ami" "eks-worker" {
  owners      = ["self"]
  most_recent = true

  filter {
    name   = "name"
    values = ["eks-worker-${var.k8s_version}*"]
  }
}

resource "aws_launch_configuration" "node" {
  name_prefix                 = "eks-node-${var.cluster_name}"
  image_id                    = data.aws_ami.eks-worker.id
  instance_type               = "c5.large"
  iam_instance_profile        = aws_iam_instance_profile.node.name
  security_groups             = [aws_security_group.nodes.id]
  key_name                    = var.key_name
  associate_public_ip_address = false

  root_block_device {
    volume_type = "gp2"
    volume_size = 100
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_autoscaling_group" "node" {
  name                 = "eks-node-${var.cluster_name}"
  launch_configuration = aws_launch_configuration.node.id
  min_size             = 1
  max_size             = 2
  vpc_zone_identifier  = aws_subnet.private[*].id

  tag {
    key                 = "Name"
    value               = "eks-node-${var.cluster_name}"
    propagate_at_launch = true
  }

  tag {
    key                 = "kubernetes.io/cluster/${var.cluster_name}"
    value               = "owned"
    propagate_at_launch = true
  }

  tag {
    key                 = "k8s.io/cluster-autoscaler/enabled"
    value               = "enabled"
    propagate_at_launch = false
  }

  tag {
    key                 = "k8s.io/cluster-autoscaler/${var.cluster_name}"
    value               = "owned"
    propagate_at_launch = false
  }
}
