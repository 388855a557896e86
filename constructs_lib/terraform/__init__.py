"""Terraform as the constructs meet it: addresses, providers, backend, and what CDKTF loads."""
