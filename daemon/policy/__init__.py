"""Who may do what, and when: plain facts in, a decision out. Pure."""

from daemon.policy.facts import (
    ROOT,
    Allowed,
    Ask,
    Caller,
    Decision,
    Denied,
    Machine,
    SessionFacts,
    Target,
)
from daemon.policy.rules import (
    may_clear,
    may_edit,
    may_enrol,
    may_list,
    may_pause,
    may_reload,
    may_switch,
    may_unlock,
    may_verify,
    may_wake,
    may_watch,
)

__all__ = [
    "ROOT",
    "Allowed",
    "Ask",
    "Caller",
    "Decision",
    "Denied",
    "Machine",
    "SessionFacts",
    "Target",
    "may_clear",
    "may_edit",
    "may_enrol",
    "may_list",
    "may_pause",
    "may_reload",
    "may_switch",
    "may_unlock",
    "may_verify",
    "may_wake",
    "may_watch",
]
