# The image every node of image family `packer` runs: Ubuntu, containerd, kubelet, and eks-join,
# which finds the cluster at boot. Versions and the image's name are in node-image.json, which
# constructs_lib/tables/node_image.py reads as well: the name built here is the name looked up there.
#
#   packer init packer/node.pkr.hcl
#   packer build packer/node.pkr.hcl
#   packer build -only='amazon-ebs.arm64' -var kubernetes_version=1.35 packer/node.pkr.hcl

packer {
  required_version = ">= 1.14.0" # the first to fetch official plugins from HashiCorp's own site
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "~> 1.8"
    }
  }
}

variable "kubernetes_version" {
  description = "Minor version of the cluster, one of those in node-image.json"
  type        = string
  default     = "1.36"
}

variable "kubelet_version" {
  description = "Amazon's build of kubelet, in place of the one in node-image.json, e.g. 1.36.2"
  type        = string
  default     = ""
}

variable "kubelet_build_date" {
  description = "Directory of that build in the bucket amazon-eks, e.g. 2026-07-05"
  type        = string
  default     = ""
}

variable "sha256" {
  description = "Sums to pin, beside those in node-image.json: { \"kubelet/amd64\" = \"...\" }"
  type        = map(string)
  default     = {}
}

variable "region" {
  description = "Region to build in"
  type        = string
  default     = "us-west-2"
}

variable "ami_regions" {
  description = "Other regions with clusters; the image is copied there"
  type        = list(string)
  default     = []
}

variable "partition" {
  description = "AWS partition of the region: aws, aws-cn or aws-us-gov"
  type        = string
  default     = "aws"
}

variable "sources" {
  description = "Mirrors in place of those in node-image.json: { docker = \"https://...\" }"
  type        = map(string)
  default     = {}
}

variable "subnet_id" {
  description = "Subnet to build in, with a route to the internet; without it, the default VPC"
  type        = string
  default     = null
}

variable "session_manager_profile" {
  description = "Instance profile with AmazonSSMManagedInstanceCore: the builder then has no public address, and nothing reaches it but Session Manager"
  type        = string
  default     = null
}

variable "volume_size" {
  description = "GiB of the image's disk; no node can have a smaller one"
  type        = number
  default     = 20

  validation {
    condition     = var.volume_size >= 8
    error_message = "The volume_size is below the 8 GiB of Ubuntu's own image; pass 8 or more."
  }
}

variable "kms_key_id" {
  description = "KMS key of your own to encrypt the image with; without it, the account's key for EBS"
  type        = string
  default     = null
}

variable "region_kms_key_ids" {
  description = "KMS keys for the copies: { eu-central-1 = \"arn:aws:kms:...\" }, one for each of ami_regions or none"
  type        = map(string)
  default     = {}
}

variable "ami_users" {
  description = "Accounts that may launch the image; its keys must be your own and let them"
  type        = list(string)
  default     = []
}

variable "ami_org_arns" {
  description = "AWS Organizations whose accounts may launch the image; as ami_users"
  type        = list(string)
  default     = []
}

variable "proxy" {
  description = "HTTP proxy of the builder and of the nodes, such as http://proxy.example.com:3128"
  type        = string
  default     = ""
}

variable "no_proxy" {
  description = "What is reached without it"
  type        = list(string)
  default     = ["localhost", "127.0.0.1", "169.254.169.254", ".internal", ".eks.amazonaws.com"]
}

variable "deprecate_after" {
  description = "When EC2 marks the image as old; its owner goes on seeing it, and packer/old-images removes it"
  type        = string
  default     = "4320h" # 180 days
}

variable "polling_seconds" {
  description = "How long Packer waits before it asks EC2 again whether something is done"
  type        = number
  default     = 30
}

locals {
  image      = jsondecode(file("node-image.json")) # relative to this file
  known      = lookup(local.image.kubernetes, var.kubernetes_version, { kubelet_version = "", kubelet_build_date = "", sha256 = {} })
  built_at   = timestamp()
  timestamp  = formatdate("YYYYMMDDhhmmss", local.built_at)
  deprecated = timeadd(local.built_at, var.deprecate_after)

  kubelet_version    = var.kubelet_version != "" ? var.kubelet_version : local.known.kubelet_version
  kubelet_build_date = var.kubelet_build_date != "" ? var.kubelet_build_date : local.known.kubelet_build_date
  sha256             = merge(local.known.sha256, var.sha256)
  sources            = merge(local.image.sources[var.partition], var.sources)

  is_private    = var.session_manager_profile != null
  is_shared     = length(var.ami_users) + length(var.ami_org_arns) > 0
  without_a_key = [for region in var.ami_regions : region if !contains(keys(var.region_kms_key_ids), region)]
  proxied = var.proxy == "" ? {} : {
    http_proxy  = var.proxy
    https_proxy = var.proxy
    no_proxy    = join(",", var.no_proxy)
  }

  # A validation block may refer to its own variable alone, and HCL has no error(): reading a file
  # that is not there is how this template says, before anything is started, what is wrong. The
  # first of these sentences that fits is the one that is said.
  refusal = (
    !contains(keys(local.image.kubernetes), var.kubernetes_version) ? "kubernetes_version \"${var.kubernetes_version}\" is not in packer/node-image.json, which has ${join(", ", keys(local.image.kubernetes))}" :
    local.kubelet_version == "" || local.kubelet_build_date == "" ? "no kubelet build for ${var.kubernetes_version} in node-image.json; pass -var kubelet_version and -var kubelet_build_date, see docs/how-to/node-image.md" :
    !can(regex("^${var.kubernetes_version}[.]", local.kubelet_version)) ? "kubelet ${local.kubelet_version} is not a ${var.kubernetes_version}; pass the kubernetes_version it belongs to" :
    local.is_shared && var.kms_key_id == null ? "an image that is encrypted with the account's own key for EBS cannot be shared; pass -var kms_key_id, see docs/how-to/node-image.md" :
    local.is_shared && length(local.without_a_key) > 0 ? "the copy in ${join(", ", local.without_a_key)} could not be shared; pass its key in -var region_kms_key_ids" :
    local.is_private && var.subnet_id == null ? "a builder without a public address needs a subnet; pass -var subnet_id" :
    ""
  )
  is_buildable = local.refusal == "" ? true : file(local.refusal)

  ami_names = {
    for architecture in ["amd64", "arm64"] : architecture => join("-", [
      for part in local.image.name : lookup({
        "{kubernetes_minor}" = var.kubernetes_version
        "{ubuntu_codename}"  = local.image.ubuntu.codename
        "{architecture}"     = architecture
        "{kubelet_version}"  = local.kubelet_version
        "{timestamp}"        = local.timestamp
      }, part, part)
    ])
  }

  tags = {
    kubernetes_version = var.kubernetes_version
    kubelet_version    = local.kubelet_version
    kubelet_build_date = local.kubelet_build_date
    containerd_version = local.image.containerd_version
    aws_cli_version    = local.image.aws_cli_version
    ubuntu_release     = local.image.ubuntu.release
    source_ami         = "{{ .SourceAMI }}"
    source_ami_name    = "{{ .SourceAMIName }}"
    built_at           = local.built_at
  }
}

source "amazon-ebs" "node" {
  region       = var.region
  ami_regions  = var.ami_regions
  subnet_id    = var.subnet_id
  ssh_username = "ubuntu"

  ami_description = "Kubernetes ${var.kubernetes_version} node for EKS, kubelet ${local.kubelet_version}"
  deprecate_at    = local.deprecated
  encrypt_boot    = true
  imds_support    = "v2.0"

  kms_key_id         = var.kms_key_id
  region_kms_key_ids = var.region_kms_key_ids
  ami_users          = var.ami_users
  ami_org_arns       = var.ami_org_arns

  # Only the machine that runs packer may reach the builder, or Session Manager alone.
  temporary_security_group_source_public_ip = !local.is_private
  associate_public_ip_address               = local.is_private ? false : null
  ssh_interface                             = local.is_private ? "session_manager" : null
  iam_instance_profile                      = var.session_manager_profile

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  launch_block_device_mappings {
    device_name           = "/dev/sda1"
    volume_type           = "gp3"
    volume_size           = var.volume_size
    delete_on_termination = true
  }

  # A copy to another region can take longer than the plugin's own patience.
  aws_polling {
    delay_seconds = var.polling_seconds
    max_attempts  = 120
  }

  run_tags        = { Name = "packer ${var.kubernetes_version} node image" }
  run_volume_tags = { Name = "packer ${var.kubernetes_version} node image" }
  snapshot_tags   = local.tags
}

build {
  source "amazon-ebs.node" {
    name          = "amd64"
    ami_name      = local.ami_names["amd64"]
    instance_type = "t3.medium"
    tags          = merge(local.tags, { Name = local.ami_names["amd64"] })

    source_ami_filter {
      owners      = [local.image.ubuntu.owners[var.partition]]
      most_recent = true
      filters = {
        name                = "ubuntu/images/hvm-ssd-gp3/ubuntu-${local.image.ubuntu.codename}-${local.image.ubuntu.release}-amd64-server-*"
        architecture        = "x86_64"
        root-device-type    = "ebs"
        virtualization-type = "hvm"
      }
    }
  }

  source "amazon-ebs.node" {
    name          = "arm64"
    ami_name      = local.ami_names["arm64"]
    instance_type = "t4g.medium"
    tags          = merge(local.tags, { Name = local.ami_names["arm64"] })

    source_ami_filter {
      owners      = [local.image.ubuntu.owners[var.partition]]
      most_recent = true
      filters = {
        name                = "ubuntu/images/hvm-ssd-gp3/ubuntu-${local.image.ubuntu.codename}-${local.image.ubuntu.release}-arm64-server-*"
        architecture        = "arm64"
        root-device-type    = "ebs"
        virtualization-type = "hvm"
      }
    }
  }

  provisioner "shell" {
    script = "${path.root}/provisioners/wait-for-cloud-init.sh"
  }

  provisioner "shell" {
    inline = ["mkdir /tmp/node-image"]
  }

  provisioner "file" {
    sources     = ["${path.root}/rootfs", "${path.root}/keys"]
    destination = "/tmp/node-image/"
  }

  provisioner "shell" {
    execute_command = "sudo env {{ .Vars }} {{ .Path }}"
    env             = local.proxied
    environment_vars = [
      "PROXY=${var.proxy}",
      "NO_PROXY_FOR=${join(",", var.no_proxy)}",
      "ARCHITECTURE=${source.name}",
      "ROOTFS=/tmp/node-image/rootfs",
      "KUBELET_SOURCE=${local.sources.kubelet}",
      "DOCKER_SOURCE=${local.sources.docker}",
      "AWS_CLI_SOURCE=${local.sources.aws_cli}",
      "SANDBOX_IMAGE=${local.sources.sandbox_image}",
      "KUBELET_VERSION=${local.kubelet_version}",
      "KUBELET_BUILD_DATE=${local.kubelet_build_date}",
      "KUBELET_SHA256=${lookup(local.sha256, "kubelet/${source.name}", "")}",
      "ECR_CREDENTIAL_PROVIDER_SHA256=${lookup(local.sha256, "ecr-credential-provider/${source.name}", "")}",
      "CONTAINERD_VERSION=${local.image.containerd_version}",
      "DOCKER_KEY_FINGERPRINT=${local.image.key_fingerprints.docker}",
      "AWS_CLI_VERSION=${local.image.aws_cli_version}",
      "AWS_CLI_KEY=/tmp/node-image/keys/aws-cli.asc",
      "AWS_CLI_KEY_FINGERPRINT=${local.image.key_fingerprints.aws_cli}",
    ]
    scripts = [
      "${path.root}/provisioners/upgrade-base.sh",
      "${path.root}/provisioners/install-rootfs.sh",
      "${path.root}/provisioners/set-proxy.sh",
      "${path.root}/provisioners/install-containerd.sh",
      "${path.root}/provisioners/install-kubelet.sh",
      "${path.root}/provisioners/install-aws-cli.sh",
      "${path.root}/provisioners/apply-kernel-settings.sh",
      "${path.root}/provisioners/apply-network-settings.sh",
      "${path.root}/provisioners/enable-units.sh",
      "${path.root}/provisioners/validate.sh",
      "${path.root}/provisioners/clean-up.sh",
    ]
  }

  # What the scheduled workflow reads: which images in which regions.
  post-processor "manifest" {
    output     = "${path.root}/manifest.json"
    strip_path = true
    custom_data = {
      architecture       = source.name # Packer's own name of both builds is "node"
      kubernetes_version = var.kubernetes_version
      kubelet_version    = local.kubelet_version
      ami_name           = local.ami_names[source.name]
    }
  }
}
