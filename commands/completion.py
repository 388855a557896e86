"""`eks-cluster completion`: what a shell needs to complete the commands."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "eks-cluster"


@click.command
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script with which SHELL completes commands, options and clusters.

    \b
    bash   eval "$(eks-cluster completion bash)"       in ~/.bashrc
    zsh    eval "$(eks-cluster completion zsh)"        in ~/.zshrc
    fish   eks-cluster completion fish | source        in ~/.config/fish/config.fish
    """
    completion = get_completion_class(shell)
    assert completion is not None  # noqa: S101 - click has all three
    root = click.get_current_context().find_root().command
    variable = f"_{PROGRAM.upper().replace('-', '_')}_COMPLETE"
    click.echo(completion(root, {}, PROGRAM, variable).source())
