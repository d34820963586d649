"""GigaChat and an OpenAI-compatible server on loopback, for tests and demonstrations without an account.

GigaChat's own SDK talks to it over verified TLS. Answers follow from the bytes of the pictures, a ledger records every
call with its price, and faults are scripted.
"""

from app.demo.llm.answers import Asked, plausible
from app.demo.llm.faults import Fault, Faults
from app.demo.llm.ledger import Call, Ledger
from app.demo.llm.server import LoopbackLLM

__all__ = ["Asked", "Call", "Fault", "Faults", "Ledger", "LoopbackLLM", "plausible"]
