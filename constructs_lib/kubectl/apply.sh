# Applies a manifest, $MANIFEST or the file $MANIFEST_FILE, to the cluster of $KUBECONFIG_CONTENT. With
# $ROLLOUT_SECONDS it waits for what the manifest runs; with $AFTER_DELETION it deletes instead, and
# says that afterwards.
# Run by Terraform's local-exec as /bin/sh -c, so it keeps to POSIX.
set -eu

VERB=${AFTER_DELETION:+delete}
VERB=${VERB:-apply}

fail() {
  echo "kubectl $VERB of $NAME: $1" >&2
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
if [ -z "${MANIFEST_FILE-}" ]; then
  MANIFEST_FILE=$scratch/manifest
  printf '%s\n' "$MANIFEST" >"$MANIFEST_FILE"
fi

kube() {
  kubectl --kubeconfig="$scratch/kubeconfig" --cache-dir="$scratch/cache" "$@"
}

# What kubectl and the AWS CLI behind it said, in one line: without empty lines, repetitions and
# what kubectl logs for its own authors.
said() {
  awk '/^[EWIF][0-9][0-9][0-9][0-9] / { next }
    { gsub(/^[ \t]+|[ \t\r]+$/, "") }
    length && !seen[$0]++ { printf "%s%s", separator, $0; separator = "; " }' "$scratch/error"
}

now() {
  date +%s
}

# A new cluster's name takes a while to resolve, and its API to answer. Who made the cluster, and who
# has just been let in, is unknown to it for some seconds: so 401 is waited for too, but not as long.
started=$(now)
unknown_since=
until kube get --raw /readyz --request-timeout=10s >/dev/null 2>"$scratch/error"; do
  ! grep -q "getting credentials" "$scratch/error" ||
    fail "no token for the cluster: $(said); check the AWS CLI and its credentials, and apply again"
  if grep -q -e "Unauthorized" -e "asked for the client to provide credentials" "$scratch/error"; then
    : "${unknown_since:=$(now)}"
    [ $(($(now) - unknown_since)) -lt "$UNKNOWN_SECONDS" ] ||
      fail "the cluster does not know these credentials: $(aws sts get-caller-identity --query Arn --output text 2>/dev/null || said); apply with those that made it, or with a role that it maps"
  else
    unknown_since=
  fi
  [ $(($(now) - started)) -lt "$WAIT_SECONDS" ] ||
    fail "the API did not answer for $WAIT_SECONDS seconds: $(said); check the way to the endpoint, and apply again"
  sleep 5
done

config_map() {
  kube get configmap aws-auth --namespace=kube-system --ignore-not-found -o "$@"
}

# aws-auth is written whole: what other hands wrote into it goes, and each loss of access is named.
# Only the entries of nodes stay that EKS itself lets in, those of managed node groups and Fargate.
write_aws_auth() {
  if [ -z "$(config_map name)" ]; then
    kube create --field-manager="$FIELD_MANAGER" -f "$MANIFEST_FILE"
    return
  fi
  for key in mapRoles mapUsers mapAccounts; do
    config_map "jsonpath={.data.$key}" >"$scratch/there-$key"
    kube create --dry-run=client -f "$MANIFEST_FILE" -o "jsonpath={.data.$key}" >"$scratch/$key"
  done
  entries "$scratch/there-mapRoles" >"$scratch/entries"
  awk 'function keep() {
      if (entry ~ /system:node:\{\{/ && match(entry, /arn:aws[^ "\047\n]+/) &&
        !index(ours, substr(entry, RSTART, RLENGTH) "\n")) printf "%s", entry
      entry = ""
    }
    FNR == NR { ours = ours $0 "\n"; next }
    /^- / { keep() }
    { entry = entry $0 "\n" }
    END { keep() }' "$scratch/mapRoles" "$scratch/entries" >"$scratch/kept"
  cat "$scratch/kept" >>"$scratch/mapRoles"
  for key in mapRoles mapUsers mapAccounts; do
    principals "$scratch/$key" >"$scratch/stays"
    principals "$scratch/there-$key" | grep -Fvx -f "$scratch/stays" | sed "s/.*/aws-auth: & is not in the spec and goes from $key/" || :
  done
  set --
  for key in mapRoles mapUsers mapAccounts; do
    [ ! -s "$scratch/$key" ] || set -- "$@" "--from-file=$scratch/$key"
  done
  kube create configmap aws-auth --namespace=kube-system --dry-run=client -o json "$@" >"$scratch/whole"
  kube replace --field-manager="$FIELD_MANAGER" -f "$scratch/whole"
}

# The entries of a list, each from a "- " in the first column, whoever wrote it: other tools write JSON,
# and people indent.
entries() {
  awk '{ text = text $0 "\n" }
    END {
      if (text ~ /^[ \t\n]*\[/) {
        gsub(/[ \t]*\n[ \t]*/, " ", text)
        while (match(text, /[{]([^{}]|[{][{][^{}]*[}][}])*[}]/)) {
          print "- " substr(text, RSTART, RLENGTH)
          text = substr(text, RSTART + RLENGTH)
        }
        exit
      }
      count = split(text, lines, "\n")
      for (i = 1; i < count; i++) {
        if (indent == "" && match(lines[i], /^ *- /)) indent = RLENGTH - 2
        print substr(lines[i], match(lines[i], /[^ ]/) > indent ? indent + 1 : 1)
      }
    }' "$1"
}

# Whom a key of aws-auth maps, one a line.
principals() {
  grep -o -e 'arn:aws[^ "'\'',}]*' -e '[0-9]\{12\}' "$1" | sort -u
}

if [ "$NAME" = aws_auth ]; then
  write_aws_auth
  exit
fi

if [ "$VERB" = delete ]; then
  kube delete --ignore-not-found --wait=false -f "$MANIFEST_FILE" >"$scratch/deleted"
  cat "$scratch/deleted"
  [ ! -s "$scratch/deleted" ] || echo "$AFTER_DELETION"
  exit
fi

# Fields of others that differ are told and stay as they are; nothing is forced.
apply() {
  kube apply --server-side --field-manager="$FIELD_MANAGER" -f "$MANIFEST_FILE" 2>"$scratch/error"
}

# What comes with the same manifest or with another one is not there at once: a kind of a custom
# resource definition, and a namespace that is written below what is in it. Kinds of Kubernetes' own
# groups, which have no dot, are there or never.
comes_later() {
  grep -q 'no matches for kind ".*" in version "[^"/]*\.' "$scratch/error" || {
    grep -q 'namespaces ".*" not found' "$scratch/error" &&
      grep -q '^ *kind: *["'\'']*Namespace' "$MANIFEST_FILE"
  }
}

started=$(now)
until apply; do
  if ! comes_later || [ $(($(now) - started)) -ge "$KIND_SECONDS" ]; then
    # kubectl's own advice is to force, with a command that is not the user's
    sed '/^Please review the fields above/,$d' "$scratch/error" >&2
    ! grep -q "^error: Apply failed with .* conflict" "$scratch/error" ||
      fail "somebody else set these fields to other values; write theirs into the manifest or leave them out of it, or give the fields up there, and apply again"
    exit 1
  fi
  sleep 2
done
cat "$scratch/error" >&2

# What rolls out of itself is waited for, one after the other, all within the limit.
[ "${ROLLOUT_SECONDS:-0}" -gt 0 ] || exit 0
started=$(now)
kube get -f "$MANIFEST_FILE" --no-headers \
  -o 'custom-columns=:.kind,:.metadata.namespace,:.metadata.name,:.spec.updateStrategy.type' >"$scratch/objects"
while read -r kind namespace object strategy; do
  case $kind:$strategy in
    *:OnDelete) continue ;;
    Deployment:* | DaemonSet:* | StatefulSet:*) ;;
    *) continue ;;
  esac
  left=$((ROLLOUT_SECONDS - $(now) + started))
  [ "$left" -gt 0 ] || left=1
  kube rollout status "$kind/$object" --namespace="$namespace" --timeout="${left}s" </dev/null 2>"$scratch/error" ||
    fail "$kind $object in namespace $namespace is not rolled out after $ROLLOUT_SECONDS seconds: $(said); see its pods (kubectl describe), and apply again"
done <"$scratch/objects"
