"""Every real file is read and accounted for, or refused with a reason that somebody looked into."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[2].parent / "shared"
REAL, FIXTURES = SHARED / "real_logs", SHARED / "fixtures"
# One ingest each, about as long as one another.
PARTS = {
    "trails": sorted(REAL.glob("aws_cloudtrail")),
    "other logs": sorted(set(REAL.glob("*")) - {REAL / "aws_cloudtrail"}),
    "fixtures": [FIXTURES],
}

TEXT = "it is neither "
BLANK = "it holds no records|it is empty|it is an empty page|none of its first records can be"
OTHER = "no known source fits|nothing in common with any known source"
KNOWN = "digest|summary|counts"
# Files that are refused, with what the ledger says of them: each was opened and is no admin log.
NO_LOGS = (
    # Texts, code, settings, rules of detection, tests of other programs.
    (f"{TEXT}|{OTHER}", "*/COPYING", "*/licenses/*.txt"),
    (TEXT, "*.yml", "*.yaml", "*.rules", "*/README.txt", "*/CMakeLists.txt",
     "*/cado-cloudgrep/*.log"),
    (BLANK, "*_test.yml", "*_tests.yml", "*/crowdstrikelogs/*.yml", "*.rule",
     "*/tenzir_library/*.txt", "*/cado-cloudgrep/*.log"),
    (OTHER, "*/cado-cloudgrep/UTF-8-*.txt", "*/TrailDiscover/events.*"),
    # What other programs made of a record, without what tells whose record it was.
    (OTHER, "*-expected.json", "*.golden", "*/expected_events/*", "*/opensearch-security-*",
     "*/otrf/*/AWS_S3_HoneyBucketLogs.csv", "*/mozdef/sample_events/*"),
    # Answers of an API, or exports, without any record.
    (BLANK, "*-empty.log", "*/test-empty.log", "*/cloudtrail/PutEventSelectors.json"),
    # Broken in a way that leaves no whole record: names without quotes, trailing commas, cut off.
    (BLANK, "*/cloudtrail/CreateApiKey.json", "*/cado-cloudgrep/bad_*.json",
     "*/AWS/v1.5.0/*.ocsf"),
    # Accounts, devices, groups and settings as they stand: states, not acts.
    (OTHER, "*/bitwarden__group/*", "*/bitwarden__policy/*", "*/lastpass__user/*",
     "*/AADUSerInfo.csv", "*/graph/compliance-*", "*/graph/detected-apps*",
     "*/graph/managed-devices*", "*/AzurePurview_SampleData.csv", "*/CyberArkEPM_CL.json",
     "*/Zoom_CL.json"),
    (KNOWN, "*/test-cloudtrail-digest-json.log", "*/cisco_duo__summary/*"),
    # Traffic, requests, processes, alerts, measurements, messages of servers.
    (OTHER, "*/cado-cloudgrep/000000*", "*/cado-cloudgrep/apache_access.log",
     "*LoadBalancerLogEntry*", "*vpc_flows*", "*route53*", "*/juniperlogs/*",
     "*/gitlablogs/*_samples.jsonl", "*/osquery/*", "*/packbeat/*", "*/packetbeat/*",
     "*/guardduty/*", "*/binaryalert/*", "*/trendmicro/*", "*/right_to_left_character.json",
     "*/sample_demisto.json", "*Microsoft365DefenderEvents*", "*/graph/defender-*",
     "*/JBOSS_WEB/*", "*/AWS_EKS/*", "*/alcide_kaudit_*", "*/ZPA_CL.json",
     "*/GCP_MONITORING_CL.json", "*/OCI_Logs_CL.json", "*/DuoSecurityTrustMonitor_CL.json",
     "*/AlsidForADLog_CL.json", "*/cyberark_pta__events/*", "*/cloudwatch_rds_aurora.json",
     "*/cloudwatch_control_message.json", "*/NCProtectUAL_CL.*", "*/SemperisDirectory*",
     "*/cloudwatch-v*.ndjson", "*/Workplace_Facebook_CL.json"),
    (TEXT, "*/juniperlogs/*", "*/s3_server_access_samples.log"),
    (BLANK, "*/juniperlogs/*"),
    # Stubs of records, without time or actor, and one record made for a test of broken input.
    (OTHER, "*/test-event-types.log", "*/test-platform-attribute-events.json",
     "*/test-platformlogs-kube.log", "*/fal_01_003.json"),
)  # fmt: skip
# Audit logs of products, or in forms, that the catalog does not know yet.
NOT_YET = (
    (TEXT, "*/laurel/testdata/*.txt"),
    (OTHER, "*/Perimeter81_ActivityLogs_sample.csv", "*/auditd_manager__auditd/*",
     "*/zeronetworks__audit/*", "*/lyve_cloud__audit/*", "*/aliyun_actiontrail.json",
     "*/SentinelOne_CL.json", "*/beSECURE_Audit_CL.json", "*/BSMmacOS_CL.json",
     "*/SailPointIDN_Triggers_CL.json", "*/CarbonBlackAuditLogs_CL.json",
     "*/Snowflake_CL.json", "*/CEF/*", "*/ForgeRock_CEF.csv",
     "*/MANAGE_ENGINE_PAM360/*", "*/KEYFACTOR/*", "*/ONFIDO/*", "*/fleet_bad_action.json",
     # Envelopes within the members of an array: tests of a program, no export.
     "*/classifier/cloudtrail/*", "*/community/cloudtrail/*", "*/cloudwatch_cloudtrail.json",
     "*/cloudwatch_events/*", "*/duo_anonymous_ip_failure.json"),
)  # fmt: skip
REFUSED = {"unrecognised", "empty", "empty_page", "not_a_log", "unreadable", "damaged"}
READ = {"stored", "repeated", "archive"}

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the shared records are not here")


def judged(path: str, note: str) -> bool:
    """Whether a refusal is one that was looked into, for the reason that it is given now."""
    return any(
        re.search(why, note) and any(fnmatchcase(path, one) for one in patterns)
        for why, *patterns in (*NO_LOGS, *NOT_YET)
    )


def below(folders: list[Path]) -> set[str]:
    """Every file that is not hidden, whatever it is called."""
    found = (
        one for folder in folders for one in (folder.rglob("*") if folder.is_dir() else [folder])
    )
    return {
        str(one)
        for one in found
        if one.is_file() and not any(part.startswith(".") for part in one.relative_to(SHARED).parts)
    }


@pytest.mark.parametrize("part", PARTS)
def test_is_read_with_conservation_or_refused_with_a_reason(bench: Any, part: str) -> None:
    report = bench.ingest(*PARTS[part])
    named = {row.path for row in report.files} | {row.path for row in report.beside}
    named |= {row.name for row in report.context}
    assert {one for one in below(PARTS[part]) if one not in named} == set()
    assert bench.verify().faults == ()
    told = " ".join(report.warnings)
    for row in report.files:
        assert row.status in READ | REFUSED, row
        assert row.read == row.stored + row.duplicate + row.rejected, row
        if row.status in REFUSED:
            assert row.note, row
        elif row.status == "stored":
            # No silent zero: where nothing is stored, every record's reason is told.
            assert row.read > 0, row
            assert row.stored + row.duplicate > 0 or f"{row.path}, record" in told, row
    held = bench.rows("SELECT count(*) AS n FROM rejects WHERE reason IS NULL OR reason = ''")
    assert held == [{"n": 0}]
    unjudged = [
        (row.path, row.note)
        for row in report.files
        if row.status in REFUSED and not judged(row.path, row.note or "")
    ]
    assert unjudged == []
