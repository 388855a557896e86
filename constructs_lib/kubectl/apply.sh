# Applies $MANIFEST to the cluster of $KUBECONFIG_CONTENT. Run by Terraform's local-exec as
# /bin/sh -c, so it keeps to POSIX.
set -eu

fail() {
  echo "kubectl apply of $NAME: $1" >&2
  exit 1
}

command -v kubectl >/dev/null ||
  fail "kubectl is not on PATH; install it from https://kubernetes.io/docs/tasks/tools/ and apply again"
command -v aws >/dev/null ||
  fail "the AWS CLI (aws) is not on PATH; install it from https://aws.amazon.com/cli/ and apply again"

minor=$(kubectl version --client 2>/dev/null | sed -n 's/.*v1\.\([0-9][0-9]*\).*/\1/p; s/.*Minor:"\([0-9][0-9]*\).*/\1/p' | head -n 1)
[ -n "$minor" ] || fail "kubectl does not tell its version; install $MINIMUM_KUBECTL or newer and apply again"
[ "$minor" -ge "${MINIMUM_KUBECTL#1.}" ] ||
  fail "kubectl 1.$minor is too old; install $MINIMUM_KUBECTL or newer and apply again"

umask 077
scratch=$(mktemp -d "${TMPDIR:-/tmp}/kubectl-apply.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' HUP INT TERM
printf '%s\n' "$KUBECONFIG_CONTENT" >"$scratch/kubeconfig"
unset KUBECONFIG_CONTENT

kube() {
  kubectl --kubeconfig="$scratch/kubeconfig" --cache-dir="$scratch/cache" "$@"
}

# A new cluster's name takes a while to resolve, and its API to answer.
waited=0
until kube get --raw /readyz --request-timeout=10s >/dev/null 2>"$scratch/error"; do
  ! grep -q "getting credentials" "$scratch/error" ||
    fail "no token for the cluster: $(tail -n 1 "$scratch/error"); check the AWS CLI and its credentials, and apply again"
  [ "$waited" -lt "$WAIT_SECONDS" ] ||
    fail "the API did not answer for $WAIT_SECONDS seconds: $(tail -n 1 "$scratch/error"); check the credentials and the way to the endpoint, and apply again"
  sleep 5
  waited=$((waited + 5))
done

printf '%s\n' "$MANIFEST" | kube apply -f -
