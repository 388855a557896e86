"""Set-up: what is installed into the checkout, and how."""
