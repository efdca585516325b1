"""What can go wrong with a lab or its run, each as one sentence for a person."""

__all__ = ["Cancelled", "ExperimentError", "LabError", "OracleError", "VariantError"]


class ExperimentError(Exception):
    """A run could not be carried out."""


class LabError(ExperimentError):
    """The lab itself is at fault; the message names the fault and the remedy."""


class OracleError(ExperimentError):
    """The variants do not give the same correct answer, so their speeds mean nothing."""


class VariantError(ExperimentError):
    """A variant raised or did not come back."""


class Cancelled(ExperimentError):  # noqa: N818 - a person's wish, not a fault
    """The run was cancelled before its end."""
