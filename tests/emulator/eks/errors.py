"""The refusals of the EKS API, under the names and HTTP codes that EKS gives them."""


class EksError(Exception):
    """A refusal; what the caller gets instead of an answer."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def not_found(message: str) -> EksError:
    return EksError("ResourceNotFoundException", message, 404)


def in_use(message: str) -> EksError:
    return EksError("ResourceInUseException", message, 409)


def invalid_parameter(message: str) -> EksError:
    return EksError("InvalidParameterException", message)


def invalid_request(message: str) -> EksError:
    return EksError("InvalidRequestException", message)
