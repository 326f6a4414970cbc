-- The cases that acts in scope rest on (`links`), what is known of them (`facts`), and their steps
-- placed against each act (`weighed`). A text that goes on with further CTEs follows.
, session_cases AS (
  SELECT DISTINCT source, tenant, session_id, trim(case_id) AS case_id FROM timed_events
  WHERE $by_session AND session_id IS NOT NULL AND trim(case_id) <> ''
), worded AS (
  -- The case that a record names, else ids in its free text, else what its session names.
  SELECT uid, tenant, lower(trim(case_id)) AS written, trim(case_id) AS case_id, 1 AS rank
  FROM acting WHERE trim(case_id) <> ''
  UNION ALL SELECT uid, tenant, word, word, 2 FROM (
    SELECT uid, tenant, unnest(list_distinct(regexp_extract_all(
      lower(coalesce(nullif(trim(case_id), ''), reason)), $id))) AS word
    FROM acting)
  WHERE regexp_matches(word, '[a-z]') AND regexp_matches(word, '[0-9]')
  UNION ALL SELECT a.uid, a.tenant, lower(c.case_id), c.case_id, 3
  FROM acting AS a JOIN session_cases AS c ON c.source = a.source
    AND c.tenant IS NOT DISTINCT FROM a.tenant AND c.session_id = a.session_id
), spoken AS (
  -- Two tenants number their cases alike: what names another tenant than the act is another case.
  SELECT *, coalesce(tenant || ' ', '') || written AS case_key FROM worded
), spoken_keys AS (
  SELECT DISTINCT case_key, written, tenant FROM spoken
), told_facts AS (
  -- What nobody asks for is not read: it may be costly.
  SELECT k.case_key, f.case_id, f.opening, CASE WHEN $tell_types THEN f.type END AS type,
    CASE WHEN $tell_queues THEN f.queue END AS queue,
    CASE WHEN $tell_names THEN f.names END AS names
  FROM case_facts AS f JOIN spoken_keys AS k ON k.written = f.case_key
    AND coalesce(k.tenant = f.tenant, TRUE)
), facts AS (
  -- What a case is about says its opening; only where that names nothing, its other records.
  SELECT case_key, min(case_id) AS case_id,
    list_sort(list_distinct(list(type) FILTER (WHERE type <> ''))) AS types,
    list_sort(list_distinct(list(queue) FILTER (WHERE queue <> ''))) AS queues,
    list_sort(list_distinct(CASE WHEN count(*) FILTER (WHERE opening AND len(names) > 0) > 0
      THEN flatten(list(names) FILTER (WHERE opening)) ELSE flatten(list(names)) END)) AS names
  FROM told_facts GROUP BY case_key
), ranked AS (
  SELECT s.*, f.case_key IS NOT NULL AS known,
    min(CASE WHEN f.case_key IS NOT NULL THEN s.rank END) OVER (PARTITION BY s.uid) AS best,
    min(nullif(s.rank, 2)) OVER (PARTITION BY s.uid) AS named
  FROM spoken AS s LEFT JOIN facts AS f ON f.case_key = s.case_key
), links AS (
  SELECT uid, case_key, min(written) AS written, min(case_id) AS case_id, known FROM ranked
  WHERE CASE WHEN best IS NULL THEN rank = named ELSE known AND rank = best END
  GROUP BY uid, case_key, known
), such AS (
  -- Whether a source names cases, gives codes and reasons, where it records such acts, and since
  -- when: by its own clock, and in true time.
  SELECT source, action, clock_segment, count(*) AS records,
    count(nullif(trim(case_id), '')) AS named, count(nullif(trim(reason_code), '')) AS coded,
    min(epoch_us(time_high)) FILTER (WHERE trim(case_id) <> '') AS named_high,
    min(epoch_us(time_latest)) FILTER (WHERE trim(case_id) <> '') AS named_latest,
    min(time) FILTER (WHERE trim(case_id) <> '') AS named_since,
    min(epoch_us(time_high)) FILTER (WHERE trim(reason_code) <> '') AS coded_high,
    min(epoch_us(time_latest)) FILTER (WHERE trim(reason_code) <> '') AS coded_latest,
    min(time) FILTER (WHERE trim(reason_code) <> '') AS coded_since,
    min(epoch_us(time_high)) FILTER (WHERE trim(reason) <> '') AS worded_high,
    min(epoch_us(time_latest)) FILTER (WHERE trim(reason) <> '') AS worded_latest
  FROM timed_events
  WHERE time IS NOT NULL AND (source, action) IN (SELECT source, action FROM acting)
  GROUP BY source, action, clock_segment
), summed_habits AS (
  SELECT source, action, sum(records) AS records, sum(named) AS named, sum(coded) AS coded,
    min(named_latest) AS named_latest, min(named_since) AS named_since,
    min(coded_latest) AS coded_latest, min(coded_since) AS coded_since,
    min(worded_latest) AS worded_latest
  FROM such GROUP BY source, action
), habits AS (
  -- What an act lacks tells something only where its source gave it before.
  SELECT a.uid, h.records, h.named, h.coded, h.named_since, h.coded_since,
    coalesce(h.named_latest <= a.earliest, FALSE) OR coalesce(c.named_high <= a.low, FALSE)
      AS names_cases,
    coalesce(h.coded_latest <= a.earliest, FALSE) OR coalesce(c.coded_high <= a.low, FALSE)
      AS gives_codes,
    coalesce(h.worded_latest <= a.earliest, FALSE) OR coalesce(c.worded_high <= a.low, FALSE)
      AS gives_reasons
  FROM acting AS a JOIN summed_habits AS h ON h.source = a.source AND h.action = a.action
  LEFT JOIN such AS c ON c.source = a.source AND c.action = a.action
    AND a.clock = c.source || '/' || CAST(c.clock_segment AS VARCHAR)
), steps AS (
  SELECT *, row_number() OVER () AS step,
    CASE WHEN valid_from IS NULL THEN 'a time that is not recorded'
      ELSE strftime(valid_from, '%Y-%m-%d %H:%M:%SZ') END AS stamp
  FROM (
    SELECT FALSE AS assigned, k.case_key, state, opening, account AS name,
      account_type AS name_type, account AS doer, source, clock, low, high, earliest, latest,
      valid_from, certain, event_uid
    FROM case_states AS s JOIN spoken_keys AS k ON k.written = s.case_key
      AND coalesce(k.tenant = s.tenant, TRUE)
    UNION ALL SELECT TRUE, k.case_key, NULL, FALSE, assignee, NULL, account, source, clock, low,
      high, earliest, latest, valid_from, certain, event_uid
    FROM case_assignments AS s JOIN spoken_keys AS k ON k.written = s.case_key
      AND coalesce(k.tenant = s.tenant, TRUE)
  ) WHERE case_key IN (SELECT case_key FROM links)
), listed_names AS (
  -- A list of tickets names accounts of whatever source.
  SELECT s.step, CASE WHEN count(DISTINCT lower(a.person)) = 1 THEN min(lower(a.person)) END
      AS person, min(a.kind) AS kind
  FROM steps AS s JOIN accounts AS a ON lower(a.account) = lower(s.name)
    AND (a.source IS NULL OR s.event_uid IS NULL OR lower(a.source) = lower(s.source))
    AND (a.valid_from IS NULL OR s.valid_from IS NULL OR a.valid_from <= s.valid_from)
    AND (a.valid_to IS NULL OR s.valid_from IS NULL OR s.valid_from < a.valid_to)
  GROUP BY s.step
), persons AS (
  SELECT DISTINCT lower(person) AS person FROM accounts WHERE person IS NOT NULL
), named_steps AS (
  SELECT s.*, lower(s.name) AS account, coalesce(l.kind, o.kind) AS kind,
    coalesce(l.person, o.person, p.person) AS known
  FROM steps AS s LEFT JOIN listed_names AS l ON l.step = s.step
  LEFT JOIN seen AS o ON o.account = lower(s.name)
  LEFT JOIN persons AS p ON p.person = lower(s.name)
), told_steps AS (
  SELECT *, CASE WHEN kind IS DISTINCT FROM 'shared' THEN known END AS person,
    kind IS DISTINCT FROM 'shared' AS own,
    coalesce(name_type IN ('service', 'system') AND known IS NULL, FALSE)
      OR coalesce(kind = 'service' AND (name_type IS DISTINCT FROM 'user' OR known IS NULL), FALSE)
      AS service
  FROM named_steps
), closings AS (
  SELECT case_key, clock, min(high) FILTER (WHERE certain) AS sure_high,
    min(latest) FILTER (WHERE certain) AS sure_latest, min(low) AS low, min(earliest) AS earliest
  FROM steps WHERE state = 'closed' GROUP BY case_key, clock
), after_closings AS (
  SELECT s.step, CASE WHEN c.clock = s.clock
      THEN CASE WHEN c.sure_high <= s.low THEN TRUE WHEN c.low >= s.high THEN FALSE END
      WHEN c.sure_latest <= s.earliest THEN TRUE WHEN c.earliest >= s.latest THEN FALSE END AS closed
  FROM steps AS s JOIN closings AS c ON c.case_key = s.case_key WHERE s.opening
), reopenings AS (
  -- What opens a case that had been closed begins it anew.
  SELECT step, CASE WHEN bool_or(closed) THEN TRUE WHEN bool_or(closed IS NULL) THEN NULL
    ELSE FALSE END AS again
  FROM after_closings GROUP BY step
), firsts AS (
  SELECT case_key, opening,
    coalesce(min(CASE WHEN certain THEN high END) OVER (PARTITION BY case_key, clock) <= low, FALSE)
      OR coalesce(min(CASE WHEN certain THEN latest END) OVER (PARTITION BY case_key) <= earliest,
        FALSE) AS later
  FROM steps WHERE NOT assigned
), beginnings AS (
  -- A case that begins with its opening was not there before.
  SELECT case_key, bool_and(opening) AS by_opening FROM firsts WHERE NOT later GROUP BY case_key
), met AS (
  SELECT l.uid, s.*, a.who AS a_who, a.person IS NULL AS a_nameless,
    CASE WHEN r.step IS NULL THEN FALSE ELSE r.again END AS again,
    CASE WHEN coalesce(a.clock = s.clock, FALSE) THEN a.low - s.high ELSE a.earliest - s.latest END
      AS least,
    CASE WHEN coalesce(a.clock = s.clock, FALSE) THEN a.high - s.low ELSE a.latest - s.earliest END
      AS most,
    CASE WHEN s.name IS NULL THEN NULL
      WHEN a.service OR s.service THEN a.service AND s.service AND a.account = s.account
      WHEN a.person IS NOT NULL AND s.person IS NOT NULL THEN a.person = s.person
      WHEN a.account = s.account AND a.own AND s.own AND a.person IS NULL AND s.person IS NULL
        THEN TRUE END AS same_person
  FROM links AS l JOIN acting AS a ON a.uid = l.uid
  JOIN told_steps AS s ON s.case_key = l.case_key LEFT JOIN reopenings AS r ON r.step = s.step
), placed AS (
  SELECT *, CASE WHEN least >= 0 THEN TRUE WHEN most <= 0 THEN FALSE END AS before FROM met
), weighed AS (
  -- The last step before the act holds at the act; `possible` are those that may be the last.
  SELECT *, coalesce(before AND certain, FALSE) AS surely,
    before IS NOT FALSE
      AND NOT coalesce(max(CASE WHEN before AND certain THEN low END)
        OVER (PARTITION BY uid, case_key, assigned, clock) >= high, FALSE)
      AND NOT coalesce(max(CASE WHEN before AND certain THEN earliest END)
        OVER (PARTITION BY uid, case_key, assigned) >= latest, FALSE) AS possible,
    certain AND CASE WHEN least >= $least THEN TRUE WHEN most <= $least THEN FALSE END AS old,
    again AND certain AND before AND CASE WHEN least >= $least THEN FALSE WHEN most <= $least
      THEN TRUE END AS renewed
  FROM placed
), situations AS (
  SELECT uid, case_key, bool_or(surely) AS begun,
    coalesce(list_sort(list_distinct(list(state) FILTER (WHERE possible))),
      CAST([] AS VARCHAR[])) AS states,
    array_to_string(list_sort(list_distinct(list(state || ' since ' || stamp)
      FILTER (WHERE possible))), ' or ') AS state_text,
    min_by(doer || ' at ' || stamp, (low, coalesce(event_uid, source)))
      FILTER (WHERE opening AND doer IS NOT NULL) AS opened_text,
    CASE WHEN bool_or(old) FILTER (WHERE opening) THEN TRUE
      WHEN bool_or(old IS NULL) FILTER (WHERE opening) THEN NULL
      WHEN bool_or(opening) THEN FALSE END
    AND NOT CASE WHEN bool_or(renewed) FILTER (WHERE opening) THEN TRUE
      WHEN bool_or(renewed IS NULL) FILTER (WHERE opening) THEN NULL ELSE FALSE END AS old,
    CASE WHEN bool_or(before AND certain AND same_person)
        FILTER (WHERE opening AND name IS NOT NULL) THEN TRUE
      WHEN bool_or((before AND certain AND same_person) IS NULL)
        FILTER (WHERE opening AND name IS NOT NULL) THEN NULL
      WHEN bool_or(before IS NOT FALSE) FILTER (WHERE opening AND name IS NOT NULL) THEN FALSE END
      AS by_actor,
    list_distinct(list('person behind account ' || CASE WHEN a_nameless THEN a_who ELSE name END)
      FILTER (WHERE opening AND name IS NOT NULL AND same_person IS NULL)) AS nameless,
    list_sort(list_distinct(list(event_uid) FILTER (WHERE event_uid IS NOT NULL
      AND (possible OR opening)))) AS evidence
  FROM weighed WHERE NOT assigned GROUP BY uid, case_key
)
