"""What several commands are told: clusters and stacks, which a shell completes from the files."""

import click
from click.shell_completion import CompletionItem

from commands.environment import CONFIGURATION
from commands.stacks import CLUSTERS
from constructs_lib.project import out_directory


class ClusterName(click.ParamType[str]):
    """The name of a cluster; which there are, only completion asks."""

    name = "cluster"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """The clusters of the project whose names begin so."""
        names = sorted(path.stem for path in CLUSTERS.glob("*.yaml"))
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class StackName(click.ParamType[str]):
    """The name of a stack, that of its directory; which there are, only completion asks."""

    name = "stack"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """The synthesised stacks whose names begin so."""
        found = out_directory().glob(f"stacks/*/{CONFIGURATION}")
        names = sorted(path.parent.name for path in found)
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


of_cluster = click.argument("cluster", required=False, type=ClusterName())
"""The cluster that a command is about; it need not be named where there is one."""

of_stack = click.option(
    "--stack",
    metavar="NAME",
    help="another stack of the cluster: CLUSTER-state",
    type=StackName(),
)

moving = click.option(
    "--migrate", is_flag=True, help="the file has a new place for the state: move it there"
)
