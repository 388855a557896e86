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
    "aws_backup_vault": "backup vault",
    "aws_bedrockagent_knowledge_base": "knowledge base",
    "aws_cloudhsm_v2_cluster": "HSM cluster",
    "aws_cloudwatch_log_group": "log group",
    "aws_codeartifact_domain": "package repository",
    "aws_codeartifact_repository": "package repository",
    "aws_codecommit_repository": "repository",
    "aws_cognito_user_pool": "user pool",
    "aws_dax_cluster": "cache",
    "aws_db_cluster_snapshot": "database snapshot",
    "aws_db_instance": "database",
    "aws_db_snapshot": "database snapshot",
    "aws_directory_service_directory": "directory",
    "aws_docdb_cluster": "database cluster",
    "aws_docdb_cluster_snapshot": "database snapshot",
    "aws_docdbelastic_cluster": "database cluster",
    "aws_dsql_cluster": "database cluster",
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
    "aws_fsx_backup": "FSx backup",
    "aws_fsx_file_cache": "file cache",
    "aws_fsx_lustre_file_system": "FSx file system",
    "aws_fsx_ontap_file_system": "FSx file system",
    "aws_fsx_ontap_volume": "FSx volume",
    "aws_fsx_openzfs_file_system": "FSx file system",
    "aws_fsx_openzfs_volume": "FSx volume",
    "aws_fsx_windows_file_system": "FSx file system",
    "aws_glacier_vault": "archive",
    "aws_grafana_workspace": "Grafana workspace",
    "aws_keyspaces_keyspace": "keyspace",
    "aws_keyspaces_table": "table",
    "aws_kinesis_stream": "stream",
    "aws_kms_external_key": "KMS key",
    "aws_kms_key": "KMS key",
    "aws_lightsail_bucket": "bucket",
    "aws_lightsail_database": "database",
    "aws_lightsail_disk": "volume",
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
    "aws_secretsmanager_secret": "secret",
    "aws_sqs_queue": "queue",
    "aws_timestreaminfluxdb_db_cluster": "database cluster",
    "aws_timestreaminfluxdb_db_instance": "database",
    "aws_timestreamwrite_database": "database",
    "aws_timestreamwrite_table": "table",
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
