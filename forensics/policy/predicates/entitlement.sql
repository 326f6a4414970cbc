-- What was held against when it was used. Intervals are half-open; the one clock of a source is
-- compared with itself, other clocks in true time.
WITH numbered AS (
  SELECT unnest($held) AS held, unnest($verbs) AS action,
    unnest(range(len($held))) < $roles AS of_role
), permits AS (
  SELECT held, action, bool_or(of_role) AS of_role FROM numbered GROUP BY held, action
), acting AS (
  SELECT s.event_uid AS uid, t.action, t.source, lower(coalesce(t.actor, t.actor_id)) AS account,
    CASE WHEN t.clock_segment IS NOT NULL
      THEN t.source || '/' || CAST(t.clock_segment AS VARCHAR) END AS clock,
    t.time_low AS low, greatest(t.time_high, t.time_low + INTERVAL 1 MICROSECOND) AS high,
    t.time_earliest AS earliest,
    greatest(t.time_latest, t.time_earliest + INTERVAL 1 MICROSECOND) AS latest,
    list_distinct(list_filter([lower(t.actor), lower(t.actor_id), lower(t.actor_email)],
      lambda name: name IS NOT NULL)) AS names,
    coalesce(t.actor, t.actor_id, 'an unnamed account') AS who,
    strftime(t.time, '%Y-%m-%d %H:%M:%SZ') AS stamp
  FROM scoped AS s JOIN timed_events AS t ON t.event_uid = s.event_uid
), persons AS (
  SELECT event_uid AS uid, belief, lower(person) AS person FROM act_people
  WHERE person IS NOT NULL AND coalesce(account_kind NOT IN ('service', 'shared', 'break_glass'), TRUE)
), named AS (
  SELECT uid, unnest(names) AS account FROM acting
), holding AS MATERIALIZED (
  SELECT * FROM entitlements WHERE held IS NULL OR held IN (SELECT held FROM permits)
), holds_of AS (
  -- Whatever is held by an account is so in both beliefs; whose account it is may differ.
  SELECT n.uid, CAST(NULL AS VARCHAR) AS belief, h.*
  FROM named AS n JOIN holding AS h ON h.account = n.account
  UNION ALL SELECT a.uid, p.belief, h.*
  FROM acting AS a JOIN persons AS p ON p.uid = a.uid
  JOIN holding AS h ON h.person = p.person AND h.account IS NULL
), met AS (
  SELECT a.uid, h.belief, a.latest AS act_latest, a.earliest AS act_earliest,
    h.* EXCLUDE (uid, belief),
    CASE WHEN h.from_latest IS NULL THEN TRUE
      WHEN h.clock IS NOT NULL AND coalesce(h.clock = a.clock, FALSE)
      THEN CASE WHEN h.from_high <= a.low THEN TRUE WHEN h.from_low >= a.high THEN FALSE END
      WHEN h.from_latest <= a.earliest THEN TRUE WHEN h.from_earliest >= a.latest THEN FALSE
      END AS begun,
    CASE WHEN h.to_earliest IS NULL THEN TRUE
      WHEN h.ends_on_clock AND h.clock IS NOT NULL AND coalesce(h.clock = a.clock, FALSE)
      THEN CASE WHEN a.high <= h.to_low THEN TRUE WHEN a.low >= h.to_high THEN FALSE END
      WHEN a.latest <= h.to_earliest THEN TRUE WHEN a.earliest >= h.to_latest THEN FALSE
      END AS standing
  FROM acting AS a JOIN holds_of AS h ON h.uid = a.uid
  LEFT JOIN permits AS p ON p.held = h.held AND p.action = a.action
  WHERE h.held IS NULL OR p.held IS NOT NULL
), weighed AS (
  SELECT *, begun AND standing AND CASE WHEN sure AND held IS NOT NULL THEN TRUE END AS holds,
    coalesce(held, 'something unnamed') || ' (' || CASE basis
        WHEN 'granted' THEN 'granted in ' || source WHEN 'taken' THEN 'taken in ' || source
        ELSE basis || ' in ' || source END
      || CASE WHEN from_latest IS NULL THEN ''
        ELSE ', from ' || strftime(from_latest, '%Y-%m-%d %H:%M:%SZ') END
      || CASE WHEN to_earliest IS NULL THEN ''
        ELSE ', until ' || strftime(to_earliest, '%Y-%m-%d %H:%M:%SZ') END || ')' AS label,
    CASE WHEN from_latest IS NULL
        OR epoch_us(from_latest) <= epoch_us(act_earliest) - $window THEN TRUE
      WHEN epoch_us(from_earliest) > epoch_us(act_latest) - $window THEN FALSE END AS long
  FROM met
), summed AS (
  SELECT uid, b.belief, coalesce(bool_or(holds), FALSE) AS some, bool_or(holds IS NULL) AS perhaps,
    CASE WHEN bool_or(holds AND long) THEN TRUE WHEN bool_or(holds IS NOT FALSE AND long IS NOT FALSE)
      THEN NULL WHEN bool_or(holds) THEN FALSE END AS long_held,
    -- Lists, not distinct aggregates: what nobody reads of them is then not made.
    list(held) FILTER (WHERE standing IS FALSE) AS lost,
    list(label) FILTER (WHERE holds) AS found,
    list(label) FILTER (WHERE holds IS NULL) AS doubted,
    list(label) FILTER (WHERE NOT holds) AS refused,
    bool_or(holds IS NULL AND held IS NULL) AS unnamed,
    bool_or(holds IS NULL AND held IS NOT NULL AND NOT sure AND basis = 'taken') AS since_when,
    bool_or(holds IS NULL AND NOT sure AND basis = 'granted') AS unsure,
    list(given_uid) AS given, list(ended_uid) AS ended
  FROM weighed AS w JOIN (VALUES ('at_act'), ('now')) AS b(belief)
    ON coalesce(w.belief, b.belief) = b.belief
  GROUP BY uid, b.belief
), owners AS (
  -- Whose an account is, where it has always been one person's own.
  SELECT lower(account) AS account, min(lower(person)) AS person FROM accounts
  WHERE $dormant AND person IS NOT NULL
    AND coalesce(kind NOT IN ('service', 'shared', 'break_glass'), TRUE)
  GROUP BY lower(account) HAVING count(DISTINCT lower(person)) = 1
), users AS (
  -- The accounts of those who act, also those they do not act by here.
  SELECT account, CAST(NULL AS VARCHAR) AS person FROM acting
  WHERE account NOT IN (SELECT account FROM owners)
  UNION SELECT account, person FROM owners
  WHERE person IN (SELECT o.person FROM owners AS o JOIN acting AS a ON a.account = o.account)
), uses AS (
  -- What somebody did that a role permits, which other acts under that role make less dormant.
  SELECT t.event_uid AS uid, coalesce('person ' || u.person, 'account ' || u.account) AS whose,
    p.held,
    coalesce(t.outcome = 'success', FALSE) AS sure,
    coalesce(t.outcome, 'unknown') IN ('success', 'unknown', 'pending') AS perhaps,
    t.source || '/' || CAST(t.clock_segment AS VARCHAR) AS clock,
    epoch_us(t.time_low) AS own_low, epoch_us(t.time_high) AS own_high,
    epoch_us(t.time_earliest) AS true_low, epoch_us(t.time_latest) AS true_high
  FROM timed_events AS t JOIN permits AS p ON p.action = t.action AND (p.of_role OR p.held = t.action)
  JOIN users AS u ON u.account = lower(coalesce(t.actor, t.actor_id))
  WHERE $dormant AND t.time IS NOT NULL
    AND p.held IN (SELECT held FROM permits WHERE action IN (SELECT action FROM acting))
), clocked AS (
  SELECT whose, held, count(DISTINCT clock) = 1 AND count(clock) = count(*) AS single
  FROM uses GROUP BY whose, held
), bounded AS (
  SELECT u.*, CASE WHEN c.single THEN own_low ELSE true_low END AS low,
    max(greatest(CASE WHEN c.single THEN own_high - own_low ELSE true_high - true_low END, 1))
      OVER (PARTITION BY u.whose, u.held) AS grain
  FROM uses AS u JOIN clocked AS c ON c.whose = u.whose AND c.held = u.held
), earlier AS (
  SELECT uid, whose, held, count(*) FILTER (WHERE sure) OVER certain AS surely,
    count(*) FILTER (WHERE perhaps) OVER possible - CASE WHEN perhaps THEN 1 ELSE 0 END
      AS possibly
  FROM bounded
  WINDOW
    certain AS (PARTITION BY whose, held ORDER BY low
      RANGE BETWEEN greatest($window - grain, 0) PRECEDING AND grain PRECEDING),
    possible AS (PARTITION BY whose, held ORDER BY low
      RANGE BETWEEN $window + grain - 1 PRECEDING AND grain - 1 FOLLOWING)
), used AS (
  SELECT uid, max(surely) > 0 AS surely, max(possibly) > 0 AS possibly
  FROM earlier GROUP BY uid
), reach AS (
  SELECT source, min(time_latest) AS begins FROM timed_events
  WHERE $dormant AND time IS NOT NULL GROUP BY source
), recorded AS (
  SELECT count(*) FILTER (WHERE listed) AS listed,
    count(*) FILTER (WHERE listed AND account IS NULL) AS of_persons
  FROM entitlements
), recording AS (
  SELECT count(*) AS records, min(time) AS since,
    string_agg(DISTINCT source, ', ' ORDER BY source) AS sources
  FROM timed_events
  WHERE action IN ('role.grant', 'role.revoke', 'access.grant', 'access.revoke',
    'group.member_add', 'group.member_remove')
), needed AS (
  SELECT action, count(*) FILTER (WHERE of_role) AS roles FROM permits GROUP BY action
), placed AS (
  SELECT a.*, b.belief, m.* EXCLUDE (uid, belief), k.*, r.*, p.person, coalesce(n.roles, 0) AS roles,
    CASE WHEN u.surely THEN FALSE WHEN u.possibly THEN NULL
      WHEN epoch_us(h.begins) <= epoch_us(a.earliest) - $window THEN TRUE END AS unused
  FROM acting AS a CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief) CROSS JOIN recorded AS k
  CROSS JOIN recording AS r
  LEFT JOIN summed AS m ON m.uid = a.uid AND m.belief = b.belief
  LEFT JOIN persons AS p ON p.uid = a.uid AND p.belief = b.belief
  LEFT JOIN needed AS n ON n.action = a.action
  LEFT JOIN used AS u ON u.uid = a.uid
  LEFT JOIN reach AS h ON h.source = a.source
), judged AS (
  SELECT *,
    CASE WHEN some THEN TRUE WHEN len(names) = 0 OR perhaps THEN NULL
      WHEN $mapped AND roles = 0 THEN FALSE
      WHEN listed > 0 THEN CASE WHEN of_persons = 0 OR person IS NOT NULL THEN FALSE END
      WHEN roles > 0 AND coalesce(len(list_distinct(lost)), 0) >= roles THEN FALSE END AS covered
  FROM placed
), decided AS (
  SELECT * EXCLUDE (found, doubted, refused),
    array_to_string(list_sort(list_distinct(found)), ', ') AS found,
    array_to_string(list_sort(list_distinct(doubted)), ', ') AS doubted,
    array_to_string(list_sort(list_distinct(refused)), ', ') AS refused,
    CASE WHEN $dormant THEN covered AND long_held AND unused ELSE covered END AS value,
    -- What was used is not dormant, whether or not it is known what was held.
    $dormant AND covered IS NULL AND unused IS FALSE AS anyhow
  FROM judged
)
SELECT uid AS event_uid, belief, value,
  concat_ws('; ',
    CASE WHEN anyhow THEN who || ' had done what the same roles permit as ' || action || ' at '
        || stamp
      WHEN covered THEN who || ' held ' || found || ', which covers ' || action || ' at ' || stamp
      WHEN covered IS NULL THEN 'it is not known whether ' || who || ' held anything that covers '
        || action || ' at ' || stamp
      ELSE who || ' held nothing that covers ' || action || ' at ' || stamp END,
    CASE WHEN covered IS NULL AND NOT anyhow THEN doubted || ' may cover it' END,
    CASE WHEN covered IS NOT TRUE AND NOT anyhow THEN refused || ' does not' END,
    CASE WHEN $dormant AND covered IS NOT FALSE THEN CASE
      WHEN long_held IS FALSE THEN 'held for less than ' || $window_text
      WHEN unused THEN 'not used within ' || $window_text || ' before'
      WHEN NOT unused THEN 'used within ' || $window_text || ' before'
      ELSE 'whether it was used within ' || $window_text || ' before is not known' END END,
    CASE WHEN covered IS NOT TRUE AND NOT anyhow THEN CASE WHEN listed > 0
        THEN 'entitlements listed: ' || CAST(listed AS VARCHAR) END END,
    CASE WHEN covered IS NOT TRUE AND NOT anyhow THEN CASE WHEN records > 0
        THEN 'records of giving and taking in this case: ' || CAST(records AS VARCHAR) || ', since '
          || strftime(since, '%Y-%m-%d') || ' (' || sources || ')'
      WHEN listed = 0 THEN 'no list and no source in this case tells of entitlements' END END
    ) AS sentence,
  CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[])
    ELSE list_filter([
      CASE WHEN covered IS NULL AND len(names) = 0 THEN 'actor of the act' END,
      CASE WHEN covered IS NULL AND unnamed THEN 'what was given to ' || who END,
      CASE WHEN covered IS NULL AND since_when THEN 'since when ' || who || ' held what was taken'
        END,
      CASE WHEN covered IS NULL AND unsure THEN 'outcome of a grant to ' || who END,
      CASE WHEN covered IS NULL AND perhaps AND NOT (unnamed OR since_when OR unsure)
        THEN 'order of the act and the bounds of what ' || who || ' held' END,
      CASE WHEN covered IS NULL AND len(names) > 0 AND perhaps IS NOT TRUE
        THEN CASE WHEN listed > 0 THEN 'person behind account ' || who
          WHEN records = 0 THEN 'list of entitlements'
          ELSE 'what ' || who || ' held before ' || strftime(since, '%Y-%m-%d') END END,
      CASE WHEN $dormant AND covered IS NOT FALSE AND long_held IS NOT FALSE AND unused IS NULL
        THEN 'use of it within ' || $window_text || ' before the act' END,
      CASE WHEN $dormant AND covered AND long_held IS NULL THEN 'since when ' || who || ' held it'
        END
    ], lambda fact: fact IS NOT NULL) END AS missing,
  -- Distinct, which also drops NULLs.
  coalesce(list_sort(list_distinct(list_concat(given, ended))), CAST([] AS VARCHAR[])) AS evidence
FROM decided
