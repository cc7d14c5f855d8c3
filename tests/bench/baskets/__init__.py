"""Frequent sets of products: the pipeline's SQL beside the libraries that mine them."""
