, allowed AS (
  SELECT unnest($types) AS type, unnest($codes) AS code
), allowed_types AS (
  SELECT DISTINCT type FROM allowed
), coded AS (
  SELECT uid, deed, stamp, source, action, lower(trim(nullif(trim(reason_code), ''))) AS code, reason
  FROM acting
), anywhere AS (
  -- A code that is allowed for all types, or for none, needs no type.
  SELECT c.uid, count(w.code) = (SELECT count(*) FROM allowed_types) AS for_all,
    count(w.code) = 0 AS for_none
  FROM coded AS c LEFT JOIN (SELECT DISTINCT type, code FROM allowed) AS w ON w.code = c.code
  GROUP BY c.uid
), typed AS (
  SELECT l.uid, coalesce(f.case_id, l.case_id) AS case_id, unnest(CASE
    WHEN coalesce(len(f.types), 0) = 0 THEN CAST([NULL] AS VARCHAR[]) ELSE f.types END) AS type
  FROM links AS l LEFT JOIN facts AS f ON f.case_key = l.case_key
), fitting AS (
  SELECT t.uid, t.case_id, t.type, CASE WHEN t.type IS NULL
      THEN CASE WHEN y.for_all THEN TRUE WHEN y.for_none THEN FALSE END
    WHEN k.type IS NULL THEN NULL ELSE w.code IS NOT NULL END AS fits,
    CASE WHEN t.type IS NULL THEN 'type of case ' || t.case_id
      WHEN k.type IS NULL THEN 'reason codes allowed for cases of type ' || t.type END AS doubt
  FROM typed AS t JOIN coded AS c ON c.uid = t.uid JOIN anywhere AS y ON y.uid = t.uid
  LEFT JOIN allowed_types AS k ON k.type = t.type
  LEFT JOIN (SELECT DISTINCT type, code FROM allowed) AS w ON w.type = t.type AND w.code = c.code
), by_case AS (
  SELECT uid, case_id, CASE WHEN bool_and(coalesce(fits, FALSE)) THEN TRUE
      WHEN bool_and(coalesce(NOT fits, FALSE)) THEN FALSE END AS fits,
    string_agg(type, ', ' ORDER BY type) AS types,
    coalesce(list(doubt) FILTER (WHERE fits IS NULL), ['type of case ' || case_id]) AS doubts
  FROM fitting GROUP BY uid, case_id
), by_act AS (
  SELECT uid, CASE WHEN bool_or(fits) THEN TRUE WHEN bool_or(fits IS NULL) THEN NULL ELSE FALSE END
      AS fits,
    string_agg('case ' || case_id || coalesce(' of type ' || types, ''), ', ' ORDER BY case_id)
      AS cases,
    list_sort(list_distinct(flatten(list(doubts) FILTER (WHERE fits IS NULL)))) AS doubts
  FROM by_case GROUP BY uid
), judged AS (
  SELECT c.*, h.records, h.coded, h.coded_since, m.cases, m.doubts,
    CASE WHEN c.code IS NULL THEN CASE WHEN h.gives_codes THEN FALSE END
      WHEN NOT $of_type THEN y.for_all
      WHEN m.uid IS NOT NULL THEN m.fits
      WHEN y.for_all THEN TRUE WHEN y.for_none THEN FALSE END AS fits,
    CASE WHEN NOT list_contains($worded, coalesce(c.code, '')) OR trim(c.reason) <> '' THEN TRUE
      WHEN c.reason IS NOT NULL OR h.gives_reasons THEN FALSE END AS told
  FROM coded AS c JOIN habits AS h ON h.uid = c.uid
  JOIN anywhere AS y ON y.uid = c.uid LEFT JOIN by_act AS m ON m.uid = c.uid
)
SELECT j.uid AS event_uid, b.belief, j.fits AND j.told AS value,
  CASE WHEN j.code IS NULL THEN 'the record of ' || j.deed || ' at ' || j.stamp
      || ' gives no reason code; ' || CAST(j.coded AS VARCHAR) || ' of '
      || CAST(j.records AS VARCHAR) || ' records of ' || j.action || ' in ' || j.source
      || ' do' || coalesce(', since ' || strftime(j.coded_since, '%Y-%m-%d'), '')
    ELSE j.deed || ' at ' || j.stamp || ' gives the reason code ' || j.code
      || coalesce(' for ' || j.cases, '') || CASE
      WHEN NOT j.fits THEN ', which is not allowed' || CASE WHEN j.cases IS NULL OR NOT $of_type
        THEN '' ELSE ' for it' END
      WHEN NOT j.told THEN ', which needs a reason in words, and gives none'
      WHEN j.fits IS NULL THEN ', and whether that is allowed is not known'
      WHEN j.told IS NULL THEN ', and whether it gave a reason in words is not known'
      ELSE ', which is allowed' END END AS sentence,
  CASE WHEN (j.fits AND j.told) IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN j.code IS NULL THEN ['reason code of the act']
    ELSE list_concat(CASE WHEN j.fits IS NOT NULL THEN CAST([] AS VARCHAR[])
        WHEN j.cases IS NULL THEN ['case of the act'] ELSE j.doubts END,
      CASE WHEN j.told IS NULL THEN ['stated reason of the act'] ELSE CAST([] AS VARCHAR[]) END)
    END AS missing,
  CAST([] AS VARCHAR[]) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
