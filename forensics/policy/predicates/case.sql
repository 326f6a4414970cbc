, asked AS (
  SELECT l.uid, coalesce(f.case_id, l.case_id) AS case_id, l.known, f.names, s.state_text, s.opened_text, s.evidence, s.nameless,
    list_filter([lower(a.target), lower(a.target_id)], lambda name: name IS NOT NULL) AS own,
    list_transform(coalesce(a.targets, CAST([] AS VARCHAR[])), lambda name: lower(name)) AS many,
    CASE WHEN s.uid IS NULL OR NOT (s.begun OR b.by_opening) THEN NULL
      WHEN list_has_any(s.states, $states) AND (NOT s.begun
        OR NOT list_has_all($states, s.states)) THEN NULL
      ELSE list_has_any(s.states, $states) END AS in_state,
    s.old, NOT s.by_actor AS by_other
  FROM links AS l JOIN acting AS a ON a.uid = l.uid
  LEFT JOIN facts AS f ON f.case_key = l.case_key
  LEFT JOIN situations AS s ON s.uid = l.uid AND s.case_key = l.case_key
  LEFT JOIN beginnings AS b ON b.case_key = l.case_key
), matched AS (
  -- More than two further names are those of a bulk act: the case must name them all.
  SELECT *, CASE WHEN coalesce(len(names), 0) = 0 THEN NULL
    WHEN len(many) > 2 THEN CASE WHEN list_has_all(names, many) THEN TRUE
      WHEN NOT list_has_any(names, list_concat(many, own)) THEN FALSE END
    WHEN len(own) = 0 THEN NULL ELSE list_has_any(names, own) END AS about
  FROM asked
), parts AS (
  SELECT *, CASE WHEN known THEN TRUE END AND (NOT $target OR about)
    AND ($states IS NULL OR in_state) AND ($least IS NULL OR old) AND (NOT $other OR by_other)
    AS value,
    concat_ws(' and ',
      CASE WHEN $target AND NOT about THEN 'it is about '
        || array_to_string(list_slice(names, 1, 3), ', ') || ', not about '
        || array_to_string(list_slice(own, 1, 1), '') END,
      CASE WHEN NOT in_state THEN CASE WHEN state_text IS NULL THEN 'it was opened later'
        ELSE 'it was ' || state_text END END,
      CASE WHEN $least IS NOT NULL AND NOT old THEN 'it was not opened ' || $least_text || ' before'
        || coalesce(', but by ' || opened_text, '') END,
      CASE WHEN $other AND NOT by_other THEN 'the same person opened it, ' || opened_text END)
      AS faults,
    CASE WHEN NOT known THEN ['record of case ' || case_id] ELSE list_concat(list_filter([
      CASE WHEN $target AND about IS NULL THEN CASE WHEN coalesce(len(names), 0) = 0
        THEN 'target of case ' || case_id ELSE 'targets of the act' END END,
      CASE WHEN $states IS NOT NULL AND in_state IS NULL
        THEN 'state of case ' || case_id || ' at the act' END,
      CASE WHEN $least IS NOT NULL AND old IS NULL THEN 'exact opening of case ' || case_id END,
      CASE WHEN $other AND by_other IS NULL AND coalesce(len(nameless), 0) = 0
        THEN 'who opened case ' || case_id || ' before the act' END
      ], lambda fact: fact IS NOT NULL),
      CASE WHEN $other AND by_other IS NULL THEN nameless END) END AS doubts
  FROM matched
), told_parts AS (
  SELECT *, 'case ' || case_id || CASE
    WHEN value THEN concat_ws(', ', CASE WHEN $target
          THEN ' about ' || array_to_string(list_slice(names, 1, 3), ', ') ELSE '' END,
        CASE WHEN $states IS NOT NULL THEN state_text END, 'opened by ' || opened_text)
    WHEN value IS NULL THEN ' is not known to cover it: not known are '
        || array_to_string(doubts, ', ')
    ELSE ' does not cover it: ' || faults END AS label
  FROM parts
), /* judged by cases */
SELECT j.uid AS event_uid, b.belief, j.value,
  CASE WHEN j.bare THEN 'the record of ' || j.deed || ' at ' || j.stamp || ' names no case; '
      || CAST(j.named AS VARCHAR) || ' of ' || CAST(j.records AS VARCHAR) || ' records of '
      || j.action || ' in ' || j.source || ' do' || coalesce(', since ' || strftime(j.named_since, '%Y-%m-%d'), '')
    WHEN j.value THEN j.deed || ' at ' || j.stamp || ' rests on ' || j.found
    ELSE j.deed || ' at ' || j.stamp || ': ' || j.all_labels END AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[]) WHEN j.bare THEN ['case of the act']
    ELSE j.missing END AS missing,
  coalesce(j.evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
