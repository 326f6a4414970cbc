-- Acts against the shifts of their persons, and against business hours on the clocks of their zones.
-- All instants are microseconds; what begins or ends at an unknown moment has both bounds.
WITH acting AS (
  SELECT s.event_uid AS uid, b.belief, s.actor, s.time, lower(p.person) AS person_key, p.person,
    lower(p.site) AS site, p.zone,
    epoch_us(s.time_earliest) AS earliest,
    greatest(epoch_us(s.time_latest), epoch_us(s.time_earliest) + 1) AS latest,
    CAST(s.time_earliest AS DATE) AS day,
    coalesce(s.actor_type IN ('service', 'system') AND p.person IS NULL, FALSE)
      OR coalesce(p.account_kind = 'service'
        AND (p.person IS NULL OR s.actor_type IN ('service', 'system')), FALSE)
      AS nobody,
    p.person IS NULL OR coalesce(p.account_kind IN ('service', 'shared', 'break_glass'), FALSE) AS unnamed
  FROM scoped AS s CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
  LEFT JOIN act_people AS p ON p.event_uid = s.event_uid AND p.belief = b.belief
), rostered AS (
  SELECT lower(person) AS person_key, epoch_us(starts_at) - $slack AS from_low,
    epoch_us(coalesce(starts_latest, starts_at)) - $slack AS from_high,
    epoch_us(ends_at) + $slack AS to_low, epoch_us(coalesce(ends_latest, ends_at)) + $slack AS to_high
  FROM shifts WHERE $roster
), reached AS (
  SELECT *, max(to_low) OVER earlier AS reach_low, max(to_high) OVER earlier AS reach_high
  FROM rostered WINDOW earlier AS (PARTITION BY person_key ORDER BY from_low, to_low
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), joined AS (
  -- A shift that begins where the one before ends goes on with it.
  SELECT *, sum(CASE WHEN from_high <= reach_low OR (from_low = reach_low AND from_high = reach_high)
    THEN 0 ELSE 1 END) OVER (PARTITION BY person_key ORDER BY from_low, to_low) AS stretch
  FROM reached
), worked AS (
  SELECT person_key, min(from_low) AS from_low, min(from_high) AS from_high, max(to_low) AS to_low,
    max(to_high) AS to_high
  FROM joined GROUP BY person_key, stretch
), roster_span AS (
  SELECT min(from_high) AS begins, max(to_low) AS ends FROM rostered
), listed AS (
  SELECT person_key, count(*) AS shifts FROM rostered GROUP BY person_key
), on_shift AS (
  SELECT a.uid, a.belief, bool_or(w.from_high <= a.earliest AND a.latest <= w.to_low) AS surely,
    min_by(strftime(make_timestamptz(w.from_low + $slack), '%Y-%m-%d %H:%M:%SZ') || ' to '
      || strftime(make_timestamptz(w.to_high - $slack), '%Y-%m-%d %H:%M:%SZ'), w.from_low) AS label
  FROM acting AS a JOIN worked AS w ON w.person_key = a.person_key
    AND w.from_low < a.latest AND w.to_high > a.earliest
  GROUP BY a.uid, a.belief
), asked AS (
  SELECT DISTINCT a.zone, a.site, a.day FROM acting AS a
  WHERE $business AND NOT a.nobody AND NOT a.unnamed
), zones AS (
  SELECT DISTINCT a.zone, regexp_replace(a.zone, '^UTC([+-])', 'GMT\1') AS clock FROM asked AS a
  WHERE starts_with(a.zone, 'UTC') OR a.zone IN (SELECT name FROM pg_timezone_names())
), near_days AS (
  SELECT zone, site, day AS asked_day, unnest(range(-3, 6)) AS away FROM asked
), local_days AS (
  SELECT zone, site, asked_day, asked_day + CAST(away AS INTEGER) AS day FROM near_days
), office_days AS (
  SELECT * FROM local_days WHERE list_contains($days,
    CASE dayofweek(day) WHEN 0 THEN 'sun' WHEN 1 THEN 'mon' WHEN 2 THEN 'tue' WHEN 3 THEN 'wed'
      WHEN 4 THEN 'thu' WHEN 5 THEN 'fri' ELSE 'sat' END)
), days_off AS (
  SELECT d.zone, d.site, d.asked_day, d.day,
    bool_or(CASE WHEN h.place_kind IS NULL THEN TRUE WHEN h.place_kind = 'site' THEN h.place = d.site
      WHEN h.place_kind = 'zone' THEN h.place = lower(d.zone)
      WHEN h.place = d.site THEN TRUE END) AS off,
    min(coalesce(h.name, 'a holiday')) FILTER (WHERE h.place_kind IS NULL
      OR (h.place_kind = 'zone' AND h.place = lower(d.zone))
      OR (h.place_kind <> 'zone' AND h.place = d.site)) AS holiday,
    bool_or(CASE WHEN h.place_kind = 'site' THEN d.site IS NULL
      WHEN h.place_kind = 'zone' THEN d.zone IS NULL
      WHEN h.place_kind = 'country' THEN coalesce(h.place <> d.site, TRUE) END) AS perhaps
  FROM office_days AS d JOIN holidays AS h ON h.day = d.day WHERE $free GROUP BY ALL
), told AS (
  SELECT count(*) > 0 AS holidays FROM holidays
), hours AS (
  SELECT d.*, CAST(d.day AS TIMESTAMP) + to_minutes($begin) AS begin,
    CAST(d.day AS TIMESTAMP) + to_minutes($end) AS finish,
    CASE WHEN NOT $free THEN FALSE WHEN NOT t.holidays THEN NULL WHEN f.off THEN TRUE
      WHEN f.perhaps THEN NULL ELSE FALSE END AS off, f.holiday
  FROM office_days AS d CROSS JOIN told AS t
  LEFT JOIN days_off AS f ON f.zone IS NOT DISTINCT FROM d.zone
    AND f.site IS NOT DISTINCT FROM d.site AND f.asked_day = d.asked_day AND f.day = d.day
), edges AS (
  SELECT DISTINCT z.zone, z.clock, unnest([h.begin, h.finish]) AS written
  FROM hours AS h JOIN zones AS z ON z.zone = h.zone
), placed_edges AS (
  SELECT zone, clock, written, timezone(clock, written) AS instant FROM edges
), read_edges AS (
  -- A time that the clocks skip, or show twice, has both readings.
  SELECT zone, written, CASE WHEN timezone(clock, instant) <> written
      THEN [instant - (timezone(clock, instant) - written), instant]
      ELSE list_filter([instant - INTERVAL 60 MINUTE, instant - INTERVAL 30 MINUTE, instant,
        instant + INTERVAL 30 MINUTE, instant + INTERVAL 60 MINUTE],
        lambda reading: timezone(clock, reading) = written) END AS readings
  FROM placed_edges
), instants AS (
  SELECT zone, written, epoch_us(list_min(readings)) AS low, epoch_us(list_max(readings)) AS high
  FROM read_edges
), all_spans AS (
  SELECT h.zone, h.site, h.asked_day, h.day, h.off, h.holiday,
    CASE WHEN b.zone IS NULL THEN epoch_us(h.begin) - 50400000000 ELSE b.low END - $slack AS from_low,
    CASE WHEN b.zone IS NULL THEN epoch_us(h.begin) + 43200000000 ELSE b.high END - $slack AS from_high,
    CASE WHEN e.zone IS NULL THEN epoch_us(h.finish) - 50400000000 ELSE e.low END + $slack AS to_low,
    CASE WHEN e.zone IS NULL THEN epoch_us(h.finish) + 43200000000 ELSE e.high END + $slack AS to_high
  FROM hours AS h LEFT JOIN instants AS b ON b.zone = h.zone AND b.written = h.begin
  LEFT JOIN instants AS e ON e.zone = h.zone AND e.written = h.finish
), spans AS (
  SELECT * FROM all_spans WHERE off IS NOT TRUE
), on_holiday AS (
  SELECT a.uid, a.belief, min(o.holiday || ' on ' || CAST(o.day AS VARCHAR)) AS holiday
  FROM acting AS a JOIN all_spans AS o ON o.zone IS NOT DISTINCT FROM a.zone
    AND o.site IS NOT DISTINCT FROM a.site AND o.asked_day = a.day
    AND o.from_low < a.latest AND o.to_high > a.earliest
  WHERE o.off AND NOT a.nobody AND NOT a.unnamed GROUP BY a.uid, a.belief
), reaching AS (
  SELECT *, max(to_low) OVER earlier AS reach_low, max(to_high) OVER earlier AS reach_high
  FROM spans WINDOW earlier AS (PARTITION BY zone, site, asked_day, off ORDER BY from_low
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), linked AS (
  SELECT *, sum(CASE WHEN from_high <= reach_low OR (from_low = reach_low AND from_high = reach_high)
    THEN 0 ELSE 1 END) OVER (PARTITION BY zone, site, asked_day, off ORDER BY from_low) AS stretch
  FROM reaching
), open_hours AS (
  SELECT zone, site, asked_day, off, min(from_low) AS from_low, min(from_high) AS from_high,
    max(to_low) AS to_low, max(to_high) AS to_high
  FROM linked GROUP BY zone, site, asked_day, off, stretch
), in_hours AS (
  SELECT a.uid, a.belief,
    bool_or(NOT o.off AND o.from_high <= a.earliest AND a.latest <= o.to_low) AS surely,
    bool_or(o.off IS NULL AND o.from_high <= a.earliest AND a.latest <= o.to_low) AS perhaps_off
  FROM acting AS a JOIN open_hours AS o ON o.zone IS NOT DISTINCT FROM a.zone
    AND o.site IS NOT DISTINCT FROM a.site AND o.asked_day = a.day
    AND o.from_low < a.latest AND o.to_high > a.earliest
  WHERE NOT a.nobody AND NOT a.unnamed GROUP BY a.uid, a.belief
), weighed AS (
  SELECT a.*, y.holiday, o.label, l.shifts, r.begins IS NULL AS no_roster, z.zone IS NULL AS zoneless, coalesce(i.perhaps_off, FALSE)
      AND NOT coalesce(i.surely, FALSE) AS perhaps_off,
    CASE WHEN NOT $roster OR l.shifts IS NULL THEN FALSE WHEN coalesce(o.surely, FALSE) THEN TRUE
      WHEN a.earliest >= r.ends OR a.latest <= r.begins THEN FALSE
      WHEN a.earliest >= r.begins AND a.latest <= r.ends THEN TRUE END AS by_roster,
    CASE WHEN o.uid IS NULL THEN FALSE WHEN o.surely THEN TRUE END AS shift,
    CASE WHEN i.uid IS NULL THEN FALSE WHEN i.surely THEN TRUE END AS office
  FROM acting AS a CROSS JOIN roster_span AS r
  LEFT JOIN listed AS l ON l.person_key = a.person_key
  LEFT JOIN on_shift AS o ON o.uid = a.uid AND o.belief = a.belief
  LEFT JOIN in_hours AS i ON i.uid = a.uid AND i.belief = a.belief
  LEFT JOIN on_holiday AS y ON y.uid = a.uid AND y.belief = a.belief
  LEFT JOIN zones AS z ON z.zone = a.zone
), judged AS (
  SELECT *, CASE WHEN nobody THEN TRUE WHEN unnamed THEN NULL WHEN by_roster THEN shift
    WHEN NOT by_roster THEN CASE WHEN $business THEN office END
    WHEN shift IS NOT DISTINCT FROM office AND $business THEN shift END AS value
  FROM weighed
)
SELECT uid AS event_uid, belief, value,
  CASE WHEN nobody THEN coalesce(actor, 'the actor') || ' is a service account, which has no hours'
    WHEN person IS NULL
      THEN 'whose account ' || coalesce(actor, '(not recorded)') || ' is, is not known'
    WHEN unnamed THEN 'who used the shared account ' || coalesce(actor, '') || ' is not known'
    WHEN by_roster AND shift THEN person || ' was on shift, ' || label || $slack_text
    WHEN by_roster AND NOT shift THEN 'no shift of ' || person || ' covers the act' || $slack_text
      || '; shifts of ' || person || ' in the roster: ' || CAST(shifts AS VARCHAR)
    WHEN by_roster IS NULL OR by_roster
      THEN 'it is not known whether a shift of ' || person || ' covers the act' || $slack_text
    WHEN NOT $business THEN 'the roster of shifts does not tell of ' || person || ' at that time'
    ELSE concat_ws('; ',
      CASE WHEN $roster THEN 'the roster of shifts does not tell of ' || person || ' at that time' END,
      CASE WHEN office THEN 'within' WHEN NOT office THEN 'outside' ELSE 'perhaps within' END
        || ' business hours (' || $hours_text || $slack_text || ', ' || array_to_string($days, ' ')
        || ') in ' || CASE WHEN zoneless THEN 'any zone, since none is known of ' || person
          ELSE zone END || CASE WHEN NOT office THEN coalesce(', closed for ' || holiday, '')
          ELSE '' END) END
    || ', at ' || strftime(time, '%Y-%m-%d %H:%M:%SZ') AS sentence,
  CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN unnamed AND actor IS NULL THEN ['actor of the act']
    WHEN unnamed THEN ['person behind account ' || actor]
    WHEN by_roster IS NOT FALSE THEN ['exact time of the act and of the shifts of ' || person]
    WHEN NOT $business THEN CASE WHEN no_roster THEN ['list of shifts'] ELSE ['shifts of ' || person]
      END
    WHEN zoneless THEN ['time zone of ' || person]
    WHEN perhaps_off THEN ['holidays of ' || person]
    ELSE ['exact time of the act'] END AS missing,
  CAST([] AS VARCHAR[]) AS evidence
FROM judged
