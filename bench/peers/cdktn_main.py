"""This project's own constructs on cdktn, the community's continuation of CDKTF."""

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

from constructs_lib import app
from constructs_lib.terraform import bindings

RENAMED = {
    "cdktf": "cdktn",
    "cdktf_cdktf_provider_aws": "cdktn_provider_aws",
    "cdktf_cdktf_provider_null": "cdktn_provider_null",
}


class Renaming:
    """Finds and loads the modules of cdktn under the names they have in CDKTF."""

    def find_spec(self, name: str, *_others: object) -> ModuleSpec | None:
        """Answer for what was renamed."""
        package, _, module = name.partition(".")
        if package not in RENAMED:
            return None
        return ModuleSpec(name, self, is_package=not module)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import the module by its new name."""
        package, dot, module = spec.name.partition(".")
        return importlib.import_module(f"{RENAMED[package]}{dot}{module}")

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it has run."""


if __name__ == "__main__":
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, bindings.Finder)]
    sys.meta_path.insert(0, Renaming())
    raise SystemExit(app.synthesize())
