"""What Terraform says when it fails, as it said it, and what is made of that."""

import pytest

from commands import failures
from commands.locks import Lock
from commands.stacks import Stack
from commands.terraform import Diagnostic, Outcome, Program

STACK = Stack("grace", "grace")
TERRAFORM = Program("/usr/bin/terraform", "Terraform", "1.11.4")
TOFU = Program("/usr/bin/tofu", "OpenTofu", "1.12.6")

LOCKED = Diagnostic(
    "error",
    "Error acquiring the state lock",
    "Error message: operation error DynamoDB: PutItem, https response error StatusCode: 400, "
    "RequestID: e4wQbiuxcdq, ConditionalCheckFailedException: The conditional request failed\n"
    "Lock Info:\n  ID:        0f0f0f0f-1111-2222-3333-444444444444\n"
    "  Path:      b/k.tfstate\n  Operation: OperationTypeApply\n  Who:       ada@laptop\n"
    "  Version:   1.11.4\n  Created:   2026-11-25 20:00:00.5 +0000 UTC\n  Info:      \n\n"
    "Terraform acquires a state lock to protect the state from being written\n",
)


def words(*errors: Diagnostic, text: tuple[str, ...] = ()) -> list[str]:
    outcome = Outcome(code=1, diagnostics=list(errors), text=list(text))
    return failures.in_words(outcome, STACK, TERRAFORM)


@pytest.mark.parametrize(
    ("summary", "detail", "address", "said"),
    [
        (
            "No valid credential sources found",
            "Please see https://registry.terraform.io/providers/hashicorp/aws\n\nError: failed to "
            "refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: "
            "GetMetadata, access disabled",
            'provider["registry.terraform.io/hashicorp/aws"]',
            "no AWS credentials: looked at AWS_ACCESS_KEY_ID and AWS_PROFILE, at "
            "~/.aws/credentials and ~/.aws/config, and for the role of a container or instance; "
            "sign in (aws sso login, or aws configure) until aws sts get-caller-identity answers",
        ),
        (
            'Failed to get existing workspaces: S3 bucket "grace-state" does not exist.\n\nThe '
            "referenced S3 bucket must have been previously created.\n\nError: operation error S3: "
            "ListObjectsV2, https response error StatusCode: 404, RequestID: FHwqcSrBcwFh2, "
            "HostID: 9Gjjt1m+cjU4O=, NoSuchBucket: \n",
            "",
            "",
            "the bucket grace-state that is to hold the state does not exist; make it, correct "
            "state.bucket in clusters/grace.yaml, or say state: {create: true} there",
        ),
        (
            "Your query returned no results. Please change your search criteria and try again.",
            "",
            "data.aws_ami.eks-worker",
            "data.aws_ami.eks-worker: the account has no such node image in this region; build "
            "one (docs/how-to/node-image.md), or take Amazon's: image: {family: al2023} in the "
            "node group",
        ),
        (
            "creating IAM Role (grace-node): operation error IAM: CreateRole, https response error "
            "StatusCode: 403, RequestID: 1b2c, api error AccessDenied: User: "
            "arn:aws:iam::123456789012:user/ada is not authorized to perform: iam:CreateRole on "
            "resource: arn:aws:iam::123456789012:role/grace-node because no policy allows it",
            "",
            "aws_iam_role.node",
            "aws_iam_role.node: AWS says arn:aws:iam::123456789012:user/ada may not iam:CreateRole "
            "on resource: arn:aws:iam::123456789012:role/grace-node; ask for that permission",
        ),
        (
            "reading EC2 VPC: operation error EC2: DescribeVpcs, https response error StatusCode: "
            "400, RequestID: 5, api error RequestExpired: Request has expired.",
            "",
            "aws_vpc.k8s",
            "the AWS credentials have expired; renew them (aws sso login), then run this again",
        ),
        (
            "Retrieving AWS account details: validating provider credentials",
            "retrieving caller identity from STS: api error InvalidClientTokenId: The security "
            "token included in the request is invalid.",
            "",
            "AWS does not accept the credentials; see which ones are used with aws sts "
            "get-caller-identity, and sign in again",
        ),
        (
            "Saved plan is stale",
            "The given plan file can no longer be applied because the state was changed by "
            "another operation after the plan was created.",
            "",
            "the state has changed since the plan was made, so this plan is not applied; run this "
            "again, and look at the new one",
        ),
        (
            "AWS account ID not allowed: 999999999999",
            "",
            "",
            "the credentials are of account 999999999999, and that is not the cluster's: "
            "clusters/grace.yaml says account_id; change AWS_PROFILE",
        ),
        (
            "Instance cannot be destroyed",
            "Resource aws_s3_bucket.state has lifecycle.prevent_destroy set, but the plan calls "
            "for this resource to be destroyed.",
            "",
            "aws_s3_bucket.state is protected from being destroyed (prevent_destroy), so nothing "
            "of this plan is done",
        ),
        (
            "Failed to query available provider packages",
            "Could not retrieve the list of available versions for provider hashicorp/null: the "
            "previously-selected version 3.2.4 is no longer available\n\nTo see which modules",
            "",
            "hashicorp/null 3.2.4 cannot be had here, and clusters/grace.lock.hcl asks for it; "
            "docs/how-to/pin-the-providers.md says how to take another",
        ),
        (
            "Failed to query available provider packages",
            "Could not retrieve the list of available versions for provider hashicorp/aws: could "
            "not connect to registry.terraform.io: failed to request discovery document",
            "",
            "the providers cannot be fetched from their registry; check the network and the proxy "
            "(HTTPS_PROXY), or set up a mirror: https://developer.hashicorp.com/terraform/cli/"
            "config/config-file#provider-installation",
        ),
        (
            "Failed to install provider",
            "Error while installing hashicorp/null v2.1.2: the local package for "
            "registry.terraform.io/hashicorp/null 2.1.2 doesn't match any of the checksums "
            "previously recorded in the dependency lock file",
            "",
            "clusters/grace.lock.hcl holds no checksum for this machine's providers; "
            "docs/how-to/pin-the-providers.md says how to add it",
        ),
        (
            "local-exec provisioner error",
            "Error running command '# Applies $MANIFEST': exit status 1. Output: \n"
            "kubectl apply of aws-auth: the API did not answer for 300 seconds: no route to host; "
            "check the credentials and the way to the endpoint, and apply again\n",
            "null_resource.aws_auth",
            "kubectl apply of aws-auth: the API did not answer for 300 seconds: no route to host; "
            "check the credentials and the way to the endpoint, and apply again",
        ),
        (
            "deleting EC2 Subnet (subnet-1): operation error EC2: DeleteSubnet, api error "
            "DependencyViolation: The subnet 'subnet-1' has dependencies and cannot be deleted.",
            "",
            "aws_subnet.public[0]",
            "aws_subnet.public[0]: AWS deletes nothing that is in use: something that Terraform "
            "did not make is in it, such as a load balancer, a network interface or an object; "
            "docs/how-to/tear-down.md says how to find and clear it",
        ),
        (
            "local-exec provisioner error",
            "Error running command: exit status 1. Output: \nkubectl delete of kube2iam_removal: "
            "kubectl is not on PATH; install it\n",
            "null_resource.kube2iam_removal",
            "kubectl delete of kube2iam_removal: kubectl is not on PATH; install it",
        ),
        (
            "creating EKS Cluster (grace): operation error EKS: CreateCluster, https response "
            "error StatusCode: 400, RequestID: 77-88, InvalidParameterException: unsupported",
            "  with more\n  lines",
            "aws_eks_cluster.control_plane",
            "aws_eks_cluster.control_plane: creating EKS Cluster (grace): operation error EKS: "
            "CreateCluster, https response error StatusCode: 400 InvalidParameterException: "
            "unsupported with more lines",
        ),
    ],
)
def test_a_failure_is_one_sentence(summary: str, detail: str, address: str, said: str) -> None:
    assert words(Diagnostic("error", summary, detail, address)) == [said]


def test_who_holds_the_lock_is_said_with_the_command_that_frees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAKELEVEL", "1")
    assert words(LOCKED) == [
        "the state is locked by ada@laptop since 2026-11-25 20:00:00; wait for it, and only if "
        "nobody is at it any more: .venv/bin/eks-cluster run grace force-unlock -force "
        "0f0f0f0f-1111-2222-3333-444444444444 (docs/how-to/an-apply-was-interrupted.md)"
    ]
    lock = failures.lock_of(Outcome(code=1, diagnostics=[LOCKED]))
    assert lock == Lock(
        "0f0f0f0f-1111-2222-3333-444444444444",
        "ada@laptop",
        "OperationTypeApply",
        "2026-11-25 20:00:00",
    )


def test_a_lock_that_cannot_be_asked_for_is_held_by_nobody() -> None:
    absent = Diagnostic("error", "Error acquiring the state lock", "ResourceNotFoundException: x")
    assert failures.lock_of(Outcome(code=1, diagnostics=[absent])) is None


def test_the_same_failure_is_said_once() -> None:
    denied = Diagnostic("error", "No valid credential sources found")
    assert len(words(denied, denied)) == 1


def test_what_is_not_json_is_said_too() -> None:
    assert words(text=("╷", "│ Error: Unsupported argument", "│ ", "│ no such thing", "╵")) == [
        "Error: Unsupported argument no such thing"
    ]
    assert words() == ["terraform ended with 1 and said nothing"]


def test_our_own_choices_are_no_warnings() -> None:
    ours = Diagnostic("warning", "Deprecated Parameter", 'The parameter "dynamodb_table" is')
    other = Diagnostic("warning", "Argument is deprecated", "use that", "aws_vpc.k8s")
    outcome = Outcome(diagnostics=[ours, other, other])
    assert list(failures.warnings_of([outcome])) == [
        "warning: aws_vpc.k8s: Argument is deprecated use that"
    ]


def test_opentofu_is_led_to_its_own_file_and_pages() -> None:
    errors = [
        Diagnostic("error", "the local package doesn't match any of the checksums"),
        Diagnostic("error", "Failed to query available provider packages"),
    ]
    said = "\n".join(failures.in_words(Outcome(code=1, diagnostics=errors), STACK, TOFU))

    assert "clusters/grace.tofu.lock.hcl holds no checksum" in said
    assert "https://opentofu.org/docs/cli/config/config-file/#provider-installation" in said
    assert "hashicorp" not in said
