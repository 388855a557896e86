"""The text of a kubeconfig."""

from typing import Any

import yaml

from constructs_lib.tables.user_data import ClusterConnection


class _Text(str):
    """A value, which is put in quotes: a cluster may be called ``42``, ``true`` or ``1e3``."""


class _Dumper(yaml.SafeDumper):
    """Writes a text that occurs twice, twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's form
        """Write nothing as a reference to an earlier line."""
        return True


_Dumper.add_representer(
    _Text, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def _in_quotes(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _in_quotes(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_in_quotes(value) for value in data]
    return _Text(data)


def render(connection: ClusterConnection, region: str, role_arn: str | None = None) -> str:
    """The kubeconfig of a cluster, whose values may be Terraform's expressions.

    The AWS CLI fetches a token with the credentials of whoever calls kubectl, or as the role of
    `role_arn`, which it assumes with them.
    https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html
    """
    name = connection.name
    login = ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"]
    if role_arn is not None:
        login += ["--role-arn", role_arn]
    exec_ = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "interactiveMode": "Never",
        "command": "aws",
        "args": login,
    }
    cluster = {
        "certificate-authority-data": connection.certificate_authority,
        "server": connection.endpoint,
    }
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"exec": exec_}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    # no line may break inside an expression
    text: str = yaml.dump(_in_quotes(content), Dumper=_Dumper, sort_keys=False, width=1_000_000)
    return text
