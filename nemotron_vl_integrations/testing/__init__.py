"""Suites of tests for integrations of your own; each module needs pytest and the framework that it is about."""
