-- A sliding count that ends with each act. All acts of one key are taken to be as uncertain in
-- time as the coarsest of their stamps, so that one order serves both bounds of the count.
WITH stamped AS (
  SELECT m.event_uid AS uid, m.action, m.met, m.per, m.label, m.counted, m.time,
    coalesce(m.request_id, m.event_uid) AS request, t.source,
    CASE WHEN t.clock_segment IS NOT NULL
      THEN t.source || '/' || CAST(t.clock_segment AS VARCHAR) END AS clock,
    epoch_us(t.time_low) AS own_low, epoch_us(t.time_high) AS own_high,
    epoch_us(t.time_earliest) AS true_low, epoch_us(t.time_latest) AS true_high,
    -- The names beside those of the first target: one or two are its own, more are a bulk act.
    len(list_distinct(list_filter(list_transform(coalesce(t.targets, CAST([] AS VARCHAR[])),
      lambda name: lower(name)), lambda name: name IS NOT NULL
        AND name IS DISTINCT FROM lower(t.target) AND name IS DISTINCT FROM lower(t.target_id)
        AND name IS DISTINCT FROM lower(t.target_name)))) AS names,
    coalesce(lower(t.target), lower(t.target_id), '') AS object
  FROM measured AS m JOIN timed_events AS t ON t.event_uid = m.event_uid
), one_clock AS (
  SELECT per, count(DISTINCT clock) = 1 AND count(*) = count(clock) AS single
  FROM stamped WHERE met IS NOT FALSE AND per IS NOT NULL GROUP BY per
), weighed AS (
  SELECT s.*, CASE WHEN o.single THEN own_low ELSE true_low END AS low,
    CASE WHEN o.single THEN own_high ELSE true_high END AS high,
    row_number() OVER (PARTITION BY s.per, request, action, object
      ORDER BY coalesce(met, FALSE) DESC, own_low, uid) > 1 AS repeated,
    CASE WHEN $bulk AND names > 2 THEN 1 + names // 2 ELSE 1 END AS least,
    CASE WHEN $bulk AND names > 2 THEN 1 + names ELSE 1 END AS most
  FROM stamped AS s JOIN one_clock AS o ON o.per = s.per
  WHERE met IS NOT FALSE
), bounded AS (
  SELECT *, max(greatest(high - low, 1)) OVER (PARTITION BY per) AS grain,
    CASE WHEN coalesce(met, FALSE) AND NOT repeated THEN least ELSE 0 END AS surely,
    CASE WHEN repeated THEN 0 ELSE most END AS perhaps
  FROM weighed
), summed AS (
  SELECT *,
    sum(surely) OVER certain AS sure_sum, sum(perhaps) OVER possible AS perhaps_sum,
    count(DISTINCT CASE WHEN met THEN counted END) OVER certain AS sure_distinct,
    max(surely) OVER certain AS sure_most,
    count(DISTINCT counted) OVER possible AS perhaps_distinct,
    sum(CASE WHEN counted IS NULL THEN perhaps ELSE greatest(perhaps - 1, 0) END) OVER possible
      AS perhaps_more,
    bool_or(met IS NULL) OVER possible AS unmet, bool_or(most > least) OVER possible AS bulky,
    bool_or(counted IS NULL) OVER possible AS uncounted,
    list({'uid': uid, 'low': low}) OVER recent AS recently
  FROM bounded
  WINDOW
    certain AS (PARTITION BY per ORDER BY low
      RANGE BETWEEN greatest($window - grain, 0) PRECEDING AND CURRENT ROW),
    possible AS (PARTITION BY per ORDER BY low
      RANGE BETWEEN $window + grain - 1 PRECEDING AND grain - 1 FOLLOWING),
    recent AS (PARTITION BY per ORDER BY low, uid ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
), counts AS (
  SELECT *,
    CASE WHEN grain > $window THEN greatest(surely, CASE WHEN met THEN 1 ELSE 0 END)
      WHEN $distinct THEN greatest(sure_distinct, sure_most, CASE WHEN met THEN 1 ELSE 0 END)
      ELSE greatest(sure_sum, CASE WHEN met THEN 1 ELSE 0 END) END AS fewest,
    CASE WHEN $distinct THEN perhaps_distinct + perhaps_more ELSE perhaps_sum END AS highest
  FROM summed
), judged AS (
  SELECT m.*, c.fewest, c.highest, c.unmet, c.bulky, c.uncounted,
    list_transform(list_filter(c.recently, lambda one: one.low >= c.low - $window),
      lambda one: one.uid) AS evidence,
    CASE WHEN m.met IS FALSE THEN FALSE
      WHEN m.per IS NULL THEN NULL
      ELSE m.met AND CASE WHEN c.fewest > $count THEN TRUE WHEN c.highest <= $count THEN FALSE END
      END AS value
  FROM measured AS m LEFT JOIN counts AS c ON c.uid = m.event_uid
)
SELECT j.event_uid, b.belief, j.value,
  CASE WHEN j.met IS FALSE THEN 'the act is none of those that the limit counts'
    WHEN j.per IS NULL THEN 'whose count the act belongs to is not known'
    ELSE j.label || ': ' || CASE WHEN j.fewest = j.highest THEN CAST(j.fewest AS VARCHAR)
        WHEN j.value THEN 'at least ' || CAST(j.fewest AS VARCHAR)
        ELSE CAST(j.fewest AS VARCHAR) || ' to ' || CAST(j.highest AS VARCHAR) END
      || CASE WHEN $distinct THEN ' different ' || $distinct_text
        WHEN j.fewest = 1 AND (j.highest = 1 OR j.value) THEN ' act' ELSE ' acts' END || ' within ' || $window_text || ' up to '
      || strftime(j.time, '%Y-%m-%d %H:%M:%SZ') || '; the limit is ' || CAST($count AS VARCHAR)
    END AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN j.per IS NULL THEN [$per_text || ' of the act']
    ELSE list_filter([
      CASE WHEN j.met IS NULL OR j.unmet THEN 'which of the acts count' END,
      CASE WHEN j.bulky THEN 'number of targets of bulk acts' END,
      CASE WHEN $distinct AND j.uncounted THEN $distinct_text || ' of an act' END,
      CASE WHEN NOT coalesce(j.met IS NULL OR j.unmet OR j.bulky OR ($distinct AND j.uncounted),
        FALSE) THEN 'exact times of the acts' END
    ], lambda fact: fact IS NOT NULL) END AS missing,
  coalesce(j.evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
