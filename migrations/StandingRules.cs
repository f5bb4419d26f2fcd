using Microsoft.EntityFrameworkCore.Migrations;

namespace PqdPortal.Migrations;

/// <summary>
/// The rules by which the database itself keeps the standing values (Data/Analyses/StandingValue.cs), and the indexes that no model can
/// express.
/// </summary>
/// <remarks>
/// Triggers of statements, with the rows a statement touched: an analysis that ends or is removed, its numbers and verdicts, and a run
/// that is binned, restored or moved lead to the runs, dots and samples they speak for, whose rows are made anew from the results.
/// Two transactions that touch the same record come one after the other (an advisory lock per record); each statement in READ COMMITTED
/// sees what the other left. A change of very many at once (a restore, a seed) takes one lock for all.
/// </remarks>
static class StandingRules
{
    /// <summary>To be called at the end of the migration that made the tables.</summary>
    public static void Make(MigrationBuilder migration)
    {
        migration.Sql(Refresh);
        migration.Sql(Triggers);
        migration.Sql("""
            SELECT standing_refresh(
                (SELECT array_agg(DISTINCT "RunId") FROM "Analyses"),
                (SELECT array_agg(DISTINCT r."EmitterId") FROM "Analyses" a JOIN "Runs" r ON r."Id" = a."RunId" WHERE r."EmitterId" IS NOT NULL),
                (SELECT array_agg(DISTINCT r."SampleId") FROM "Analyses" a JOIN "Runs" r ON r."Id" = a."RunId" WHERE r."EmitterId" IS NULL AND r."SampleId" IS NOT NULL), NULL);
            CREATE INDEX "IX_Runs_Moment" ON "Runs" ((coalesce("MeasuredAt", "CreatedAt")), "Id");
            CREATE INDEX "IX_Runs_Project_Moment" ON "Runs" ("ProjectId", (coalesce("MeasuredAt", "CreatedAt")));
            """);
    }

    /// <summary>To be called at the beginning of the way back.</summary>
    public static void Unmake(MigrationBuilder migration) => migration.Sql("""
        DROP INDEX "IX_Runs_Project_Moment";
        DROP INDEX "IX_Runs_Moment";
        DROP FUNCTION standing_refresh(uuid[], uuid[], uuid[], text[]) CASCADE;
        DROP FUNCTION standing_of_analyses() CASCADE;
        DROP FUNCTION standing_of_numbers() CASCADE;
        DROP FUNCTION standing_of_runs() CASCADE;
        """);

    /// <summary>Makes the rows of some runs, dots and samples anew; only those of some names where names are given.</summary>
    /// <remarks>
    /// Of each kind of analysis the newest that came to an end and took all photons speaks (ended last; of two at once the larger id);
    /// a number that it withholds is that of the newest one of its kind that has it. Where several kinds give the same number, the
    /// newest of them. The best g2(0) stands under g2_0.
    /// </remarks>
    const string Refresh = """
        CREATE OR REPLACE FUNCTION standing_refresh(runs uuid[], dots uuid[], samples uuid[], names text[]) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            ids uuid[];
            one uuid;
        BEGIN
            SELECT array_agg(DISTINCT i ORDER BY i) INTO ids FROM unnest(runs || dots || samples) AS i WHERE i IS NOT NULL;
            IF ids IS NULL THEN RETURN; END IF;
            IF cardinality(ids) > 500 THEN
                PERFORM pg_advisory_xact_lock(5417, 1);
            ELSE
                PERFORM pg_advisory_xact_lock_shared(5417, 1);
                FOREACH one IN ARRAY ids LOOP
                    PERFORM pg_advisory_xact_lock(hashtextextended(one::text, 5417));
                END LOOP;
            END IF;

            -- The g2(0) of all names decide together which of them stands.
            IF names && ARRAY['g2_0', 'g2_0_corr', 'g2_0_fit', 'g2_0_raw'] THEN
                names := names || ARRAY['g2_0', 'g2_0_corr', 'g2_0_fit', 'g2_0_raw'];
            END IF;

            WITH spoken AS (
                SELECT 'Run' AS of, r."Id" AS record, r."Id" AS run FROM "Runs" r WHERE r."Id" = ANY (runs) AND r."DeletedAt" IS NULL
                UNION ALL SELECT 'Emitter', r."EmitterId", r."Id" FROM "Runs" r WHERE r."EmitterId" = ANY (dots) AND r."DeletedAt" IS NULL
                UNION ALL SELECT 'Sample', r."SampleId", r."Id" FROM "Runs" r WHERE r."SampleId" = ANY (samples) AND r."EmitterId" IS NULL AND r."DeletedAt" IS NULL
            ), done AS (
                SELECT s.of, s.record, a."Id" AS analysis, a."Kind" AS kind, a."EndedAt" AS ended,
                    row_number() OVER (PARTITION BY s.of, s.record, a."Kind" ORDER BY a."EndedAt" DESC NULLS LAST, a."Id" DESC) AS age
                FROM spoken s JOIN "Analyses" a ON a."RunId" = s.run
                WHERE a."State" = 'Done' AND a."DeletedAt" IS NULL AND NOT a."Parameters" ? 'selection'
            ), said AS (
                SELECT d.of, d.record, d.analysis, d.ended, v."Name"::text AS source, v."Name"::text AS name, v."Value", v."Sigma", v."Lo95", v."Hi95",
                    v."Unit"::text AS unit, v."Text", v."N", v."Grade"::text AS grade, 0 AS tier
                FROM done d JOIN "AnalysisValues" v ON v."AnalysisId" = d.analysis
                WHERE (v."Value" IS NOT NULL OR v."Text" IS NOT NULL) AND (names IS NULL OR v."Name" = ANY (names))
                    AND (d.age = 1 OR EXISTS (SELECT 1 FROM done n JOIN "AnalysisValues" w ON w."AnalysisId" = n.analysis
                        WHERE n.of = d.of AND n.record = d.record AND n.kind = d.kind AND n.age = 1 AND w."Name" = v."Name"))
                UNION ALL
                SELECT d.of, d.record, d.analysis, d.ended, v."Name", 'verdict.' || v."Name", NULL, NULL, NULL, NULL, 'text', v."Value", NULL, 'ok', 0
                FROM done d JOIN "AnalysisVerdicts" v ON v."AnalysisId" = d.analysis
                WHERE d.age = 1 AND (names IS NULL OR 'verdict.' || v."Name" = ANY (names))
            ), named AS (
                SELECT * FROM said WHERE name <> 'g2_0'
                UNION ALL
                SELECT of, record, analysis, ended, source, 'g2_0', "Value", "Sigma", "Lo95", "Hi95", unit, "Text", "N", grade,
                    CASE source WHEN 'g2_0_fit' THEN 1 WHEN 'g2_0_raw' THEN 2 ELSE 0 END
                FROM said WHERE source IN ('g2_0', 'g2_0_corr', 'g2_0_fit', 'g2_0_raw') AND "Value" IS NOT NULL
            ), standing AS (
                SELECT DISTINCT ON (record, name) * FROM named ORDER BY record, name, tier, ended DESC NULLS LAST, analysis DESC, source
            ), gone AS (
                DELETE FROM "StandingValues" old
                WHERE old."RecordId" = ANY (ids) AND (names IS NULL OR old."Name" = ANY (names))
                    AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.record = old."RecordId" AND s.name = old."Name")
            )
            INSERT INTO "StandingValues" AS old ("Of", "RecordId", "Name", "Source", "Value", "Sigma", "Lo95", "Hi95", "Unit", "Text", "N", "Grade", "AnalysisId")
            SELECT of, record, name, source, "Value", "Sigma", "Lo95", "Hi95", unit, "Text", "N", grade, analysis FROM standing
            ON CONFLICT ("RecordId", "Name") DO UPDATE SET
                ("Of", "Source", "Value", "Sigma", "Lo95", "Hi95", "Unit", "Text", "N", "Grade", "AnalysisId") =
                (excluded."Of", excluded."Source", excluded."Value", excluded."Sigma", excluded."Lo95", excluded."Hi95", excluded."Unit", excluded."Text", excluded."N", excluded."Grade", excluded."AnalysisId")
            WHERE (old."Source", old."Value", old."Sigma", old."Lo95", old."Hi95", old."Unit", old."Text", old."N", old."Grade", old."AnalysisId")
                IS DISTINCT FROM (excluded."Source", excluded."Value", excluded."Sigma", excluded."Lo95", excluded."Hi95", excluded."Unit", excluded."Text", excluded."N", excluded."Grade", excluded."AnalysisId");
        END $$;
        """;

    const string Triggers = """
        CREATE OR REPLACE FUNCTION standing_of_analyses() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE touched uuid[];
        BEGIN
            IF TG_OP = 'INSERT' THEN
                SELECT array_agg(DISTINCT n."RunId") INTO touched FROM new_rows n WHERE n."State" = 'Done';
            ELSIF TG_OP = 'DELETE' THEN
                SELECT array_agg(DISTINCT o."RunId") INTO touched FROM old_rows o WHERE o."State" = 'Done';
            ELSE
                SELECT array_agg(DISTINCT run) INTO touched
                FROM old_rows o JOIN new_rows n ON n."Id" = o."Id" CROSS JOIN LATERAL (VALUES (o."RunId"), (n."RunId")) AS of (run)
                WHERE (o."State" = 'Done' OR n."State" = 'Done')
                    AND (o."State", o."DeletedAt", o."EndedAt", o."RunId", o."Kind", o."Parameters") IS DISTINCT FROM (n."State", n."DeletedAt", n."EndedAt", n."RunId", n."Kind", n."Parameters");
            END IF;
            IF touched IS NOT NULL THEN
                PERFORM standing_refresh(touched,
                    (SELECT array_agg(DISTINCT r."EmitterId") FROM "Runs" r WHERE r."Id" = ANY (touched) AND r."EmitterId" IS NOT NULL),
                    (SELECT array_agg(DISTINCT r."SampleId") FROM "Runs" r WHERE r."Id" = ANY (touched) AND r."EmitterId" IS NULL), NULL);
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER standing_made AFTER INSERT ON "Analyses" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_analyses();
        CREATE TRIGGER standing_changed AFTER UPDATE ON "Analyses" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_analyses();
        CREATE TRIGGER standing_removed AFTER DELETE ON "Analyses" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_analyses();

        -- The argument is what leads the names of this table: nothing, or 'verdict.'.
        CREATE OR REPLACE FUNCTION standing_of_numbers() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            touched uuid[];
            said text[];
            lead text := coalesce(TG_ARGV[0], '');
        BEGIN
            IF TG_OP = 'INSERT' THEN
                SELECT array_agg(DISTINCT a."RunId"), array_agg(DISTINCT lead || n."Name") INTO touched, said
                FROM new_rows n JOIN "Analyses" a ON a."Id" = n."AnalysisId" WHERE a."State" = 'Done';
            ELSIF TG_OP = 'DELETE' THEN
                SELECT array_agg(DISTINCT a."RunId"), array_agg(DISTINCT lead || o."Name") INTO touched, said
                FROM old_rows o JOIN "Analyses" a ON a."Id" = o."AnalysisId" WHERE a."State" = 'Done';
            ELSE
                SELECT array_agg(DISTINCT a."RunId"), array_agg(DISTINCT lead || c."Name") INTO touched, said
                FROM (SELECT o."AnalysisId", o."Name" FROM old_rows o UNION SELECT n."AnalysisId", n."Name" FROM new_rows n) c
                JOIN "Analyses" a ON a."Id" = c."AnalysisId" WHERE a."State" = 'Done';
            END IF;
            IF touched IS NOT NULL THEN
                PERFORM standing_refresh(touched,
                    (SELECT array_agg(DISTINCT r."EmitterId") FROM "Runs" r WHERE r."Id" = ANY (touched) AND r."EmitterId" IS NOT NULL),
                    (SELECT array_agg(DISTINCT r."SampleId") FROM "Runs" r WHERE r."Id" = ANY (touched) AND r."EmitterId" IS NULL), said);
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER standing_made AFTER INSERT ON "AnalysisValues" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_numbers('');
        CREATE TRIGGER standing_changed AFTER UPDATE ON "AnalysisValues" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_numbers('');
        CREATE TRIGGER standing_removed AFTER DELETE ON "AnalysisValues" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_numbers('');
        CREATE TRIGGER standing_made AFTER INSERT ON "AnalysisVerdicts" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_numbers('verdict.');
        CREATE TRIGGER standing_changed AFTER UPDATE ON "AnalysisVerdicts" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_numbers('verdict.');
        CREATE TRIGGER standing_removed AFTER DELETE ON "AnalysisVerdicts" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_numbers('verdict.');

        CREATE OR REPLACE FUNCTION standing_of_runs() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            touched uuid[];
            dots uuid[];
            samples uuid[];
        BEGIN
            SELECT array_agg(DISTINCT n."Id"), array_agg(DISTINCT dot) FILTER (WHERE dot IS NOT NULL), array_agg(DISTINCT sample) FILTER (WHERE sample IS NOT NULL)
            INTO touched, dots, samples
            FROM old_rows o JOIN new_rows n ON n."Id" = o."Id"
                CROSS JOIN LATERAL (VALUES (o."EmitterId", o."SampleId"), (n."EmitterId", n."SampleId")) AS of (dot, sample)
            WHERE (o."DeletedAt" IS NULL, o."EmitterId", o."SampleId") IS DISTINCT FROM (n."DeletedAt" IS NULL, n."EmitterId", n."SampleId");
            IF touched IS NOT NULL THEN PERFORM standing_refresh(touched, dots, samples, NULL); END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER standing_moved AFTER UPDATE ON "Runs" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_of_runs();
        """;
}
