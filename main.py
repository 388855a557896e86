#!/usr/bin/env python3
"""Synthesise the clusters in `clusters/` to Terraform JSON in `cdktf.out`."""

from constructs_lib.app import synthesize

if __name__ == "__main__":
    raise SystemExit(synthesize())
