-- What accounts and persons held, from when until when: as lists state it, and as records of giving
-- and taking tell. A record names what it concerns; one of its names is the account, another what
-- was given. `*_low` and `*_high` are bounds on the clock `clock` of the source, where there is one.
WITH recorded AS (
  SELECT event_uid AS uid, source, tenant,
    action IN ('role.grant', 'access.grant', 'group.member_add') AS given,
    coalesce(outcome = 'success', FALSE) AS sure,
    CASE WHEN clock_segment IS NOT NULL
      THEN source || '/' || CAST(clock_segment AS VARCHAR) END AS clock,
    time_low AS low, greatest(time_high, time_low + INTERVAL 1 MICROSECOND) AS high,
    time_earliest AS earliest,
    greatest(time_latest, time_earliest + INTERVAL 1 MICROSECOND) AS latest,
    list_distinct(list_filter([lower(target), lower(target_id), lower(target_name)],
      lambda name: name IS NOT NULL)) AS own_names,
    list_distinct(list_filter(list_transform(coalesce(targets, CAST([] AS VARCHAR[])),
      lambda name: lower(name)), lambda name: name IS NOT NULL)) AS all_names
  FROM timed_events
  WHERE action IN ('role.grant', 'role.revoke', 'access.grant', 'access.revoke',
      'group.member_add', 'group.member_remove')
    AND coalesce(outcome, 'unknown') IN ('success', 'unknown') AND time IS NOT NULL
), named AS (
  SELECT * EXCLUDE (own_names, all_names),
    list_distinct(list_concat(own_names, all_names)) AS names,
    -- In a bulk of names nobody can tell who was given what.
    len(list_filter(all_names, lambda name: NOT list_contains(own_names, name)))
      NOT BETWEEN 1 AND 40 AS unnamed
  FROM recorded
), accounts_named AS (
  SELECT *, unnest(names) AS account FROM named
), steps AS (
  SELECT *, unnest(CASE WHEN unnamed THEN CAST([NULL] AS VARCHAR[])
    ELSE list_filter(names, lambda name: name <> account) END) AS held
  FROM accounts_named
), pairs AS (
  -- A taking ends what the same source gave; one that does not say what it took may have ended it.
  SELECT g.uid AS given_uid, g.account, g.held, t.uid AS taken_uid, t.held AS taken,
    t.low, t.high, t.earliest, t.latest,
    g.clock IS NOT NULL AND coalesce(g.clock = t.clock, FALSE) AS one_clock,
    CASE WHEN g.clock IS NOT NULL AND coalesce(g.clock = t.clock, FALSE)
      THEN CASE WHEN t.low >= g.high THEN TRUE WHEN t.high <= g.low THEN FALSE END
      WHEN t.earliest >= g.latest THEN TRUE WHEN t.latest <= g.earliest THEN FALSE END AS after,
    t.sure AND t.held IS NOT NULL AND g.held IS NOT NULL AS surely
  FROM steps AS g JOIN steps AS t ON t.source = g.source
    AND t.tenant IS NOT DISTINCT FROM g.tenant AND t.account = g.account
    AND (t.held = g.held OR t.held IS NULL OR g.held IS NULL)
  WHERE g.given AND NOT t.given
), ends AS (
  SELECT given_uid, account, held, bool_and(one_clock) AS one_clock,
    min(low) AS to_low, min(earliest) AS to_earliest,
    min(high) FILTER (WHERE after AND surely) AS to_high,
    min(latest) FILTER (WHERE after AND surely) AS to_latest,
    min_by(taken_uid, (low, taken_uid)) AS taken_uid
  FROM pairs WHERE after IS NOT FALSE GROUP BY given_uid, account, held
), granted AS (
  SELECT g.account, CAST(NULL AS VARCHAR) AS person, g.held, g.source, 'granted' AS basis, g.sure,
    g.clock, g.low AS from_low, g.high AS from_high, g.earliest AS from_earliest,
    g.latest AS from_latest, coalesce(e.one_clock, TRUE) AS ends_on_clock, e.to_low, e.to_high,
    e.to_earliest, e.to_latest, g.uid AS given_uid, e.taken_uid AS ended_uid
  FROM steps AS g LEFT JOIN ends AS e ON e.given_uid = g.uid AND e.account = g.account
    AND e.held IS NOT DISTINCT FROM g.held
  WHERE g.given
), taken AS (
  -- What was taken was held before, since when nobody recorded.
  SELECT t.account, CAST(NULL AS VARCHAR) AS person, t.held, t.source, 'taken' AS basis,
    FALSE AS sure, t.clock, CAST(NULL AS TIMESTAMPTZ) AS from_low,
    CAST(NULL AS TIMESTAMPTZ) AS from_high, CAST(NULL AS TIMESTAMPTZ) AS from_earliest,
    CAST(NULL AS TIMESTAMPTZ) AS from_latest, TRUE AS ends_on_clock, t.low AS to_low,
    CASE WHEN t.sure THEN t.high END AS to_high, t.earliest AS to_earliest,
    CASE WHEN t.sure THEN t.latest END AS to_latest, CAST(NULL AS VARCHAR) AS given_uid,
    t.uid AS ended_uid
  FROM steps AS t
  WHERE NOT t.given AND t.held IS NOT NULL AND (t.uid, t.account) NOT IN (
    SELECT (taken_uid, account) FROM pairs WHERE after IS NOT FALSE)
), listed AS (
  SELECT lower(account) AS account, lower(person) AS person, held,
    coalesce(from_earliest, TIMESTAMPTZ '0001-01-01 00:00:00+00') AS from_earliest,
    coalesce(from_latest, TIMESTAMPTZ '0001-01-01 00:00:00+00') AS from_latest,
    coalesce(to_earliest, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS to_earliest,
    coalesce(to_latest, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS to_latest,
    basis, source, source_row
  FROM listed_entitlements
), reached AS (
  SELECT *, max(to_earliest) OVER earlier AS reach_earliest, max(to_latest) OVER earlier AS reach_latest
  FROM listed
  WINDOW earlier AS (PARTITION BY account, person, held ORDER BY from_earliest, source, source_row
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), extended AS (
  -- An entitlement that begins where the one before ends is the same, extended.
  SELECT *, sum(CASE WHEN from_latest <= reach_earliest
      OR (from_earliest = reach_earliest AND from_latest = reach_latest) THEN 0 ELSE 1 END)
    OVER (PARTITION BY account, person, held ORDER BY from_earliest, source, source_row) AS stretch
  FROM reached
), stretches AS (
  SELECT account, person, held, stretch, min(source) AS source,
    coalesce(string_agg(DISTINCT basis, ', ' ORDER BY basis), 'listed') AS basis,
    min(from_earliest) AS from_earliest, min(from_latest) AS from_latest,
    max(to_earliest) AS to_earliest, max(to_latest) AS to_latest
  FROM extended GROUP BY account, person, held, stretch
), cut AS (
  -- A list may be older than a taking that was recorded.
  SELECT s.account, s.held, s.stretch, min(t.earliest) AS earliest, min_by(t.uid, t.earliest) AS uid
  FROM stretches AS s JOIN steps AS t ON t.account = s.account AND t.held = s.held
  WHERE NOT t.given AND t.latest > s.from_earliest GROUP BY s.account, s.held, s.stretch
)
SELECT account, person, held, source, basis, FALSE AS listed, sure, clock, from_low, from_high,
  from_earliest, from_latest, ends_on_clock, to_low, to_high, to_earliest, to_latest,
  given_uid, ended_uid
FROM granted
UNION ALL BY NAME
SELECT *, FALSE AS listed FROM taken
UNION ALL BY NAME
SELECT s.account, s.person, s.held, s.source, s.basis, TRUE AS listed, TRUE AS sure,
  CAST(NULL AS VARCHAR) AS clock,
  nullif(s.from_earliest, TIMESTAMPTZ '0001-01-01 00:00:00+00') AS from_earliest,
  nullif(s.from_latest, TIMESTAMPTZ '0001-01-01 00:00:00+00') AS from_latest,
  FALSE AS ends_on_clock,
  nullif(least(s.to_earliest, coalesce(c.earliest, s.to_earliest)),
    TIMESTAMPTZ '9999-12-31 00:00:00+00') AS to_earliest,
  nullif(s.to_latest, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS to_latest,
  CAST(NULL AS VARCHAR) AS given_uid, c.uid AS ended_uid
FROM stretches AS s LEFT JOIN cut AS c ON c.account = s.account AND c.held = s.held
  AND c.stretch = s.stretch
