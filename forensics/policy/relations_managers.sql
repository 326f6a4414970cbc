-- Whom each person's roster names as manager, in [since, until): as it was known then ('at_act'), and
-- as is known now. A manager that is not known is NULL and not `known`; who has none is `known`. A
-- roster that names nobody's manager does not tell of managers.
WITH names AS (
  SELECT lower(person) AS name, lower(person) AS person FROM employment
  UNION SELECT lower(email), lower(person) FROM employment WHERE email IS NOT NULL
  UNION SELECT lower(account), lower(person) FROM accounts
    WHERE person IS NOT NULL AND kind IS DISTINCT FROM 'shared'
), resolved AS (
  SELECT name, min(person) AS person FROM names GROUP BY name HAVING count(DISTINCT person) = 1
), telling AS (
  SELECT feed FROM employment GROUP BY feed HAVING count(manager) > 0
), told AS (
  SELECT lower(e.person) AS person, e.feed, e.fact_no, e.recorded_at, e.known_from,
    e.manager IS NOT NULL AS named, r.person AS manager
  FROM employment AS e JOIN telling AS t ON t.feed = e.feed
  LEFT JOIN resolved AS r ON r.name = lower(e.manager)
), versions AS (
  SELECT 'at_act' AS belief, *, known_from AS since,
    lead(known_from) OVER (PARTITION BY person, feed ORDER BY known_from, fact_no) AS until
  FROM told
  UNION ALL
  SELECT 'now', *, CASE WHEN row_number() OVER first_known = 1
      THEN TIMESTAMPTZ '0001-01-01 00:00:00+00'
      ELSE coalesce(recorded_at, TIMESTAMPTZ '0001-01-01 00:00:00+00') END,
    lead(coalesce(recorded_at, TIMESTAMPTZ '0001-01-01 00:00:00+00')) OVER first_known
  FROM told WINDOW first_known AS (
    PARTITION BY person, feed ORDER BY recorded_at NULLS FIRST, fact_no)
), before AS (
  SELECT person, feed, min(known_from) AS known_from FROM told GROUP BY person, feed
), spans AS (
  SELECT belief, person, feed, manager, manager IS NOT NULL OR NOT named AS known, since,
    coalesce(until, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS until
  FROM versions WHERE until IS NULL OR since < until
  UNION ALL
  SELECT 'at_act', person, feed, NULL, FALSE, TIMESTAMPTZ '0001-01-01 00:00:00+00', known_from
  FROM before
), changes AS (
  SELECT *, CASE WHEN manager IS NOT DISTINCT FROM lag(manager) OVER rows_of
      AND known = lag(known) OVER rows_of THEN 0 ELSE 1 END AS new
  FROM spans WINDOW rows_of AS (PARTITION BY belief, person, feed ORDER BY since)
), stretches AS (
  SELECT *, sum(new) OVER (PARTITION BY belief, person, feed ORDER BY since) AS stretch
  FROM changes
)
SELECT belief, person, any_value(manager) AS manager, any_value(known) AS known,
  min(since) AS since, max(until) AS until
FROM stretches GROUP BY belief, person, feed, stretch
