"""A Bitrix24 portal on this machine, behaving as its REST documentation says."""

from tests.fakes.bitrix24.portal import FakePortal, Limits

__all__ = ["FakePortal", "Limits"]
