"""`eks-cluster kubeconfig`: what kubectl needs to reach a cluster, in a file."""

import os
from pathlib import Path
from typing import Any

import click

from commands.names import of_cluster
from constructs_lib.errors import EksClusterError


class KubeconfigError(EksClusterError):
    """There is no kubeconfig to write, or nowhere to write it."""


@click.command
@of_cluster
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="by default CLUSTER.kubeconfig",
)
@click.option("--merge", is_flag=True, help="into your own kubeconfig, after asking")
def command(cluster: str | None, output: str | None, *, merge: bool) -> None:
    """Write the kubeconfig of CLUSTER, which has been deployed. It holds no secret.

    With --merge, its context goes into $KUBECONFIG or ~/.kube/config; a copy of that is kept beside
    it, and the current context stays what it is.

    \b
    eks-cluster kubeconfig lovelace && kubectl --kubeconfig lovelace.kubeconfig get nodes
    """
    # here, not above: --help is to come at once
    from commands.planning import working  # noqa: PLC0415

    if merge and output:
        raise click.UsageError(
            "--merge writes to your own kubeconfig, --output to a file: not both"
        )
    with working(cluster, None, command="kubeconfig") as work:
        text = _output(work.terraform.read("output", "-json"), work.stack.cluster)
        name = work.stack.cluster
    if merge:
        _merge(text, own())
        return
    target = Path(output or f"{name}.kubeconfig")
    write(target, text)
    click.echo(f"Wrote {target}; kubectl --kubeconfig {target} get nodes")


def _output(printed: bytes, name: str) -> str:
    """The kubeconfig in what `terraform output -json` printed.

    Raises:
        KubeconfigError: it is not in it.
    """
    import json  # noqa: PLC0415 - see `command`

    outputs = json.loads(printed[max(printed.find(b"{"), 0) :] or b"{}")
    if "kubeconfig" not in outputs:
        raise KubeconfigError(f"{name} has no kubeconfig in its state; deploy it first")
    return str(outputs["kubeconfig"]["value"])


def own() -> Path:
    """The kubeconfig that kubectl writes to: the first that KUBECONFIG names, or the usual one.

    https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
    """
    named = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(named[0]) if named else Path.home() / ".kube" / "config"


def write(file: Path, text: str) -> None:
    """Write a private file, beside and renamed."""
    # here, not above: --help is to come at once
    import tempfile  # noqa: PLC0415

    with tempfile.NamedTemporaryFile(
        "w", dir=file.parent, prefix=f".{file.name}-", encoding="utf-8", delete=False
    ) as beside:  # 0600
        beside.write(text)
    try:
        Path(beside.name).replace(file)
    except OSError:
        Path(beside.name).unlink()
        raise


def _merge(text: str, file: Path) -> None:
    """Ask, keep a copy, and lay the kubeconfig into the user's.

    Raises:
        KubeconfigError: the user's is no kubeconfig, or nobody can be asked.
        NotConfirmedError: the answer was not yes.
    """
    # here, not above: --help is to come at once
    import yaml  # noqa: PLC0415

    from commands.asking import ask, can_ask  # noqa: PLC0415

    new = yaml.safe_load(text)
    name = new["current-context"]
    before = file.read_text(encoding="utf-8") if file.exists() else None
    try:
        there = yaml.safe_load(before or "{}") or {}
        merged, replaced = laid_over(there, new)
    except (yaml.YAMLError, AttributeError, TypeError):
        raise KubeconfigError(f"{file} is not a kubeconfig; use --output instead") from None
    if not can_ask():
        raise KubeconfigError("no terminal to ask on; use --output instead of --merge")
    does = "replace" if replaced else "add"
    ask(
        f"This will {does} the context {name} in {file}. yes?",
        "yes",
        nothing=f"{file} stays as it is",
    )
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if before is not None:
        copy = next(
            path
            for number in range(1, 10_000)
            if not (path := file.with_name(f"{file.name}.before-{number}")).exists()
        )
        write(copy, before)
        click.echo(f"Kept a copy: {copy}")
    write(file.resolve(), yaml.safe_dump(merged, sort_keys=False))
    click.echo(f"Wrote {file}; kubectl --context {name} get nodes")


def laid_over(there: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """A kubeconfig with another laid over it by name, and whether something gave way."""
    merged = {"apiVersion": "v1", "kind": "Config", **there}
    replaced = False
    for part in ("clusters", "users", "contexts"):
        names = {entry["name"] for entry in new[part]}
        kept = [entry for entry in there.get(part) or [] if entry["name"] not in names]
        replaced |= len(kept) < len(there.get(part) or [])
        merged[part] = [*kept, *new[part]]
    merged["current-context"] = there.get("current-context") or new["current-context"]
    return merged, replaced
