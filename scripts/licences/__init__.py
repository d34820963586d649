"""Licences of the packages: a judge, facts that a person has looked up, and the writer of docs/licences.md."""
