"""What Terraform marks sensitive today and did not in its first plan formats.

Plans of Terraform 0.12 to 0.14 have no marks at all, and plans that other tools write may lack
some. Most secrets are known by the names of their arguments; those below are not. From the schema
of hashicorp/aws 5.100.0 and the documentation of the other providers.
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
    "azurerm_key_vault_secret": ("value",),
    "circleci_environment_variable": ("value",),
    "doppler_secret": ("value",),
    "github_actions_environment_secret": ("encrypted_value", "plaintext_value"),
    "github_actions_organization_secret": ("encrypted_value", "plaintext_value"),
    "github_actions_secret": ("encrypted_value", "plaintext_value"),
    "github_codespaces_secret": ("encrypted_value", "plaintext_value"),
    "github_dependabot_secret": ("encrypted_value", "plaintext_value"),
    "gitlab_group_variable": ("value",),
    "gitlab_project_variable": ("value",),
    "kubernetes_secret": ("binary_data", "data"),
    "kubernetes_secret_v1": ("binary_data", "data"),
    "kubernetes_secret_v1_data": ("data",),
    "random_password": ("bcrypt_hash", "result"),
    "tfe_variable": ("value",),
    "tls_private_key": ("private_key_openssh", "private_key_pem", "private_key_pem_pkcs8"),
}


def marked(type_: str, marks: Json) -> Json:
    """The marks of a resource, with those that its plan does not bring, in Terraform's shape."""
    more = _MARKED_TODAY.get(type_)
    if more is None or marks is True:
        return marks
    return {**dict.fromkeys(more, True), **(marks if isinstance(marks, dict) else {})}
