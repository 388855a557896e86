"""What a state holds beside the cluster, which stays in its owner's state."""

import shlex
from collections.abc import Iterable, Iterator, Sequence

from adopt.parts import Parts
from adopt.state import Path, Resource, State, each_text

_HELPERS = ("local_", "null_", "random_", "template_", "time_", "tls_", "terraform_data")
"""Types whose resources are nothing outside the state."""


def neighbours(state: State, parts: Parts) -> list[Resource]:
    """The resources of `state` that are something in a cloud, and not the cluster's."""
    placed = {resource.address for _, resource in parts.placed()}
    return [
        resource
        for resource in state.resources
        if resource.address not in placed
        and resource not in parts.absorbed
        and not resource.type.startswith(_HELPERS)
        and not resource.type.startswith("kubernetes_config_map")
    ]


def references(parts: Parts, others: Sequence[Resource]) -> Iterator[str]:
    """What refers to what between the cluster and its neighbours, a sentence each."""
    ours = [resource for _, resource in parts.placed()]
    for holders, targets in ((others, _by_id(ours)), (ours, _by_id(others))):
        for holder in holders:
            found = {
                _meant(targets[text], path).address
                for path, text in each_text(holder.values)
                if text in targets and text != holder.id and _NAMES.isdisjoint(path)
            }
            for target in sorted(found):
                yield f"{holder.address} refers to {target}"


def _by_id(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        if resource.id:
            found.setdefault(resource.id, []).append(resource)
    return found


def _meant(named: Sequence[Resource], path: Path) -> Resource:
    """That of the resources of one id which an argument means: a role and a profile share names."""
    argument = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    return next((r for r in named if r.type.endswith(f"_{argument}")), named[0])


_NAMES = frozenset({"key_name", "name", "name_prefix", "tags", "tags_all"})
"""Arguments that are words of the owner's: the same as an id by chance."""


def steps(name: str, addresses: Sequence[str], program: str) -> Iterator[str]:
    """The commands that move the cluster into a state of its own; typed where its code is."""
    owner, cluster = "owner.tfstate", f"terraform.{name}.tfstate"
    yield f"{program} state pull > {owner}"
    yield f"cp {owner} owner.before.tfstate"
    yield f"for address in {' '.join(map(shlex.quote, addresses))}; do"
    yield f'  {program} state mv -state={owner} -state-out={cluster} "$address" "$address"'
    yield "done"
    yield f"{program} state push {owner}"
