"""What can be wrong with a CRM's answers; each message names the CRM, what, and what to do."""

from __future__ import annotations


class CrmError(RuntimeError):
    """Extraction cannot go on; raw tables keep the rows they had."""


class SignInError(CrmError):
    """Credentials are missing, malformed, revoked, or the account's plan has no API."""


class QuotaExhaustedError(CrmError):
    """The day's share of requests is used up; the next run goes on where this one stopped."""


class TruncatedAnswerError(CrmError):
    """Far fewer rows than last time or than the CRM itself counts: not taken for the truth."""


class MissingFieldError(CrmError):
    """A field that reports are made of is no longer in the CRM's answers."""


class CrmMappingError(ValueError):
    """The company's mapping file is wrong; the message names file, key and what to do."""
