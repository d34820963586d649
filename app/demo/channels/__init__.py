"""The sample channels: three channels of an invented town, the same every time they are made."""

from app.demo.channels.build import SampleWorld, sample_world
from app.demo.channels.facts import SampleFacts, sample_facts

__all__ = ["SampleFacts", "SampleWorld", "sample_facts", "sample_world"]
