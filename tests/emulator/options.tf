# What the options of a spec bring beyond the golden files, as the provider takes it: whatever the
# emulator forgets or fills in shows in the plan after the apply.
variable "image" {}

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region      = "us-west-2"
  max_retries = 5
  default_tags {
    tags = { project = "x" }
  }
}
resource "aws_vpc" "v" {
  cidr_block                       = "10.1.0.0/16"
  assign_generated_ipv6_cidr_block = true
}
resource "aws_vpc_ipv4_cidr_block_association" "pods" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "100.64.0.0/16"
}
resource "aws_subnet" "s" {
  count                           = 2
  vpc_id                          = aws_vpc.v.id
  cidr_block                      = cidrsubnet("10.1.0.0/16", 4, count.index)
  availability_zone               = ["us-west-2a", "us-west-2b"][count.index]
  ipv6_cidr_block                 = cidrsubnet(aws_vpc.v.ipv6_cidr_block, 8, count.index)
  assign_ipv6_address_on_creation = true
}
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_egress_only_internet_gateway" "e" { vpc_id = aws_vpc.v.id }
resource "aws_eip" "n" {
  count  = 2
  domain = "vpc"
}
resource "aws_nat_gateway" "n" {
  count         = 2
  allocation_id = aws_eip.n[count.index].id
  subnet_id     = aws_subnet.s[count.index].id
  depends_on    = [aws_internet_gateway.g]
}
resource "aws_route_table" "p" {
  count  = 2
  vpc_id = aws_vpc.v.id
}
resource "aws_route" "n" {
  count                  = 2
  route_table_id         = aws_route_table.p[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.n[count.index].id
}
resource "aws_route" "n6" {
  count                       = 2
  route_table_id              = aws_route_table.p[count.index].id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.e.id
}
resource "aws_security_group" "sg" {
  vpc_id      = aws_vpc.v.id
  description = "x"
}
resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id            = aws_security_group.sg.id
  referenced_security_group_id = aws_security_group.sg.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "hi"
  tags                         = { Name = "r" }
}
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.v.id
  service_name      = "com.amazonaws.us-west-2.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = aws_route_table.p[*].id
}
resource "aws_vpc_endpoint" "ecr" {
  for_each            = toset(["ecr.api", "eks", "eks-auth", "sts"])
  vpc_id              = aws_vpc.v.id
  service_name        = "com.amazonaws.us-west-2.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = aws_subnet.s[*].id
  security_group_ids  = [aws_security_group.sg.id]
  private_dns_enabled = true
  policy              = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "*", Resource = "*" }] })
}
resource "aws_cloudwatch_log_group" "l" {
  name              = "/aws/eks/ada/cluster"
  retention_in_days = 90
  kms_key_id        = aws_kms_key.k.arn
  skip_destroy      = false
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_flow_log" "cw" {
  vpc_id                   = aws_vpc.v.id
  traffic_type             = "ALL"
  log_destination          = aws_cloudwatch_log_group.l.arn
  iam_role_arn             = aws_iam_role.r.arn
  max_aggregation_interval = 60
}
resource "aws_s3_bucket" "b" { bucket = "flow-logs-ada" }
resource "aws_flow_log" "s3" {
  vpc_id               = aws_vpc.v.id
  traffic_type         = "REJECT"
  log_destination_type = "s3"
  log_destination      = aws_s3_bucket.b.arn
  destination_options {
    file_format                = "parquet"
    hive_compatible_partitions = true
    per_hour_partition         = true
  }
}
resource "aws_kms_key" "k" {
  description             = "x"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}
resource "aws_kms_alias" "k" {
  name          = "alias/ada"
  target_key_id = aws_kms_key.k.key_id
}
resource "aws_eks_cluster" "c" {
  name                          = "ada"
  role_arn                      = aws_iam_role.r.arn
  version                       = "1.36"
  enabled_cluster_log_types     = ["api", "audit"]
  bootstrap_self_managed_addons = false
  vpc_config {
    subnet_ids              = aws_subnet.s[*].id
    endpoint_private_access = true
    public_access_cidrs     = ["203.0.113.0/24"]
  }
  encryption_config {
    resources = ["secrets"]
    provider {
      key_arn = aws_kms_key.k.arn
    }
  }
  access_config {
    authentication_mode                         = "API_AND_CONFIG_MAP"
    bootstrap_cluster_creator_admin_permissions = true
  }
  kubernetes_network_config { ip_family = "ipv6" }
  upgrade_policy { support_type = "STANDARD" }
  zonal_shift_config { enabled = true }
  force_update_version = false
}
resource "aws_eks_addon" "a" {
  for_each                    = toset(["vpc-cni", "kube-proxy", "coredns", "aws-ebs-csi-driver", "aws-efs-csi-driver", "eks-pod-identity-agent", "metrics-server", "eks-node-monitoring-agent", "snapshot-controller", "aws-mountpoint-s3-csi-driver", "amazon-cloudwatch-observability", "adot", "aws-guardduty-agent", "external-dns", "cert-manager", "kube-state-metrics", "prometheus-node-exporter"])
  cluster_name                = aws_eks_cluster.c.name
  addon_name                  = each.key
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"
  preserve                    = false
}
data "aws_eks_addon_version" "v" {
  addon_name         = "vpc-cni"
  kubernetes_version = "1.36"
  most_recent        = true
}
resource "aws_eks_pod_identity_association" "p" {
  cluster_name    = aws_eks_cluster.c.name
  namespace       = "default"
  service_account = "x"
  role_arn        = aws_iam_role.r.arn
}
resource "aws_iam_openid_connect_provider" "o" {
  url            = aws_eks_cluster.c.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}
resource "aws_eks_identity_provider_config" "o" {
  cluster_name = aws_eks_cluster.c.name
  oidc {
    client_id                     = "kubernetes"
    identity_provider_config_name = "dex"
    issuer_url                    = "https://dex.example.com"
    username_claim                = "email"
    groups_claim                  = "groups"
    groups_prefix                 = "oidc:"
    required_claims               = { a = "b" }
  }
}
resource "aws_eks_fargate_profile" "f" {
  cluster_name           = aws_eks_cluster.c.name
  fargate_profile_name   = "f"
  pod_execution_role_arn = aws_iam_role.r.arn
  subnet_ids             = aws_subnet.s[*].id
  selector {
    namespace = "kube-system"
    labels    = { "k8s-app" = "kube-dns" }
  }
}
resource "aws_launch_template" "t" {
  name_prefix            = "ada-"
  image_id               = var.image
  instance_type          = "c5.large"
  update_default_version = true
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 50
      volume_type = "gp3"
      encrypted   = true
      kms_key_id  = aws_kms_key.k.arn
      iops        = 3000
      throughput  = 125
    }
  }
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    http_endpoint               = "enabled"
    instance_metadata_tags      = "enabled"
  }
  monitoring { enabled = true }
  credit_specification { cpu_credits = "standard" }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "x" }
  }
  tags = { Name = "own" }
}
resource "aws_launch_template" "plain" {
  name_prefix   = "ada-"
  image_id      = var.image
  instance_type = "c5.large"
  tags          = { Name = "own" }
}
resource "aws_eks_node_group" "m" {
  cluster_name           = aws_eks_cluster.c.name
  node_group_name_prefix = "m-"
  node_role_arn          = aws_iam_role.r.arn
  subnet_ids             = aws_subnet.s[*].id
  capacity_type          = "SPOT"
  ami_type               = "AL2023_x86_64_STANDARD"
  instance_types         = ["m5.large", "m5a.large"]
  scaling_config {
    min_size     = 1
    max_size     = 3
    desired_size = 2
  }
  update_config { max_unavailable_percentage = 33 }
  labels = { a = "b" }
  taint {
    key    = "a"
    value  = "b"
    effect = "NO_SCHEDULE"
  }
  node_repair_config { enabled = true }
  lifecycle {
    ignore_changes        = [scaling_config[0].desired_size]
    create_before_destroy = true
  }
}
resource "aws_eks_node_group" "lt" {
  cluster_name    = aws_eks_cluster.c.name
  node_group_name = "lt"
  node_role_arn   = aws_iam_role.r.arn
  subnet_ids      = aws_subnet.s[*].id
  scaling_config {
    min_size     = 1
    max_size     = 3
    desired_size = 2
  }
  launch_template {
    id      = aws_launch_template.plain.id
    version = aws_launch_template.plain.latest_version
  }
}
resource "aws_autoscaling_group" "a" {
  name                      = "a"
  min_size                  = 1
  max_size                  = 3
  desired_capacity          = 1
  vpc_zone_identifier       = aws_subnet.s[*].id
  default_instance_warmup   = 60
  max_instance_lifetime     = 604800
  capacity_rebalance        = true
  termination_policies      = ["OldestInstance"]
  suspended_processes       = ["AZRebalance"]
  enabled_metrics           = ["GroupInServiceInstances"]
  metrics_granularity       = "1Minute"
  protect_from_scale_in     = false
  health_check_grace_period = 120
  default_cooldown          = 120
  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 120
  }
  availability_zone_distribution { capacity_distribution_strategy = "balanced-best-effort" }
  mixed_instances_policy {
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.t.id
        version            = aws_launch_template.t.latest_version
      }
      override { instance_type = "c5.large" }
      override {
        instance_type     = "c5a.large"
        weighted_capacity = "1"
      }
    }
    instances_distribution {
      on_demand_base_capacity                  = 1
      on_demand_percentage_above_base_capacity = 0
      spot_allocation_strategy                 = "price-capacity-optimized"
    }
  }
  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage = 90
      max_healthy_percentage = 110
      skip_matching          = true
      checkpoint_percentages = [50, 100]
      checkpoint_delay       = "60"
      auto_rollback          = true
    }
  }
  initial_lifecycle_hook {
    name                 = "drain"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    default_result       = "CONTINUE"
    heartbeat_timeout    = 300
  }
}
resource "aws_autoscaling_group" "w" {
  name                = "w"
  min_size            = 1
  max_size            = 3
  vpc_zone_identifier = aws_subnet.s[*].id
  launch_template {
    id      = aws_launch_template.plain.id
    version = "$Latest"
  }
  warm_pool {
    pool_state                  = "Stopped"
    min_size                    = 1
    max_group_prepared_capacity = 2
    instance_reuse_policy { reuse_on_scale_in = true }
  }
}
resource "aws_autoscaling_lifecycle_hook" "h" {
  name                   = "h"
  autoscaling_group_name = aws_autoscaling_group.w.name
  lifecycle_transition   = "autoscaling:EC2_INSTANCE_TERMINATING"
  default_result         = "CONTINUE"
  heartbeat_timeout      = 300
}
resource "aws_autoscaling_schedule" "s" {
  scheduled_action_name  = "night"
  autoscaling_group_name = aws_autoscaling_group.w.name
  recurrence             = "0 20 * * MON-FRI"
  time_zone              = "Europe/Berlin"
  min_size               = 0
  max_size               = 3
  desired_capacity       = 0
}
resource "aws_sqs_queue" "q" {
  name                      = "q"
  message_retention_seconds = 300
  sqs_managed_sse_enabled   = true
  policy                    = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sqs:SendMessage", Resource = "*" }] })
}
resource "aws_cloudwatch_event_rule" "r" {
  name          = "r"
  event_pattern = jsonencode({ source = ["aws.ec2"], "detail-type" = ["EC2 Spot Instance Interruption Warning"] })
}
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = aws_sqs_queue.q.arn
}
