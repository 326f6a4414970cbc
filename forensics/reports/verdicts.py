"""What policies say of acts as a table, for formats that machines read."""

from __future__ import annotations

import pyarrow as pa

from forensics.findings.policies import PolicyCheck

_TEXTS = pa.list_(pa.string())
_SCHEMA = pa.schema(
    [
        ("time", pa.timestamp("us", "UTC")),
        ("verdict", pa.string()),
        ("level", pa.string()),
        ("policy", pa.string()),
        ("version", pa.string()),
        ("as_known", pa.string()),
        ("actor", pa.string()),
        ("action", pa.string()),
        ("target", pa.string()),
        ("event_uid", pa.string()),
        ("sentences", _TEXTS),
        ("missing", _TEXTS),
        ("evidence", _TEXTS),
        ("refs", _TEXTS),
    ]
)


def verdicts(document: PolicyCheck) -> pa.Table:
    """One row a verdict, in the order of the document."""
    acts = {one.event_uid: one for one in document.acts}
    rows = []
    for one in document.verdicts:
        act = acts.get(one.event_uid)
        rows.append(
            {
                "time": act.time if act else None,
                "verdict": one.value,
                "level": one.level,
                "policy": one.policy,
                "version": one.version,
                "as_known": one.as_known,
                "actor": act.actor if act else None,
                "action": act.action if act else None,
                "target": act.target if act else None,
                "event_uid": one.event_uid,
                "sentences": one.sentences,
                "missing": one.missing,
                "evidence": one.evidence,
                "refs": one.refs,
            }
        )
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
