, target_names AS (
  SELECT uid, act, other, nullif(trim(case_id), '') IS NULL AS caseless,
    unnest(list_distinct(list_filter([lower(target), lower(target_id)],
      lambda name: name IS NOT NULL))) AS name
  FROM told
), looked AS (
  SELECT l.uid, o.uid AS other_uid FROM links AS l
  JOIN others AS o ON lower(trim(o.case_id)) = l.written
  UNION SELECT a.uid, o.uid FROM target_names AS a JOIN target_names AS o ON o.name = a.name
  WHERE a.act AND o.other AND o.caseless
), spaced AS (
  SELECT a.uid, o.uid AS other_uid, o.action || ' by ' || o.who || ' at ' || o.stamp AS label,
    o.low, o.succeeded, a.who AS a_who, a.person IS NULL AS a_nameless, o.who,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN a.low - o.high ELSE a.earliest - o.latest END
      AS least,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN a.high - o.low ELSE a.latest - o.earliest END
      AS most,
    CASE WHEN a.service OR o.service THEN a.service AND o.service AND a.account = o.account
      WHEN a.person IS NOT NULL AND o.person IS NOT NULL THEN a.person = o.person
      WHEN a.account = o.account AND a.own AND o.own AND a.person IS NULL AND o.person IS NULL
        THEN TRUE END AS same_person
  FROM looked AS p JOIN acting AS a ON a.uid = p.uid JOIN others AS o ON o.uid = p.other_uid
    AND coalesce(o.tenant = a.tenant, TRUE)
), weighted AS (
  SELECT *, succeeded AND same_person AND CASE WHEN least >= $length THEN TRUE
    WHEN most <= $length THEN FALSE END AS enough
  FROM spaced WHERE most > 0
), summed AS (
  SELECT uid, CASE WHEN bool_or(enough) THEN TRUE WHEN bool_or(enough IS NULL) THEN NULL
      ELSE FALSE END AS enough,
    min_by(label, (low, other_uid)) FILTER (WHERE enough) AS found,
    string_agg(label, ', ' ORDER BY low, other_uid) FILTER (WHERE same_person AND NOT enough)
      AS late,
    max(most) FILTER (WHERE same_person AND NOT enough) AS most,
    list_sort(list_distinct(flatten(list(list_filter([
      CASE WHEN succeeded IS NULL THEN 'outcome of ' || label END,
      CASE WHEN same_person IS NULL
        THEN 'person behind account ' || CASE WHEN a_nameless THEN a_who ELSE who END END,
      CASE WHEN succeeded AND same_person THEN 'exact time between the act and ' || label END
      ], lambda fact: fact IS NOT NULL)) FILTER (WHERE enough IS NULL)))) AS doubts,
    list(other_uid ORDER BY low, other_uid) FILTER (WHERE same_person) AS evidence
  FROM weighted GROUP BY uid
), recording AS (
  SELECT source, clock, sum(count(*)) OVER of_source AS views, min(min(time)) OVER of_source AS since,
    min(min(latest)) OVER of_source AS latest, min(high) AS high
  FROM others WHERE action = 'case.view' GROUP BY source, clock
  WINDOW of_source AS (PARTITION BY source)
), views AS (
  SELECT source, any_value(views) AS views, any_value(since) AS since FROM recording GROUP BY source
), covered_cases AS (
  -- Nobody looks at a case before it is opened: by then the source must have recorded views.
  SELECT DISTINCT l.uid, l.case_key
  FROM links AS l JOIN acting AS a ON a.uid = l.uid JOIN recording AS r ON r.source = a.source
  JOIN beginnings AS b ON b.case_key = l.case_key
  JOIN steps AS s ON s.case_key = l.case_key
  WHERE b.by_opening AND s.opening
    AND (r.latest <= s.earliest OR (coalesce(r.clock = s.clock, FALSE) AND r.high <= s.low))
), opened_cases AS (
  SELECT b.case_key FROM beginnings AS b WHERE b.by_opening
), covering AS (
  SELECT l.uid, count(c.case_key) = count(*) AS covered, count(o.case_key) = count(*) AS opened,
    string_agg(l.case_id, ', ' ORDER BY l.case_id) AS cases
  FROM links AS l LEFT JOIN covered_cases AS c ON c.uid = l.uid AND c.case_key = l.case_key
  LEFT JOIN opened_cases AS o ON o.case_key = l.case_key
  GROUP BY l.uid
), judged AS (
  SELECT a.uid, a.deed, a.stamp, a.who, m.enough, m.found, m.late, m.most, m.doubts, m.evidence,
    v.cases, v.opened, r.views, r.since, a.source,
    CASE WHEN m.enough THEN TRUE WHEN m.uid IS NOT NULL AND m.enough IS NULL THEN NULL
      WHEN v.covered THEN FALSE END AS value
  FROM acting AS a LEFT JOIN summed AS m ON m.uid = a.uid
  LEFT JOIN covering AS v ON v.uid = a.uid LEFT JOIN views AS r ON r.source = a.source
)
SELECT j.uid AS event_uid, b.belief, j.value,
  CASE WHEN j.value THEN 'at least ' || $length_text || ' passed from ' || j.found || ' to '
      || j.deed || ' at ' || j.stamp
    ELSE concat_ws('; ',
      CASE WHEN j.value IS NULL THEN 'whether ' || $length_text || ' passed from when ' || j.who
          || ' first looked at it to ' || j.deed || ' at ' || j.stamp || ' is not known'
        WHEN j.late IS NULL THEN j.who || ' did not look at case ' || j.cases || ' before '
          || j.deed || ' at ' || j.stamp
        ELSE 'less than ' || CAST(to_microseconds(j.most) AS VARCHAR) || ' passed from ' || j.late
          || ' to ' || j.deed || ' at ' || j.stamp || '; at least ' || $length_text
          || ' are asked' END,
      CASE WHEN j.views IS NULL THEN 'no record of ' || j.source || ' tells who looked at a case'
        ELSE 'records of case.view in ' || j.source || ': ' || CAST(j.views AS VARCHAR)
          || ', since ' || strftime(j.since, '%Y-%m-%d') END) END AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN len(j.doubts) > 0 THEN j.doubts
    WHEN j.cases IS NULL THEN ['case of the act']
    WHEN j.views IS NULL THEN ['records of case.view in ' || j.source]
    WHEN j.opened THEN ['records of case.view in ' || j.source || ' from before the opening of case '
      || j.cases]
    ELSE ['opening of case ' || j.cases] END AS missing,
  coalesce(j.evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
