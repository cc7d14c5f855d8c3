"""Fake CRM servers, built from the vendors' documentation and kept apart from the connectors."""
