-- What the cases that an act rests on say of it together: `summed`, and with what its source names
-- of such acts else `judged`. Reads `told_parts` (uid, case_id, value, label, doubts, evidence).
summed AS (
  SELECT uid, CASE WHEN bool_or(value) THEN TRUE WHEN bool_or(value IS NULL) THEN NULL ELSE FALSE
      END AS value,
    string_agg(label, '; ' ORDER BY case_id) FILTER (WHERE value) AS found,
    string_agg(label, '; ' ORDER BY case_id) AS all_labels,
    list_sort(list_distinct(flatten(list(doubts) FILTER (WHERE value IS NULL)))) AS missing,
    list_sort(list_distinct(flatten(list(evidence)))) AS evidence
  FROM told_parts GROUP BY uid
), judged AS (
  SELECT a.uid, a.deed, a.stamp, a.source, a.action, h.records, h.named, h.named_since, s.found,
    s.all_labels, s.missing, s.evidence, s.uid IS NULL AS bare,
    CASE WHEN s.uid IS NOT NULL THEN s.value WHEN h.names_cases THEN FALSE END AS value
  FROM acting AS a LEFT JOIN summed AS s ON s.uid = a.uid
  JOIN habits AS h ON h.uid = a.uid
)
