-- library-loans 2025-07-01: extend
-- PostgreSQL; the tests of seatrules run such SQL and compare it with the engine
-- settings: waiting_blocks=always, keep_history=false
--
-- Each row of requests is one request. This version decides it, whatever its day.
-- Where `sure` is false there is no answer: something is missing, unknown or out of bounds. The engine decides such rows.
--
-- Columns that are read:
--   loan  text, not null
--       loan, an argument of the action
--   loan_in_loans  boolean, not null
--       loan in loans
--   fines_loans_loan_member_owed  bigint, not null
--       fines[loans[loan].member].owed  (2025-01-01/rules/10-members.yaml:13:5)
--   loans_loan_extensions  bigint, not null
--       loans[loan].extensions  (2025-01-01/rules/20-loans.yaml:63:5)
--   loans_loan_kind  text (novel, reference, film, game), not null
--       loans[loan].kind  (2025-01-01/rules/20-loans.yaml:63:5)
--   loans_loan_due_on  date, not null
--       loans[loan].due_on  (2025-01-01/rules/20-loans.yaml:63:5)
--   until  date, not null
--       until, an argument of the action  (2025-01-01/rules/20-loans.yaml:63:5)
--   as_of  date, not null
--       as_of  (2025-01-01/rules/20-loans.yaml:63:5)
--   count_r_for_r_in_reservations_if_waits_r_loans_loan_titl  bigint, not null
--       count(r for r in reservations if waits(r, loans[loan].title))  (2025-01-01/rules/20-loans.yaml:75:5)
--   sum_on_shelf_t_for_t_in_titles_if_t_id_loans_loan_title  bigint, not null
--       sum(on_shelf(t) for t in titles if t.id == loans[loan].title)  (2025-01-01/rules/20-loans.yaml:75:5)
--
-- Facts in these expressions:
--   on_shelf(t) = t.copies - count(l for l in loans if l.title == t.id) - count(r for r in reservations if r.title == t.id and r.held_until is not None)
--   waits(r, name) = r.title == name and r.held_until is None
--
-- Columns that are given:
--   id  as it is in requests
--   verdict  text  `allow` or `deny`
--   codes  text  the codes of the reasons in the order of the policy, with a blank between them
--   outcome  text  the code of the outcome; null where the action is denied
--   warnings  text  the codes of the warnings, with a blank between them
--   sure  boolean  whether the row is answered; where it is not, the other columns above are null
--   version  text  the version of the policy that decides
CREATE VIEW extensions AS
WITH _stage_1 AS (
  SELECT
    "id" AS "_kept_1",
    "loan" COLLATE "C" AS "loan",
    "loan_in_loans" AS "loan_in_loans",
    CASE
      WHEN "fines_loans_loan_member_owed" BETWEEN 0 AND 1125899906842624
      AND "fines_loans_loan_member_owed" = FLOOR("fines_loans_loan_member_owed")
      THEN CAST("fines_loans_loan_member_owed" AS BIGINT)
    END AS "fines_loans_loan_member_owed",
    CASE
      WHEN "loans_loan_extensions" BETWEEN 0 AND 9
      AND "loans_loan_extensions" = FLOOR("loans_loan_extensions")
      THEN CAST("loans_loan_extensions" AS BIGINT)
    END AS "loans_loan_extensions",
    CASE
      WHEN (
        "loans_loan_kind" COLLATE "C"
      ) IN ('novel', 'reference', 'film', 'game')
      THEN "loans_loan_kind" COLLATE "C"
    END AS "loans_loan_kind",
    CASE
      WHEN "loans_loan_due_on" BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE)
      AND "loans_loan_due_on" = CAST("loans_loan_due_on" AS DATE)
      THEN CAST("loans_loan_due_on" AS DATE)
    END AS "loans_loan_due_on",
    CASE
      WHEN "until" BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE)
      AND "until" = CAST("until" AS DATE)
      THEN CAST("until" AS DATE)
    END AS "until",
    CASE
      WHEN "as_of" BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE)
      AND "as_of" = CAST("as_of" AS DATE)
      THEN CAST("as_of" AS DATE)
    END AS "as_of",
    CASE
      WHEN "count_r_for_r_in_reservations_if_waits_r_loans_loan_titl" BETWEEN -9223372036854775807 AND 9223372036854775807
      AND "count_r_for_r_in_reservations_if_waits_r_loans_loan_titl" = FLOOR("count_r_for_r_in_reservations_if_waits_r_loans_loan_titl")
      THEN CAST("count_r_for_r_in_reservations_if_waits_r_loans_loan_titl" AS BIGINT)
    END AS "count_r_for_r_in_reservations_if_waits_r_loans_loan_titl",
    CASE
      WHEN "sum_on_shelf_t_for_t_in_titles_if_t_id_loans_loan_title" BETWEEN -9223372036854775807 AND 9223372036854775807
      AND "sum_on_shelf_t_for_t_in_titles_if_t_id_loans_loan_title" = FLOOR("sum_on_shelf_t_for_t_in_titles_if_t_id_loans_loan_title")
      THEN CAST("sum_on_shelf_t_for_t_in_titles_if_t_id_loans_loan_title" AS BIGINT)
    END AS "sum_on_shelf_t_for_t_in_titles_if_t_id_loans_loan_title",
    TRUE AS "_is_ordinary"
  FROM requests
  OFFSET 0
), _stage_2 AS (
  SELECT
    *,
    NOT (
      "fines_loans_loan_member_owed" <= 1000
    ) AS "_breaks_1_fines_unpaid",
    NOT (
      "loans_loan_extensions" < CASE
        WHEN "loans_loan_kind" = 'novel'
        THEN 2
        WHEN "loans_loan_kind" IN ('reference', 'game')
        THEN 0
        WHEN "loans_loan_kind" = 'film'
        THEN 1
      END
      AND "loans_loan_due_on" < "until"
      AND CAST(CAST(EXTRACT(epoch FROM CAST("until" AS TIMESTAMP) - CAST("as_of" AS TIMESTAMP)) / 86400 AS BIGINT) AS BIGINT) <= 28
    ) AS "_breaks_2_extension_limit_reached",
    NOT (
      "count_r_for_r_in_reservations_if_waits_r_loans_loan_titl" = 0
      OR (
        'always' = 'when_none_is_free'
        AND "count_r_for_r_in_reservations_if_waits_r_loans_loan_titl" <= "sum_on_shelf_t_for_t_in_titles_if_t_id_loans_loan_title"
      )
    ) AS "_breaks_3_others_are_waiting",
    0 AS "_outcome",
    NOT "loan" IS NULL
    AND NOT "loan_in_loans" IS NULL
    AND NOT "fines_loans_loan_member_owed" IS NULL
    AND NOT "loans_loan_extensions" IS NULL
    AND NOT "loans_loan_kind" IS NULL
    AND NOT "loans_loan_due_on" IS NULL
    AND NOT "until" IS NULL
    AND NOT "as_of" IS NULL
    AND NOT "count_r_for_r_in_reservations_if_waits_r_loans_loan_titl" IS NULL
    AND NOT "sum_on_shelf_t_for_t_in_titles_if_t_id_loans_loan_title" IS NULL
    AND (
      "loan" IS NULL OR "loan_in_loans"
    ) AS "_is_checked",
    (
      "loans_loan_extensions" + 1
    ) IS NULL
    OR (
      "loans_loan_extensions" + 1
    ) BETWEEN 0 AND 9 AS "_is_sound"
  FROM _stage_1
  OFFSET 0
), _stage_3 AS (
  SELECT
    *,
    COALESCE(
      "_is_ordinary"
      AND "_is_checked"
      AND NOT "_breaks_1_fines_unpaid" IS NULL
      AND NOT "_breaks_2_extension_limit_reached" IS NULL
      AND NOT "_breaks_3_others_are_waiting" IS NULL
      AND (
        (
          "_breaks_1_fines_unpaid"
          OR "_breaks_2_extension_limit_reached"
          OR "_breaks_3_others_are_waiting"
        )
        OR (
          NOT "_outcome" IS NULL AND "_is_sound"
        )
      ),
      FALSE
    ) AS "_is_sure"
  FROM _stage_2
  OFFSET 0
)
SELECT
  "_kept_1" AS "id",
  CASE
    WHEN "_is_sure"
    THEN CASE
      WHEN "_breaks_1_fines_unpaid"
      OR "_breaks_2_extension_limit_reached"
      OR "_breaks_3_others_are_waiting"
      THEN 'deny'
      ELSE 'allow'
    END
  END AS "verdict",
  CASE
    WHEN "_is_sure"
    THEN TRIM(
      '' || (
        CASE WHEN "_breaks_1_fines_unpaid" THEN ' fines_unpaid' ELSE '' END
      ) || (
        CASE
          WHEN "_breaks_2_extension_limit_reached"
          THEN ' extension_limit_reached'
          ELSE ''
        END
      ) || (
        CASE WHEN "_breaks_3_others_are_waiting" THEN ' others_are_waiting' ELSE '' END
      )
    )
  END AS "codes",
  CASE
    WHEN "_is_sure"
    THEN CASE
      WHEN "_breaks_1_fines_unpaid"
      OR "_breaks_2_extension_limit_reached"
      OR "_breaks_3_others_are_waiting"
      THEN NULL
      ELSE CASE WHEN "_outcome" = 0 THEN 'ok' END
    END
  END AS "outcome",
  CASE
    WHEN "_is_sure"
    THEN CASE
      WHEN "_breaks_1_fines_unpaid"
      OR "_breaks_2_extension_limit_reached"
      OR "_breaks_3_others_are_waiting"
      THEN ''
      ELSE TRIM('')
    END
  END AS "warnings",
  "_is_sure" AS "sure",
  CAST('2025-07-01' AS TEXT) AS "version"
FROM _stage_3;
