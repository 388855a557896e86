"""From the state of a hand-written cluster to its spec: ``python -m adopt STATE.json``.

Reads what ``terraform show -json`` says of a state, and nothing else: no AWS, no credentials, and
the state stays as it is. Two kinds of cluster are known:

- one made from chapter 7, by its addresses: the plan of the spec changes nothing in AWS;
- any other with an `aws_eks_cluster`, by what its resources say of each other: the spec carries an
  `import` for each that has a place here, and a list of what has none.
"""
