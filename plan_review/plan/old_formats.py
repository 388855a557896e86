"""What Terraform marks sensitive today and did not in its first plan formats.

Plans of Terraform 0.12 to 0.14 have no marks at all. Most secrets are known by the names of their
arguments; those below are not. From the schema of hashicorp/aws 5.100.0 and the documentation of
hashicorp/random and hashicorp/tls.
"""

from __future__ import annotations

from typing import Final

from plan_review.plan.paths import Json

_MARKED_TODAY: Final = {
    "aws_api_gateway_api_key": ("value",),
    "aws_appconfig_hosted_configuration_version": ("content",),
    "aws_appsync_api_key": ("key",),
    "aws_cloudwatch_event_connection": ("auth_parameters",),
    "aws_directory_service_shared_directory": ("notes",),
    "aws_dms_certificate": ("certificate_pem", "certificate_wallet"),
    "aws_glue_connection": ("connection_properties",),
    "aws_kms_ciphertext": ("plaintext",),
    "aws_kms_external_key": ("key_material_base64",),
    "aws_mwaa_environment": ("airflow_configuration_options",),
    "aws_opsworks_application": ("app_source", "environment", "ssl_configuration"),
    "aws_opsworks_stack": ("custom_cookbooks_source",),
    "aws_pinpoint_gcm_channel": ("service_json",),
    "aws_s3_object_copy": ("customer_key", "source_customer_key"),
    "aws_sns_platform_application": ("platform_principal",),
    "aws_ssm_maintenance_window_task": ("task_invocation_parameters",),
    "aws_ssm_parameter": ("value",),
    "aws_transfer_server": ("host_key",),
    "aws_vpn_connection": ("customer_gateway_configuration",),
    "random_password": ("bcrypt_hash", "result"),
    "tls_private_key": ("private_key_openssh", "private_key_pem", "private_key_pem_pkcs8"),
}


def marks_of(type_: str) -> Json:
    """The marks for a resource whose plan brings none, in the shape that Terraform gives."""
    return dict.fromkeys(_MARKED_TODAY.get(type_, ()), True) or None
