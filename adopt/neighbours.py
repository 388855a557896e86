"""What a state holds beside the cluster, which stays in its owner's state."""

import shlex
from collections.abc import Iterator, Sequence

from adopt.parts import Parts
from adopt.state import Resource, State, each_text

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
    ours = {resource.id: resource for _, resource in parts.placed() if resource.id}
    theirs = {resource.id: resource for resource in others if resource.id}
    for holders, targets in ((others, ours), ([r for _, r in parts.placed()], theirs)):
        for holder in holders:
            found = {
                text
                for path, text in each_text(holder.values)
                if text in targets and text != holder.id and _NAMES.isdisjoint(path)
            }
            for target in sorted(targets[text].address for text in found):
                yield f"{holder.address} refers to {target}"


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
