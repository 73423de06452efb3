-- library-loans 2025-07-01: extend
-- Snowflake; NOT EXECUTED: the tests of seatrules read such SQL in this dialect, and run none
-- settings: waiting_blocks=always, keep_history=false
--
-- Each row of requests is one request. This version decides it, whatever its day.
-- Where `sure` is false there is no answer: something is missing, unknown or out of bounds. The engine decides such rows.
--
-- Columns that are read:
--   LOAN  varchar, not null
--       loan, an argument of the action
--   LOAN_IN_LOANS  boolean, not null
--       loan in loans
--   FINES_LOANS_LOAN_MEMBER_OWED  bigint, not null
--       fines[loans[loan].member].owed  (2025-01-01/rules/10-members.yaml:13:5)
--   LOANS_LOAN_EXTENSIONS  bigint, not null
--       loans[loan].extensions  (2025-01-01/rules/20-loans.yaml:63:5)
--   LOANS_LOAN_KIND  varchar (novel, reference, film, game), not null
--       loans[loan].kind  (2025-01-01/rules/20-loans.yaml:63:5)
--   LOANS_LOAN_DUE_ON  date, not null
--       loans[loan].due_on  (2025-01-01/rules/20-loans.yaml:63:5)
--   UNTIL  date, not null
--       until, an argument of the action  (2025-01-01/rules/20-loans.yaml:63:5)
--   AS_OF  date, not null
--       as_of  (2025-01-01/rules/20-loans.yaml:63:5)
--   COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL  bigint, not null
--       count(r for r in reservations if waits(r, loans[loan].title))  (2025-01-01/rules/20-loans.yaml:75:5)
--   SUM_ON_SHELF_T_FOR_T_IN_TITLES_IF_T_ID_LOANS_LOAN_TITLE  bigint, not null
--       sum(on_shelf(t) for t in titles if t.id == loans[loan].title)  (2025-01-01/rules/20-loans.yaml:75:5)
--
-- Facts in these expressions:
--   on_shelf(t) = t.copies - count(l for l in loans if l.title == t.id) - count(r for r in reservations if r.title == t.id and r.held_until is not None)
--   waits(r, name) = r.title == name and r.held_until is None
--
-- Columns that are given:
--   ID  as it is in requests
--   VERDICT  varchar  `allow` or `deny`
--   CODES  varchar  the codes of the reasons in the order of the policy, with a blank between them
--   OUTCOME  varchar  the code of the outcome; null where the action is denied
--   WARNINGS  varchar  the codes of the warnings, with a blank between them
--   SURE  boolean  whether the row is answered; where it is not, the other columns above are null
--   VERSION  varchar  the version of the policy that decides
CREATE VIEW extensions AS
WITH _STAGE_1 AS (
  SELECT
    "ID" AS "_KEPT_1",
    "LOAN" AS "LOAN",
    "LOAN_IN_LOANS" AS "LOAN_IN_LOANS",
    CASE
      WHEN "FINES_LOANS_LOAN_MEMBER_OWED" BETWEEN 0 AND 1125899906842624
      AND "FINES_LOANS_LOAN_MEMBER_OWED" = FLOOR("FINES_LOANS_LOAN_MEMBER_OWED")
      THEN CAST("FINES_LOANS_LOAN_MEMBER_OWED" AS BIGINT)
    END AS "FINES_LOANS_LOAN_MEMBER_OWED",
    CASE
      WHEN "LOANS_LOAN_EXTENSIONS" BETWEEN 0 AND 9
      AND "LOANS_LOAN_EXTENSIONS" = FLOOR("LOANS_LOAN_EXTENSIONS")
      THEN CAST("LOANS_LOAN_EXTENSIONS" AS BIGINT)
    END AS "LOANS_LOAN_EXTENSIONS",
    CASE
      WHEN (
        "LOANS_LOAN_KIND"
      ) IN ('novel', 'reference', 'film', 'game')
      THEN "LOANS_LOAN_KIND"
    END AS "LOANS_LOAN_KIND",
    CASE
      WHEN "LOANS_LOAN_DUE_ON" BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE)
      AND "LOANS_LOAN_DUE_ON" = CAST("LOANS_LOAN_DUE_ON" AS DATE)
      THEN CAST("LOANS_LOAN_DUE_ON" AS DATE)
    END AS "LOANS_LOAN_DUE_ON",
    CASE
      WHEN "UNTIL" BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE)
      AND "UNTIL" = CAST("UNTIL" AS DATE)
      THEN CAST("UNTIL" AS DATE)
    END AS "UNTIL",
    CASE
      WHEN "AS_OF" BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE)
      AND "AS_OF" = CAST("AS_OF" AS DATE)
      THEN CAST("AS_OF" AS DATE)
    END AS "AS_OF",
    CASE
      WHEN "COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL" BETWEEN -9223372036854775807 AND 9223372036854775807
      AND "COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL" = FLOOR("COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL")
      THEN CAST("COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL" AS BIGINT)
    END AS "COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL",
    CASE
      WHEN "SUM_ON_SHELF_T_FOR_T_IN_TITLES_IF_T_ID_LOANS_LOAN_TITLE" BETWEEN -9223372036854775807 AND 9223372036854775807
      AND "SUM_ON_SHELF_T_FOR_T_IN_TITLES_IF_T_ID_LOANS_LOAN_TITLE" = FLOOR("SUM_ON_SHELF_T_FOR_T_IN_TITLES_IF_T_ID_LOANS_LOAN_TITLE")
      THEN CAST("SUM_ON_SHELF_T_FOR_T_IN_TITLES_IF_T_ID_LOANS_LOAN_TITLE" AS BIGINT)
    END AS "SUM_ON_SHELF_T_FOR_T_IN_TITLES_IF_T_ID_LOANS_LOAN_TITLE",
    TRUE AS "_IS_ORDINARY"
  FROM requests
), _STAGE_2 AS (
  SELECT
    *,
    NOT (
      "FINES_LOANS_LOAN_MEMBER_OWED" <= 1000
    ) AS "_BREAKS_1_FINES_UNPAID",
    NOT (
      "LOANS_LOAN_EXTENSIONS" < CASE
        WHEN "LOANS_LOAN_KIND" = 'novel'
        THEN 2
        WHEN "LOANS_LOAN_KIND" IN ('reference', 'game')
        THEN 0
        WHEN "LOANS_LOAN_KIND" = 'film'
        THEN 1
      END
      AND "LOANS_LOAN_DUE_ON" < "UNTIL"
      AND CAST(DATEDIFF(DAY, "AS_OF", "UNTIL") AS BIGINT) <= 28
    ) AS "_BREAKS_2_EXTENSION_LIMIT_REACHED",
    NOT (
      "COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL" = 0
      OR (
        'always' = 'when_none_is_free'
        AND "COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL" <= "SUM_ON_SHELF_T_FOR_T_IN_TITLES_IF_T_ID_LOANS_LOAN_TITLE"
      )
    ) AS "_BREAKS_3_OTHERS_ARE_WAITING",
    0 AS "_OUTCOME",
    NOT "LOAN" IS NULL
    AND NOT "LOAN_IN_LOANS" IS NULL
    AND NOT "FINES_LOANS_LOAN_MEMBER_OWED" IS NULL
    AND NOT "LOANS_LOAN_EXTENSIONS" IS NULL
    AND NOT "LOANS_LOAN_KIND" IS NULL
    AND NOT "LOANS_LOAN_DUE_ON" IS NULL
    AND NOT "UNTIL" IS NULL
    AND NOT "AS_OF" IS NULL
    AND NOT "COUNT_R_FOR_R_IN_RESERVATIONS_IF_WAITS_R_LOANS_LOAN_TITL" IS NULL
    AND NOT "SUM_ON_SHELF_T_FOR_T_IN_TITLES_IF_T_ID_LOANS_LOAN_TITLE" IS NULL
    AND (
      "LOAN" IS NULL OR "LOAN_IN_LOANS"
    ) AS "_IS_CHECKED",
    (
      "LOANS_LOAN_EXTENSIONS" + 1
    ) IS NULL
    OR (
      "LOANS_LOAN_EXTENSIONS" + 1
    ) BETWEEN 0 AND 9 AS "_IS_SOUND"
  FROM _STAGE_1
), _STAGE_3 AS (
  SELECT
    *,
    COALESCE(
      "_IS_ORDINARY"
      AND "_IS_CHECKED"
      AND NOT "_BREAKS_1_FINES_UNPAID" IS NULL
      AND NOT "_BREAKS_2_EXTENSION_LIMIT_REACHED" IS NULL
      AND NOT "_BREAKS_3_OTHERS_ARE_WAITING" IS NULL
      AND (
        (
          "_BREAKS_1_FINES_UNPAID"
          OR "_BREAKS_2_EXTENSION_LIMIT_REACHED"
          OR "_BREAKS_3_OTHERS_ARE_WAITING"
        )
        OR (
          NOT "_OUTCOME" IS NULL AND "_IS_SOUND"
        )
      ),
      FALSE
    ) AS "_IS_SURE"
  FROM _STAGE_2
)
SELECT
  "_KEPT_1" AS "ID",
  CASE
    WHEN "_IS_SURE"
    THEN CASE
      WHEN "_BREAKS_1_FINES_UNPAID"
      OR "_BREAKS_2_EXTENSION_LIMIT_REACHED"
      OR "_BREAKS_3_OTHERS_ARE_WAITING"
      THEN 'deny'
      ELSE 'allow'
    END
  END AS "VERDICT",
  CASE
    WHEN "_IS_SURE"
    THEN TRIM(
      '' || (
        CASE WHEN "_BREAKS_1_FINES_UNPAID" THEN ' fines_unpaid' ELSE '' END
      ) || (
        CASE
          WHEN "_BREAKS_2_EXTENSION_LIMIT_REACHED"
          THEN ' extension_limit_reached'
          ELSE ''
        END
      ) || (
        CASE WHEN "_BREAKS_3_OTHERS_ARE_WAITING" THEN ' others_are_waiting' ELSE '' END
      )
    )
  END AS "CODES",
  CASE
    WHEN "_IS_SURE"
    THEN CASE
      WHEN "_BREAKS_1_FINES_UNPAID"
      OR "_BREAKS_2_EXTENSION_LIMIT_REACHED"
      OR "_BREAKS_3_OTHERS_ARE_WAITING"
      THEN NULL
      ELSE CASE WHEN "_OUTCOME" = 0 THEN 'ok' END
    END
  END AS "OUTCOME",
  CASE
    WHEN "_IS_SURE"
    THEN CASE
      WHEN "_BREAKS_1_FINES_UNPAID"
      OR "_BREAKS_2_EXTENSION_LIMIT_REACHED"
      OR "_BREAKS_3_OTHERS_ARE_WAITING"
      THEN ''
      ELSE TRIM('')
    END
  END AS "WARNINGS",
  "_IS_SURE" AS "SURE",
  CAST('2025-07-01' AS VARCHAR) AS "VERSION"
FROM _STAGE_3;
