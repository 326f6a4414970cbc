, member_accounts AS (
  SELECT lower(account) AS account, bool_or(coalesce(kind = 'service', FALSE)) AS service,
    CASE WHEN count(DISTINCT lower(person)) = 1 AND bool_and(kind IS DISTINCT FROM 'shared')
      THEN min(lower(person)) END AS person
  FROM accounts GROUP BY lower(account)
), members AS (
  SELECT lower(m.team) AS team, coalesce('person ' || coalesce(p.person, a.person),
      'account ' || lower(m.member)) AS token,
    coalesce(p.person, a.person) IS NULL AND NOT coalesce(a.service, FALSE) AS nameless,
    epoch_us(m.from_earliest) AS from_earliest, epoch_us(m.from_latest) AS from_latest,
    epoch_us(m.to_earliest) AS to_earliest, epoch_us(m.to_latest) AS to_latest
  FROM team_members AS m LEFT JOIN persons AS p ON p.person = lower(m.member)
  LEFT JOIN member_accounts AS a ON a.account = lower(m.member)
), teams AS (
  -- Who lists any member of a team is taken to list all.
  SELECT team, bool_or(nameless) AS nameless FROM members GROUP BY team
), queued AS (
  SELECT l.uid, l.case_key, unnest(f.queues) AS team
  FROM links AS l JOIN facts AS f ON f.case_key = l.case_key
), asked_teams AS (
  SELECT uid, team FROM queued
  UNION SELECT uid, account FROM weighed WHERE assigned AND possible
), within AS (
  SELECT q.uid, q.team, m.token IS NOT NULL AS listed, a.service,
    a.person IS NULL OR t.nameless AS nameless,
    CASE WHEN m.from_latest <= a.earliest OR m.from_latest IS NULL THEN TRUE
      WHEN a.latest <= m.from_earliest THEN FALSE END
    AND CASE WHEN a.latest <= m.to_earliest OR m.to_earliest IS NULL THEN TRUE
      WHEN m.to_latest <= a.earliest THEN FALSE END AS valid
  FROM asked_teams AS q JOIN teams AS t ON t.team = q.team JOIN acting AS a ON a.uid = q.uid
  LEFT JOIN members AS m ON m.team = q.team AND m.token
    = CASE WHEN a.person IS NULL THEN 'account ' || a.account ELSE 'person ' || a.person END
), belonging AS (
  SELECT uid, team, CASE WHEN bool_or(listed AND valid) THEN TRUE
    WHEN bool_or(listed AND valid IS NULL) THEN NULL WHEN bool_or(service) THEN FALSE
    WHEN bool_or(nameless) THEN NULL ELSE FALSE END AS member
  FROM within GROUP BY uid, team
), queue_held AS (
  SELECT q.uid, q.case_key, string_agg(q.team, ', ' ORDER BY q.team) AS queues,
    CASE WHEN bool_and(coalesce(b.member, FALSE)) THEN TRUE
      WHEN bool_and(coalesce(NOT b.member, FALSE)) THEN FALSE END AS member
  FROM queued AS q LEFT JOIN belonging AS b ON b.uid = q.uid AND b.team = q.team
  GROUP BY q.uid, q.case_key
), fitting AS (
  -- An assignee that is a listed team is no person; one whose person is known is no team.
  SELECT w.*, CASE WHEN $to_actor
      THEN CASE WHEN t.team IS NULL THEN w.same_person ELSE FALSE END ELSE FALSE END
    OR CASE WHEN NOT $to_team THEN FALSE WHEN t.team IS NOT NULL THEN b.member
      WHEN w.person IS NOT NULL OR w.service THEN FALSE END AS fits,
    w.certain AND CASE WHEN w.least >= $since THEN TRUE WHEN w.most <= $since THEN FALSE END
      AS aged,
    coalesce(w.name, 'an unnamed account') || coalesce(' by ' || w.doer, '') || ' at ' || w.stamp
      AS label
  FROM weighed AS w LEFT JOIN teams AS t ON t.team = w.account
  LEFT JOIN belonging AS b ON b.uid = w.uid AND b.team = w.account
  WHERE w.assigned AND w.possible
), assignments AS (
  SELECT uid, case_key, bool_or(surely) AS begun, bool_and(coalesce(fits, FALSE)) AS all_fit,
    bool_and(coalesce(NOT fits, FALSE)) AS none_fit,
    CASE WHEN bool_and(coalesce(aged, FALSE)) THEN TRUE
      WHEN bool_and(coalesce(NOT aged, FALSE)) THEN FALSE END AS aged,
    bool_or(surely) AND count(DISTINCT coalesce(account, CAST(step AS VARCHAR))) = 1 AS settled,
    string_agg(label, ' or ' ORDER BY low, step) AS label,
    list_sort(list_distinct(list(event_uid) FILTER (WHERE event_uid IS NOT NULL))) AS evidence
  FROM fitting GROUP BY uid, case_key
), assigning AS (
  SELECT DISTINCT source FROM case_assignments WHERE event_uid IS NOT NULL
), unassigned AS (
  -- A case whose opening is on record was nobody's, where its source records assignments.
  SELECT s.case_key FROM steps AS s JOIN assigning AS x ON x.source = s.source
  JOIN beginnings AS b ON b.case_key = s.case_key
  WHERE s.opening AND b.by_opening AND s.event_uid IS NOT NULL GROUP BY s.case_key
), asked AS (
  SELECT l.uid, l.known, coalesce(f.case_id, l.case_id) AS case_id, a.who, q.queues, q.member,
    m.label AS assigned_text, m.settled, m.aged, s.old, s.opened_text,
    list_concat(coalesce(m.evidence, CAST([] AS VARCHAR[])),
      CASE WHEN $least IS NULL THEN CAST([] AS VARCHAR[])
        ELSE coalesce(s.evidence, CAST([] AS VARCHAR[])) END) AS evidence,
    CASE WHEN m.begun AND m.all_fit THEN TRUE
      WHEN coalesce(m.none_fit, TRUE) AND (coalesce(m.begun, FALSE) OR u.case_key IS NOT NULL)
        THEN FALSE END AS assigned
  FROM links AS l JOIN acting AS a ON a.uid = l.uid
  LEFT JOIN facts AS f ON f.case_key = l.case_key
  LEFT JOIN queue_held AS q ON q.uid = l.uid AND q.case_key = l.case_key
  LEFT JOIN assignments AS m ON m.uid = l.uid AND m.case_key = l.case_key
  LEFT JOIN situations AS s ON s.uid = l.uid AND s.case_key = l.case_key
  LEFT JOIN unassigned AS u ON u.case_key = l.case_key
), parts AS (
  SELECT *, CASE WHEN known THEN TRUE END AND (NOT $in_queue OR member)
    AND (NOT ($to_actor OR $to_team) OR assigned) AND ($least IS NULL OR old)
    AND ($since IS NULL OR aged) AS value,
    concat_ws(' and ',
      CASE WHEN $in_queue AND NOT member THEN who || ' was no member of its queue ' || queues END,
      CASE WHEN ($to_actor OR $to_team) AND NOT assigned
        THEN coalesce('it was assigned to ' || assigned_text, 'it was assigned to nobody') END,
      CASE WHEN $least IS NOT NULL AND NOT old THEN 'it was not opened ' || $least_text || ' before'
        || coalesce(', but by ' || opened_text, '') END,
      CASE WHEN $since IS NOT NULL AND assigned AND NOT aged THEN 'it was not assigned '
        || $since_text || ' before, but to ' || assigned_text END) AS faults,
    CASE WHEN NOT known THEN ['record of case ' || case_id] ELSE list_filter([
      CASE WHEN $in_queue AND member IS NULL THEN CASE WHEN queues IS NULL
        THEN 'queue of case ' || case_id
        ELSE 'whether ' || who || ' belonged to ' || queues || ' at the act' END END,
      CASE WHEN ($to_actor OR $to_team) AND assigned IS NULL THEN CASE
        WHEN assigned_text IS NULL THEN 'assignment of case ' || case_id
        WHEN NOT settled THEN 'to whom case ' || case_id || ' was assigned at the act: '
          || assigned_text
        ELSE 'whether ' || who || ' is or belongs to the assignee of case ' || case_id || ', '
          || assigned_text END END,
      CASE WHEN $least IS NOT NULL AND old IS NULL THEN 'exact opening of case ' || case_id END,
      CASE WHEN $since IS NOT NULL AND assigned AND aged IS NULL
        THEN 'exact assignment of case ' || case_id END
      ], lambda fact: fact IS NOT NULL) END AS doubts
  FROM asked
), told_parts AS (
  SELECT *, 'case ' || case_id || CASE
    WHEN value THEN concat_ws(',', '', ' assigned to ' || assigned_text,
      ' in queue ' || queues, ' opened by ' || opened_text)
    WHEN value IS NULL THEN ': not known are ' || array_to_string(doubts, ', ')
    ELSE ': ' || faults END AS label
  FROM parts
), /* judged by cases */
SELECT j.uid AS event_uid, b.belief, j.value,
  CASE WHEN j.bare THEN j.deed || ' at ' || j.stamp
      || ' rests on no case that was anybody''s: its record names none; '
      || CAST(j.named AS VARCHAR) || ' of ' || CAST(j.records AS VARCHAR) || ' records of '
      || j.action || ' in ' || j.source || ' do' || coalesce(', since ' || strftime(j.named_since, '%Y-%m-%d'), '')
    ELSE j.deed || ' at ' || j.stamp || ': ' || CASE WHEN j.value THEN j.found
      ELSE j.all_labels END END AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[]) WHEN j.bare THEN ['case of the act']
    ELSE j.missing END AS missing,
  coalesce(j.evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
