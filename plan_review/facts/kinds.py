"""What an object is to those who run it, told from its type, for every provider.

AWS's own types have rules that say more. This table is for the others, and for whatever no
rule names: a database is a database in every cloud.
"""

from __future__ import annotations

import enum
import re
from functools import cache
from typing import Final

from plan_review.plan import ResourceChange
from plan_review.plan.manifests import manifest_of
from plan_review.plan.paths import Json


class Kind(enum.Enum):
    """What is lost when the object is."""

    DATA_STORE = "Data store"
    CLUSTER = "Kubernetes cluster"
    NAMESPACE = "Namespace"
    NETWORK = "Part of the network:"
    WORKLOAD = "Workload"
    IDENTITY = "Identity or permission"
    SECRET = "Secret or key"  # noqa: S105  # a word for a person


_SQL: Final = "mssql|mysql|postgresql|mariadb|sql"
_KINDS: Final[tuple[tuple[Kind, str], ...]] = (
    (
        Kind.CLUSTER,
        r"azurerm_(kubernetes_cluster|redhat_openshift_cluster|kubernetes_fleet_manager)"
        r"|google_container_(aws_|azure_|attached_)?cluster"
        r"|oci_containerengine_cluster|alicloud_cs_\w*kubernetes|ibm_container(_vpc)?_cluster"
        r"|scaleway_k8s_cluster|linode_lke_cluster|ovh_cloud_project_kube|vultr_kubernetes"
        r"|rancher2_cluster(_v2)?|rhcs_cluster_rosa_(classic|hcp)|\w+_kubernetes_cluster"
        r"|exoscale_sks_cluster|talos_cluster|kind_cluster|k0s_cluster|awscc_eks_cluster",
    ),
    (Kind.NAMESPACE, r"kubernetes_namespace(_v1)?"),
    (
        Kind.WORKLOAD,
        r"azurerm_(kubernetes_cluster_node_pool|(linux|windows)_(virtual_machine(_scale_set)?"
        r"|function_app|web_app)|virtual_machine|container_(app|group)|service_plan)"
        r"|google_(container_node_pool|compute_(instance|(region_)?instance_group_manager)"
        r"|cloud_run(_v2)?_service|cloudfunctions2?_function|app_engine_\w+)"
        r"|proxmox_vm_\w+|proxmox_lxc|nomad_job|docker_(container|service)"
        r"|helm_release|kustomization_resource|argocd_application\w*|flux_bootstrap_git"
        r"|kubernetes_(deployment|stateful_set|daemon_?set|replica\w*|pod|job|cron_job"
        r"|service|ingress|ingress_class|config_map|config_map_v1_data|manifest|network_policy"
        r"|horizontal_pod_autoscaler\w*|pod_disruption_budget|priority_class|limit_range"
        r"|resource_quota|api_service|(mutating|validating)_webhook_configuration|endpoints"
        r"|storage_class|runtime_class)(_v\d\w*)?"
        r"|kubectl_(manifest|server_version)"
        r"|awscc_(eks_(nodegroup|fargate_profile|addon)|ecs_service|lambda_function"
        r"|autoscaling_auto_scaling_group)",
    ),
    (
        Kind.IDENTITY,
        r"azurerm_(role_(assignment|definition)|user_assigned_identity"
        r"|federated_identity_credential)|azuread_\w+"
        r"|google_(service_account|\w+_iam_(member|binding|policy|custom_role|audit_config))"
        r"|kubernetes_(cluster_)?role(_binding)?(_v1)?|kubernetes_service_account(_v1)?"
        r"|(okta|auth0|keycloak|github_team|gitlab_group|vault_policy|vault_auth)\w*"
        r"|awscc_(iam_\w+|eks_access_entry|eks_pod_identity_association)",
    ),
    (
        Kind.SECRET,
        r"azurerm_key_vault_(secret|certificate)|google_secret_manager_secret(_version)?"
        r"|google_kms_crypto_key_version|kubernetes_secret(_v1)?(_data)?|vault_\w*secret\w*"
        r"|tls_(private_key|self_signed_cert|locally_signed_cert)|acme_certificate"
        r"|sealedsecret\w*|github_\w*secret|doppler_secret|onepassword_item",
    ),
    (
        Kind.DATA_STORE,
        rf"azurerm_({_SQL})_(server|flexible_server|database|flexible_database"
        r"|flexible_server_database|managed_instance|managed_database|elasticpool)"
        r"|azurerm_cosmosdb_\w+|azurerm_mongo_cluster|azurerm_(managed_)?redis\w*"
        r"|azurerm_storage_(account|container|share|table|queue|blob|data_lake_gen2_filesystem)"
        r"|azurerm_(managed_disk|snapshot|netapp_(account|pool|volume)|container_registry"
        r"|eventhub(_namespace)?|servicebus_(namespace|queue|topic|subscription)"
        r"|log_analytics_workspace|application_insights|recovery_services_vault"
        r"|data_protection_backup_\w+|backup_\w+|kusto_(cluster|database)|synapse_\w+"
        r"|search_service|dns_zone|private_dns_zone|key_vault|key_vault_key"
        r"|key_vault_managed_hardware_security_module|resource_group|shared_image\w*|image)"
        r"|google_(sql_database(_instance)?|storage_bucket|spanner_(instance|database)"
        r"|bigtable_(instance|table)|bigquery_(dataset|table)|firestore_\w+|datastore_\w+"
        r"|alloydb_(cluster|instance|backup)|redis_(instance|cluster)|memcache_instance"
        r"|compute_(disk|region_disk|snapshot|image|resource_policy)|filestore_\w+"
        r"|pubsub_(topic|subscription|lite_topic)|artifact_registry_repository"
        r"|container_registry|secret_manager_secret|kms_(key_ring|crypto_key)"
        r"|dns_managed_zone|logging_project_bucket_config|project|netapp_\w+)"
        r"|kubernetes_persistent_volume(_claim)?(_v1)?"
        r"|awscc_(dynamodb_(global_)?table|kms_(replica_)?key|ecr_repository|logs_log_group"
        r"|secretsmanager_secret|opensearchservice_domain|(redshift|memorydb|msk|dsql)_cluster"
        r"|rds_\w*cluster|elasticache_\w+|kinesis_stream|sqs_queue|cognito_user_pool"
        r"|route53_hosted_zone|backup_backup_vault)"
        r"|kafka_topic|(elasticsearch|opensearch)_index|ec_deployment|heroku_addon|astra_database"
        r"|supabase_project|cockroach_cluster|rediscloud_\w+|yandex_mdb_\w+|scaleway_rdb_\w+"
        r"|openstack_blockstorage_volume\w*|cloudflare_(zone|r2_bucket|d1_database|workers_kv_namespace)"
        r"|(github|gitlab)_(repository|project)|(mongodbatlas|elasticstack|snowflake|confluent"
        r"|postgresql|mysql|rabbitmq|redis|minio|couchbase|influxdb|clickhouse|neon|aiven)_\w+"
        r"|\w+_(database|db|database_(cluster|instance|server|db)|db_cluster|db_instance"
        r"|bucket|spaces_bucket|volume|block_storage|disk|file_system|file_storage|snapshot"
        r"|backup|registry|container_registry|dns_zone|domain|object_storage\w*|kafka\w*)",
    ),
    (
        Kind.NETWORK,
        r"azurerm_(virtual_network\w*|subnet\w*|nat_gateway\w*|public_ip\w*|lb\w*|firewall\w*"
        r"|application_gateway|express_route\w*|vpn_\w+|virtual_hub\w*|virtual_wan|bastion_host"
        r"|private_endpoint|private_link_service|route\w*|network_\w+|dns_\w+|private_dns_\w+"
        r"|cdn_\w+|frontdoor\w*|traffic_manager\w*|local_network_gateway)"
        r"|google_(compute_(network\w*|subnetwork\w*|router\w*|\w*address|firewall\w*|route"
        r"|vpn_\w+|ha_vpn_gateway|\w*forwarding_rule|\w*backend_\w+|url_map|region_url_map"
        r"|target_\w+|\w*health_check|interconnect\w*|shared_vpc\w*|managed_ssl_certificate"
        r"|ssl_certificate)|dns_record_set|service_networking_connection|vpc_access_connector)"
        r"|cloudflare_\w+|\w+_(vpc|network|subnet|firewall|loadbalancer|load_balancer"
        r"|floating_ip|reserved_ip|record|dns_record|router|gateway|vpn)",
    ),
    (Kind.WORKLOAD, r"\w+_(droplet|server|instance|vm|virtual_machine)"),
)
_PATTERNS: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)


@cache
def kind_of(type_: str) -> Kind | None:
    """What a type is, None where the table does not know it.

    The types of the provider `aws` are not in it, those of `awscc` are.
    """
    if type_.startswith("aws_"):
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(type_)), None)


_OF_MANIFESTS: Final = {
    "Namespace": Kind.NAMESPACE,
    "CustomResourceDefinition": Kind.NAMESPACE,
    "PersistentVolume": Kind.DATA_STORE,
    "PersistentVolumeClaim": Kind.DATA_STORE,
    "ClusterRole": Kind.IDENTITY,
    "ClusterRoleBinding": Kind.IDENTITY,
    "Role": Kind.IDENTITY,
    "RoleBinding": Kind.IDENTITY,
    "ServiceAccount": Kind.IDENTITY,
    "Secret": Kind.SECRET,
}
"""What a manifest says that it is; a definition takes every object of its kind with it."""


def kind_of_object(change: ResourceChange) -> Kind | None:
    """What an object is, by its type or by the manifest that it holds."""
    manifest = manifest_of(change.before) or manifest_of(change.after)
    said: Json = manifest.get("kind") if manifest else None
    return _OF_MANIFESTS.get(str(said)) or kind_of(change.type)


_BOOK_KEEPING: Final = ("null_", "local_", "random_", "time_", "terraform_data", "archive_")


def is_book_keeping(change: ResourceChange) -> bool:
    """Whether a type lives in Terraform's state alone, so that losing one loses nothing."""
    return change.type.startswith(_BOOK_KEEPING)
