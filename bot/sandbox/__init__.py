"""A local X server for tests, the demo and rehearsals, documented in docs/sandbox.md.

It depends on core and errors only and reads no clock: X's clock is passed in.
"""

from bot.sandbox.bill import Bill, BillLine, Charge
from bot.sandbox.credentials import Credentials
from bot.sandbox.faultfile import load_faults
from bot.sandbox.faults import Fault, FaultedLimit, FaultKind, Forbidden, Form, RequestKind, When
from bot.sandbox.posts import SandboxPost
from bot.sandbox.request_log import LoggedRequest
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer
from bot.sandbox.settings import SandboxSettings

__all__ = [
    "Bill",
    "BillLine",
    "Charge",
    "Credentials",
    "Fault",
    "FaultKind",
    "FaultedLimit",
    "Forbidden",
    "Form",
    "LoggedRequest",
    "RequestKind",
    "Sandbox",
    "SandboxPost",
    "SandboxServer",
    "SandboxSettings",
    "When",
    "load_faults",
]
