"""What can go wrong with a lab or its run, each as one sentence for a person."""

__all__ = ["Cancelled", "ExperimentError", "LabError", "OracleError", "VariantError"]


class ExperimentError(Exception):
    """A run could not be carried out."""


class LabError(ExperimentError):
    """The lab itself is wrong; the message names the mistake and the remedy."""


class OracleError(ExperimentError):
    """The variants do not give the same correct answer, so their speeds mean nothing."""


class VariantError(ExperimentError):
    """A variant raised an exception or did not return."""


class Cancelled(ExperimentError):  # noqa: N818 -- a person's wish, not an error
    """The run was cancelled before its end."""
