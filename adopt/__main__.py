"""``python -m adopt STATE.json``: the same as ``eks-cluster adopt``."""

import sys

if __name__ == "__main__":
    try:
        from commands.cli import main
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"{error.name} is not installed here; `make synth` installs it, and .venv/bin/python "
            "has it"
        ) from None
    sys.exit(main(["adopt", *sys.argv[1:]]))
