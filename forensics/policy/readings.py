"""How a breach of policy may be read otherwise, and what would settle it, by predicate."""

from __future__ import annotations

# Where the policy itself does not say.
INNOCENT = {
    "approval": (
        "The approval may have been given by word of mouth, or in a system whose log is not here.",
        "The console may let this act through without asking for approval at all.",
    ),
    "employment": (
        "Everyone leaves once: most acts on a last day are ordinary work from the queue.",
        "The roster may be late or wrong about the date, the hour or the zone.",
    ),
}
REFUTES = {
    "approval": ("A record of another person's approval from before the act.",),
    "employment": ("A corrected roster, or proof that another person used the account.",),
    "case": ("The case, with its history, from the system that keeps it.",),
    "queue": ("The record of who was to handle the case at that time.",),
    "ticket": ("The ticket, with its history, from the system that keeps it.",),
    "reason_code": ("The codes that the case allows, from those who wrote them.",),
    "dwell": ("Another record of when the case was first looked at.",),
    "rate": ("The instruction, or the wave of cases, that called for so many acts.",),
    "schedule": ("The shifts as they were worked, with those swapped and on call.",),
    "session": ("The record of where the session began and ended.",),
    "followed_by": ("The review, from the system that keeps it.",),
    "entitlement": ("The record of who gave the role, to whom, and for how long.",),
    "preceded_by": ("The record that should stand before the act, from the system that keeps it.",),
    "network": ("Proof of where the account was used from at that time.",),
    "break_glass": ("The declaration of the emergency, from whoever may declare one.",),
    "change_window": ("The change as it was approved, with its window.",),
    "separation_of_duties": ("Proof that another person used one of the two accounts.",),
    "control_weakening": ("The change that asked for it, approved before.",),
}
