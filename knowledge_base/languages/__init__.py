"""Languages, scripts and spelling: what both the assistant and the knowledge base need.

This package is imported in both environments, so it uses nothing but ``regex``,
``PyYAML`` and ``indic-nlp-library``.
"""
