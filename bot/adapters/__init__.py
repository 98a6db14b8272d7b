"""Adapters, one package per technology. Each implements a port; none depends on another."""
