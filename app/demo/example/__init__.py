"""docs/pipeline-example.md: one album of the sample channels, followed through a real run."""
