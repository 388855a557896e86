#!/usr/bin/env python3
"""Synthesise the clusters in `clusters/` to Terraform JSON in `cdktf.out`."""

if __name__ == "__main__":
    try:
        from constructs_lib.app import synthesize

        raise SystemExit(synthesize())
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"{error.name} is not installed here; `make synth` installs it, "
            "and .venv/bin/python has it"
        ) from None
    except KeyboardInterrupt:
        raise SystemExit("interrupted") from None
