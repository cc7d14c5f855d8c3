"""Voronka: nightly sales reports from a company's CRM, published only when they are right."""
