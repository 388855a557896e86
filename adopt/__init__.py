"""From the state of a hand-written cluster to its spec, and to the plan of it.

Reads what ``terraform show -json`` says of a state, and nothing else: no AWS, no credentials, and
the state stays as it is. Resources are found by the addresses of chapter 7, or by what they say of
each other, and `moved` to the addresses they have here. The spec is then planned on that state,
without a cloud, and what the plan would change becomes an override, or is said.
"""
