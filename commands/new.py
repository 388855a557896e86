"""`eks-cluster new`: the file of another cluster."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.stacks import CLUSTERS, own_command
from constructs_lib.errors import EksClusterError

if TYPE_CHECKING:
    from constructs_lib.spec import ClusterSpec

PRIVATE: Final = ipaddress.IPv4Network("10.0.0.0/8")
"""Where a free range is looked for: https://www.rfc-editor.org/rfc/rfc1918"""


class NotMadeError(EksClusterError):
    """There is no new file; the text says why."""


@click.command
@click.argument("name")
@click.option("--region", help="AWS region; by default that of the other clusters")
@click.option("--zones", help="availability zones, by comma; by default the region's first two")
@click.option("--account-id", help="AWS account; by default that of the other clusters")
@click.option("--bucket", help="bucket for the state; by default that of the other clusters")
def command(
    name: str,
    region: str | None,
    zones: str | None,
    account_id: str | None,
    bucket: str | None,
) -> None:
    """Write clusters/NAME.yaml: a range of addresses that no other cluster has, a state of its own.

    \b
    eks-cluster new grace
    eks-cluster new grace --region eu-central-1 --zones eu-central-1a,eu-central-1c
    """
    # here, not above: --help is to come at once
    from datetime import date  # noqa: PLC0415

    from commands.schema import write  # noqa: PLC0415
    from constructs_lib.spec.loader import load  # noqa: PLC0415

    if Path(name).name != name:
        raise NotMadeError(f"{name!r} is not a cluster name; use letters, digits and hyphens")
    file = CLUSTERS / f"{name}.yaml"
    taken = {path.stem.lower(): path for path in CLUSTERS.glob("*.yaml")}
    if name.lower() in taken:
        raise NotMadeError(f"{taken[name.lower()]} is there already; choose another name")
    others = [c.spec for c in load(Path.cwd(), today=date.today()).clusters] if taken else []
    text = written(
        name,
        others,
        region=region or _same((other.region for other in others), "region"),
        zones=zones.split(",") if zones else None,
        account_id=account_id or _one({other.account_id for other in others}),
        bucket=bucket,
    )
    file.parent.mkdir(exist_ok=True)
    with file.open("x", encoding="utf-8") as new:
        new.write(text)
    try:
        warnings = load(Path.cwd(), names=[name], today=date.today()).warnings
    except EksClusterError as error:
        file.unlink()
        raise NotMadeError(f"{error}\nso the file was not kept") from None
    for warning in warnings:
        click.echo(warning, err=True)
    click.echo(f"Wrote {file}; {own_command()} explain says what else may stand in it")
    if not (schema := CLUSTERS / "schema.json").exists():  # the first line of the file names it
        write(str(schema))


def written(
    name: str,
    others: "Sequence[ClusterSpec]",
    *,
    region: str,
    zones: Sequence[str] | None,
    account_id: str | None,
    bucket: str | None,
) -> str:
    """The text of the file."""
    # here, not above: --help is to come at once
    from constructs_lib.tables import kubernetes_versions, regions  # noqa: PLC0415

    letters = regions.ZONES.get(region, "ab")[:2]
    zones = zones or [f"{region}{letter}" for letter in letters]
    return "\n".join(
        [
            "# yaml-language-server: $schema=schema.json",
            "",
            f'name: "{name}"' if not name.isalpha() else f"name: {name}",
            f"region: {region}",
            f'account_id: "{account_id}"'
            if account_id
            else '# account_id: "123456789012"  # then credentials of another account are refused',
            f"availability_zones: [{', '.join(zones)}]",
            f"vpc_cidr: {free(other.vpc_cidr for other in others)}",
            f'kubernetes_version: "{kubernetes_versions.DEFAULT}"',
            "",
            *_state(name, others, bucket=bucket, region=region),
            "",
            "node_groups:",
            "  node:",
            "    image: {family: al2023}  # Amazon's; without this line, your own (packer/)",
            "    instance_type: c5.large",
            "    min_size: 1",
            "    max_size: 2",
            "",
        ]
    )


def _state(
    name: str, others: "Sequence[ClusterSpec]", *, bucket: str | None, region: str
) -> Iterator[str]:
    """The section `state`: in the bucket of the others if they have one."""
    kept = next((o.state for o in others if o.state and bucket in (None, o.state.bucket)), None)
    if kept is None and bucket is None:
        yield "# Without a section state, the state is a file in the checkout:"
        yield "# docs/how-to/keep-the-state.md."
        return
    yield "state:"
    yield f"  bucket: {bucket or (kept and kept.bucket)}"
    yield f"  key: {name}.tfstate"
    yield f"  region: {kept.region if kept else region}"
    if kept is not None and kept.dynamodb_table:
        yield f"  dynamodb_table: {kept.dynamodb_table}"
    if kept is not None and kept.kms_key:
        yield f"  kms_key: {kept.kms_key}"
    if kept is None or kept.use_lockfile:
        yield "  use_lockfile: true"


def free(taken: Iterable[str]) -> str:
    """The first range of 65,536 addresses that none of the others touches.

    Raises:
        NotMadeError: there is none.
    """
    used = [ipaddress.IPv4Network(cidr) for cidr in taken]
    # 10.0 is what most networks begin with
    for candidate in list(PRIVATE.subnets(new_prefix=16))[1:]:
        if not any(candidate.overlaps(other) for other in used):
            return str(candidate)
    raise NotMadeError(f"{PRIVATE} has no free /16; write the file by hand")


def _one(values: "set[str | None]") -> str | None:
    return values.pop() if len(values) == 1 else None


def _same(values: Iterable[str], what: str) -> str:
    found = sorted(set(values))
    if len(found) == 1:
        return found[0]
    there = f"; the others are in {' and '.join(found)}" if found else ""
    raise NotMadeError(f"which {what}? --{what} us-west-2, say{there}")
