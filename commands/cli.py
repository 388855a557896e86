"""`eks-cluster`: the commands, and what they have in common when something goes wrong.

Exit codes: 0 done; 1 not done, and one line says why; 2 the command was not understood; 3 `review`
found something at or above its level. docs/how-to/commands.md has them in one table.
"""

import contextlib
import difflib
import importlib
import os
import sys
from typing import Final

import click

from commands import stopping
from constructs_lib.errors import EksClusterError

NOT_DONE: Final = 1
"""Exit code of whatever did not happen: refused, failed, not confirmed, interrupted."""

COMMANDS: Final[dict[str, dict[str, str]]] = {
    "The files in clusters/": {
        "new": "write the file of another cluster",
        "list": "list the clusters: region, version and its end of support, state",
        "explain": "say what a key is for, and what it takes",
        "check": "check the files; synth does too",
        "schema": "write the JSON Schema of the files, for editors",
        "adopt": "print the file of a cluster that was made by hand",
    },
    "From YAML to Terraform": {
        "synth": "write the Terraform JSON of every cluster, or of those named",
    },
    "From Terraform to AWS": {
        "plan": "say what an apply would do; nothing is changed",
        "review": "as plan, and fail on what is found",
        "deploy": "apply a cluster, after showing the plan and asking",
        "destroy": "destroy a cluster, after showing the plan and asking for its name",
    },
    "Once it runs": {
        "kubeconfig": "write what kubectl needs to reach a cluster",
        "images": "say which machine images the nodes run, and what is newer",
    },
    "Terraform itself": {
        "run": "start Terraform in the directory of a stack",
        "recover": "after an apply that ended badly: push its state, say what is locked",
    },
    "For shells and workflows": {
        "completion": "print what a shell needs to complete all this",
        "comment": "put the review of a plan on its pull request",
    },
}
"""The commands by what they are for, each with its line in the help.

The line stands here and not in the module, so that the help loads no command.
"""


class Commands(click.Group):
    """Commands that are imported when they are called: one more costs the others nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the help."""
        return [name for section in COMMANDS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The `command` of the module of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; of one that is not there, the nearest is named."""
        close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
        if args[0] not in self.list_commands(ctx) and close:
            ctx.fail(f"No such command '{args[0]}'; did you mean {close[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """The list of the help, without loading a command."""
        for title, section in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl(list(section.items()))


@click.version_option(package_name="eks-cluster", prog_name="eks-cluster")
@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command explains itself: eks-cluster deploy --help",
)
def eks_cluster() -> None:
    """Kubernetes clusters on AWS, each from one file in clusters/.

    The project is the directory in which this is run: it holds clusters/, and what is written goes
    to cdktf.out/ in it. Where clusters/ holds one file, the cluster need not be named.
    """


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; what is the user's to mend is one line.

    Without `arguments` it is the program itself: it takes those of the process, and its signals.
    """
    try:
        return _run(arguments)
    finally:
        if arguments is None:
            stopping.leave()


def _run(arguments: list[str] | None) -> int:
    try:
        if arguments is None:
            stopping.listen()
        done = eks_cluster.main(arguments, prog_name="eks-cluster", standalone_mode=False)
        stopping.no_more()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except EksClusterError as error:
        # here, not above: --help is to come at once
        from commands.terraform import called_by_name  # noqa: PLC0415

        return _not_done(called_by_name(str(error)))
    except (click.Abort, KeyboardInterrupt):
        return _not_done("interrupted")
    except OSError as error:
        if arguments is None:  # or Python tells of it once more, as it ends
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _not_done(in_words(error))
    return done if isinstance(done, int) else 0


def in_words(error: OSError) -> str:
    """What the system refused, and for which file; without its number."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{error.filename}: {reason}" if error.filename else reason


def _not_done(text: str) -> int:
    stopping.no_more()
    click.echo(text, err=True)
    return NOT_DONE
