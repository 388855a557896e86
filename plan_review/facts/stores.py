"""Where Terraform keeps its own state and locks, and what else keeps data."""

from __future__ import annotations

import re
from typing import Final

from plan_review.facts import Facts
from plan_review.plan import ResourceChange

_STATE_NAME: Final = re.compile(
    r"(^|[-_.])(tf|terraform|opentofu|tofu)[-_.]?(remote[-_.]?)?(state|backend)s?([-_.]|$)"
    r"|(^|[-_.])tfstates?([-_.]|$)",
    re.IGNORECASE,
)

STORES: Final = {
    "aws_acmpca_certificate_authority": "certificate authority",
    "aws_ami": "image",
    "aws_ami_copy": "image",
    "aws_ami_from_instance": "image",
    "aws_backup_vault": "backup vault",
    "aws_bedrockagent_knowledge_base": "knowledge base",
    "aws_cloudformation_stack": "CloudFormation stack",
    "aws_cloudhsm_v2_cluster": "HSM cluster",
    "aws_cloudwatch_log_group": "log group",
    "aws_codeartifact_domain": "package repository",
    "aws_codeartifact_repository": "package repository",
    "aws_codecommit_repository": "repository",
    "aws_cognito_identity_pool": "identity pool",
    "aws_cognito_user_pool": "user pool",
    "aws_connect_instance": "contact centre",
    "aws_customerprofiles_domain": "customer profiles",
    "aws_datazone_domain": "data catalogue",
    "aws_dax_cluster": "cache",
    "aws_db_cluster_snapshot": "database snapshot",
    "aws_db_instance": "database",
    "aws_db_snapshot": "database snapshot",
    "aws_directory_service_directory": "directory",
    "aws_docdb_cluster": "database cluster",
    "aws_docdb_cluster_snapshot": "database snapshot",
    "aws_docdbelastic_cluster": "database cluster",
    "aws_dsql_cluster": "database cluster",
    "aws_dynamodb_global_table": "DynamoDB table",
    "aws_dynamodb_table": "DynamoDB table",
    "aws_ebs_snapshot": "EBS snapshot",
    "aws_ebs_snapshot_copy": "EBS snapshot",
    "aws_ebs_volume": "EBS volume",
    "aws_ecr_repository": "image repository",
    "aws_ecrpublic_repository": "image repository",
    "aws_efs_file_system": "EFS file system",
    "aws_elasticache_cluster": "cache",
    "aws_elasticache_replication_group": "cache",
    "aws_elasticache_serverless_cache": "cache",
    "aws_elasticsearch_domain": "search domain",
    "aws_finspace_kx_database": "database",
    "aws_fsx_backup": "FSx backup",
    "aws_fsx_file_cache": "file cache",
    "aws_fsx_lustre_file_system": "FSx file system",
    "aws_fsx_ontap_file_system": "FSx file system",
    "aws_fsx_ontap_storage_virtual_machine": "FSx storage",
    "aws_fsx_ontap_volume": "FSx volume",
    "aws_fsx_openzfs_file_system": "FSx file system",
    "aws_fsx_openzfs_snapshot": "FSx snapshot",
    "aws_fsx_openzfs_volume": "FSx volume",
    "aws_fsx_windows_file_system": "FSx file system",
    "aws_glacier_vault": "archive",
    "aws_glue_catalog_database": "data catalogue",
    "aws_glue_catalog_table": "table of a data catalogue",
    "aws_glue_registry": "schema registry",
    "aws_grafana_workspace": "Grafana workspace",
    "aws_kendra_index": "search index",
    "aws_keyspaces_keyspace": "keyspace",
    "aws_keyspaces_table": "table",
    "aws_kinesis_stream": "stream",
    "aws_kms_external_key": "KMS key",
    "aws_kms_key": "KMS key",
    "aws_kms_replica_key": "KMS key",
    "aws_lightsail_bucket": "bucket",
    "aws_lightsail_database": "database",
    "aws_lightsail_disk": "volume",
    "aws_lightsail_instance": "instance",
    "aws_location_geofence_collection": "geofences",
    "aws_location_tracker": "tracker",
    "aws_media_store_container": "container of media",
    "aws_memorydb_cluster": "database cluster",
    "aws_memorydb_snapshot": "database snapshot",
    "aws_mq_broker": "broker",
    "aws_msk_cluster": "Kafka cluster",
    "aws_msk_serverless_cluster": "Kafka cluster",
    "aws_neptune_cluster": "database cluster",
    "aws_neptune_cluster_snapshot": "database snapshot",
    "aws_neptunegraph_graph": "graph database",
    "aws_opensearch_domain": "search domain",
    "aws_opensearchserverless_collection": "search collection",
    "aws_pinpoint_app": "audience",
    "aws_prometheus_workspace": "Prometheus workspace",
    "aws_qldb_ledger": "ledger",
    "aws_rds_cluster": "database cluster",
    "aws_rds_global_cluster": "global database",
    "aws_rds_shard_group": "database shard group",
    "aws_redshift_cluster": "database cluster",
    "aws_redshift_cluster_snapshot": "database snapshot",
    "aws_redshiftserverless_namespace": "database",
    "aws_route53_zone": "DNS zone",
    "aws_s3_bucket": "bucket",
    "aws_s3_directory_bucket": "bucket",
    "aws_s3tables_table": "table",
    "aws_s3tables_table_bucket": "bucket",
    "aws_s3vectors_index": "vector index",
    "aws_s3vectors_vector_bucket": "bucket",
    "aws_sagemaker_domain": "SageMaker domain",
    "aws_sagemaker_feature_group": "feature store",
    "aws_sagemaker_model_package_group": "models",
    "aws_sagemaker_notebook_instance": "notebook",
    "aws_schemas_registry": "schema registry",
    "aws_secretsmanager_secret": "secret",
    "aws_securitylake_data_lake": "data lake",
    "aws_simpledb_domain": "database",
    "aws_sqs_queue": "queue",
    "aws_storagegateway_cached_iscsi_volume": "volume",
    "aws_storagegateway_gateway": "storage gateway",
    "aws_storagegateway_stored_iscsi_volume": "volume",
    "aws_timestreaminfluxdb_db_cluster": "database cluster",
    "aws_timestreaminfluxdb_db_instance": "database",
    "aws_timestreamwrite_database": "database",
    "aws_timestreamwrite_table": "table",
    "aws_verifiedpermissions_policy_store": "policy store",
    "aws_workspaces_directory": "directory",
    "aws_workspaces_workspace": "desktop",
}
"""Types that keep data, each with its noun."""


def holds_state(facts: Facts, change: ResourceChange) -> bool:
    """Whether a bucket, or what belongs to one, is about the bucket with Terraform's state."""
    if not change.type.startswith("aws_s3_"):
        return False
    name = change.old_text("bucket") or change.new_text("bucket")
    return bool(name) and (name == facts.stack.state_bucket or bool(_STATE_NAME.search(name)))


def is_lock_table(facts: Facts, change: ResourceChange) -> bool:
    """Whether a table holds Terraform's locks."""
    if change.type != "aws_dynamodb_table":
        return False
    name = change.old("name")
    return change.old("hash_key") == "LockID" or (bool(name) and name == facts.stack.lock_table)
