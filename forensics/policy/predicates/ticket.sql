, session_starts AS (
  SELECT source, tenant, session_id, count(DISTINCT clock_segment) = 1
      AND count(clock_segment) = count(*) AS one_clock,
    source || '/' || CAST(min(clock_segment) AS VARCHAR) AS clock, min(epoch_us(time_low)) AS low,
    min(greatest(epoch_us(time_high), epoch_us(time_low) + 1)) AS high,
    min(epoch_us(time_earliest)) AS earliest,
    min(greatest(epoch_us(time_latest), epoch_us(time_earliest) + 1)) AS latest,
    strftime(min(time), '%Y-%m-%d %H:%M:%SZ') AS stamp
  FROM timed_events
  WHERE time IS NOT NULL AND (source, session_id) IN (
    SELECT source, session_id FROM acting WHERE $of_session AND session_id IS NOT NULL)
  GROUP BY source, tenant, session_id
), anchors AS (
  -- What the ticket must precede: the act, or the first record of its session.
  SELECT a.uid, CASE WHEN NOT $of_session THEN a.clock WHEN s.one_clock THEN s.clock END AS clock,
    CASE WHEN $of_session THEN s.low ELSE a.low END AS low,
    CASE WHEN $of_session THEN s.high ELSE a.high END AS high,
    CASE WHEN $of_session THEN s.earliest ELSE a.earliest END AS earliest,
    CASE WHEN $of_session THEN s.latest ELSE a.latest END AS latest,
    CASE WHEN $of_session THEN 'the start of the session at ' || s.stamp ELSE 'the act' END AS label
  FROM acting AS a LEFT JOIN session_starts AS s ON s.source = a.source
    AND s.tenant IS NOT DISTINCT FROM a.tenant AND s.session_id = a.session_id
), opened AS (
  SELECT w.uid, w.case_key, w.certain
    AND CASE WHEN coalesce(x.clock = w.clock, FALSE)
      THEN CASE WHEN w.high <= x.low + $slack THEN TRUE WHEN w.low >= x.high + $slack THEN FALSE END
      WHEN w.latest <= x.earliest + $slack THEN TRUE
      WHEN w.earliest >= x.latest + $slack THEN FALSE END AS in_time
  FROM weighed AS w JOIN anchors AS x ON x.uid = w.uid WHERE w.opening
), openings AS (
  SELECT uid, case_key, CASE WHEN bool_or(in_time) THEN TRUE WHEN bool_or(in_time IS NULL) THEN NULL
    ELSE FALSE END AS in_time
  FROM opened GROUP BY uid, case_key
), asked AS (
  SELECT l.uid, l.known, coalesce(f.case_id, l.case_id) AS case_id, f.types, s.state_text,
    s.opened_text, s.evidence, o.in_time, x.label AS anchor, x.low IS NULL AS adrift, f.names,
    a.action,
    list_filter([lower(a.target), lower(a.target_id)], lambda name: name IS NOT NULL) AS own,
    list_transform(coalesce(a.targets, CAST([] AS VARCHAR[])), lambda name: lower(name)) AS many,
    CASE WHEN coalesce(len(f.types), 0) = 0 THEN NULL WHEN NOT list_has_any(f.types, $types)
      THEN FALSE WHEN list_has_all($types, f.types) THEN TRUE END AS of_type,
    -- What may be opened later is then open.
    CASE WHEN s.uid IS NULL OR NOT (s.begun OR b.by_opening) THEN NULL
      WHEN (s.begun OR $later) AND list_has_all($states, s.states) THEN TRUE
      WHEN (s.begun OR NOT $later) AND NOT list_has_any(s.states, $states) THEN FALSE
      END AS in_state
  FROM links AS l JOIN anchors AS x ON x.uid = l.uid JOIN acting AS a ON a.uid = l.uid
  LEFT JOIN facts AS f ON f.case_key = l.case_key
  LEFT JOIN situations AS s ON s.uid = l.uid AND s.case_key = l.case_key
  LEFT JOIN openings AS o ON o.uid = l.uid AND o.case_key = l.case_key
  LEFT JOIN beginnings AS b ON b.case_key = l.case_key
), matched AS (
  -- A ticket of no target in particular is of all; a bulk act needs all its targets named.
  SELECT *, CASE WHEN NOT $target OR coalesce(len(names), 0) = 0 THEN TRUE
    WHEN len(many) > 2 THEN CASE WHEN list_has_all(names, many) THEN TRUE
      WHEN NOT list_has_any(names, list_concat(many, own)) THEN FALSE END
    WHEN len(own) > 0 THEN list_has_any(names, own)
    -- What is done to a session has no target of its own.
    WHEN starts_with(action, 'session.') THEN TRUE END AS about
  FROM asked
), parts AS (
  SELECT *, CASE WHEN known THEN TRUE END AND ($types IS NULL OR of_type) AND about
    AND ($slack IS NULL OR in_time) AND ($states IS NULL OR in_state) AS value,
    concat_ws(' and ',
      CASE WHEN $types IS NOT NULL AND NOT of_type
        THEN 'it is of type ' || array_to_string(types, ', ') END,
      CASE WHEN NOT about THEN 'it is about ' || array_to_string(list_slice(names, 1, 3), ', ')
        || ', not about ' || coalesce(own[1], 'the targets of the act') END,
      CASE WHEN $slack IS NOT NULL AND NOT in_time THEN 'it was not opened before ' || anchor
        || $slack_text || coalesce(', but by ' || opened_text, '') END,
      CASE WHEN $states IS NOT NULL AND NOT in_state THEN CASE WHEN state_text IS NULL
        THEN 'it was opened later' ELSE 'it was ' || state_text END END) AS faults,
    CASE WHEN NOT known THEN ['record of ticket ' || case_id] ELSE list_filter([
      CASE WHEN $types IS NOT NULL AND of_type IS NULL THEN 'type of ticket ' || case_id END,
      CASE WHEN about IS NULL THEN 'target of the act' END,
      CASE WHEN $slack IS NOT NULL AND in_time IS NULL THEN CASE WHEN adrift
        THEN 'session of the act' ELSE 'exact opening of ticket ' || case_id END END,
      CASE WHEN $states IS NOT NULL AND in_state IS NULL
        THEN 'state of ticket ' || case_id || ' at the act' END
      ], lambda fact: fact IS NOT NULL) END AS doubts
  FROM matched
), told_parts AS (
  SELECT *, 'ticket ' || case_id || CASE
    WHEN value THEN concat_ws(',', coalesce(' of type ' || CASE WHEN len(types) > 0
        THEN array_to_string(types, ', ') END, ''),
        CASE WHEN $target THEN ' about ' || array_to_string(list_slice(names, 1, 3), ', ') END,
        ' opened by ' || opened_text,
        CASE WHEN $states IS NOT NULL THEN ' ' || state_text END)
    WHEN value IS NULL THEN ': not known are ' || array_to_string(doubts, ', ')
    ELSE ': ' || faults END AS label
  FROM parts
), /* judged by cases */
SELECT j.uid AS event_uid, b.belief, j.value,
  CASE WHEN j.bare THEN 'neither the record of ' || j.deed || ' at ' || j.stamp
      || ' nor its session names a ticket; ' || CAST(j.named AS VARCHAR) || ' of '
      || CAST(j.records AS VARCHAR) || ' records of ' || j.action || ' in ' || j.source
      || ' do' || coalesce(', since ' || strftime(j.named_since, '%Y-%m-%d'), '')
    WHEN j.value THEN j.deed || ' at ' || j.stamp || ' rests on ' || j.found
    ELSE j.deed || ' at ' || j.stamp || ': ' || j.all_labels END AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[]) WHEN j.bare THEN ['ticket of the act']
    ELSE j.missing END AS missing,
  coalesce(j.evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
