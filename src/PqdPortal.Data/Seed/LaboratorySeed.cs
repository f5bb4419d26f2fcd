using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data.Account;
using PqdPortal.Data.Backup;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Seed;

/// <summary>How much a seeded laboratory holds.</summary>
public sealed record SeedSize(int Batches = 2000, int SamplesPerBatch = 5, int DotsPerSample = 10, int RunsPerDot = 3)
{
    public int Samples => Batches * SamplesPerBatch;
    public int Dots => Samples * DotsPerSample;
    public int Runs => Dots * RunsPerDot;

    /// <summary>One project for every 170 batches, so that nobody's is the whole.</summary>
    public int Projects => Math.Clamp(Batches / 170, 3, 90);
    public int People => Projects * 3;
}

/// <summary>
/// Fills a portal with a large laboratory that never was: batches, samples, dots and runs with results in believable distributions, over
/// several projects, groups and people. For measuring how fast the portal is, and for teaching; everything is marked as simulated.
/// </summary>
/// <remarks>
/// The same seed makes the same laboratory, to the ids. Rows go in by COPY, in one transaction: all of it or nothing. What stands of the
/// records is made by the database's own rule at the end, some thousand dots at a time.
/// </remarks>
public sealed class LaboratorySeed(SeedSize size, int seed)
{
    /// <summary>Codes of the seeded projects begin with it.</summary>
    public const string Lead = "SD";

    static readonly DateTimeOffset Newest = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    const double Days = 1100;

    static readonly (string Formula, string Fractions, double Peak, double Lifetime)[] Materials =
    [
        ("CsPbBr3", """{"Cs":1,"Pb":1,"Br":1}""", 515, 6.5),
        ("Cs0.8FA0.2PbBr3", """{"Cs":0.8,"FA":0.2,"Pb":1,"Br":1}""", 519, 8),
        ("Cs0.4FA0.6PbBr3", """{"Cs":0.4,"FA":0.6,"Pb":1,"Br":1}""", 524, 11),
        ("Cs0.2FA0.8PbBr3", """{"Cs":0.2,"FA":0.8,"Pb":1,"Br":1}""", 527, 14),
        ("FAPbBr3", """{"FA":1,"Pb":1,"Br":1}""", 531, 18),
        ("CsPbI3", """{"Cs":1,"Pb":1,"I":1}""", 678, 25),
        ("CsPb0.98Zn0.02Br3", """{"Cs":1,"Pb":0.98,"Zn":0.02,"Br":1}""", 512, 6),
    ];

    /// <summary>Seeds a migrated database.</summary>
    /// <param name="file">SHA-256 and bytes of one stored file that stands for all measurements; null for runs without a file.</param>
    /// <exception cref="SeedTrouble">There is a seeded laboratory already.</exception>
    public async Task Make(PortalDb db, (string Sha256, long Length)? file, Action<string> tell, CancellationToken stop = default)
    {
        if (await db.Projects.AnyAsync(project => project.Code.StartsWith(Lead + "0"), stop))
            throw new SeedTrouble($"There is a seeded laboratory already: projects whose codes begin with {Lead}0. A portal takes one; nothing was changed.");
        db.Database.SetCommandTimeout(TimeSpan.FromHours(1));
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var random = new Random(seed);

        var people = Enumerable.Range(1, size.People).Select(n => new PortalUser
        {
            Id = Id(Newest.AddDays(-Days), random), Name = $"{Names[n % Names.Length]} {n}", UserName = $"seed-{n}", NormalizedUserName = $"SEED-{n}",
            SecurityStamp = Id(Newest, random).ToString("N"), LockoutEnabled = true,
        }).ToArray();
        var projects = Enumerable.Range(1, size.Projects).Select(n => new Project
        {
            Id = Id(Newest.AddDays(-Days), random), Code = $"{Lead}{n:00}", Name = $"Seeded series {n}", Description = "Made by pqd admin seed; nothing here was measured.",
            Simulated = true, CreatedAt = Newest.AddDays(-Days), CreatedById = people[n].Id,
        }).ToArray();
        db.AddRange(people);
        db.AddRange(projects);
        var groups = Enumerable.Range(1, Math.Max(2, size.Projects / 2)).Select(n => new Group { Id = Id(Newest, random), Name = $"Seeded group {n}" }).ToArray();
        for (var n = 0; n < people.Length; n++) groups[n % groups.Length].Members.Add(new Membership { PersonId = people[n].Id, Since = Newest.AddDays(-Days) });
        db.AddRange(groups);
        for (var n = 0; n < projects.Length; n++)
        {
            db.Add(new Grant { Id = Id(Newest, random), ProjectId = projects[n].Id, PersonId = people[n + 1].Id, Role = AccessRole.Manage, GrantedAt = Newest.AddDays(-Days) });
            db.Add(new Grant { Id = Id(Newest, random), ProjectId = projects[n].Id, GroupId = groups[n % groups.Length].Id, Role = AccessRole.Edit, GrantedAt = Newest.AddDays(-Days) });
        }
        // Batches to projects: the first ones have many, the last ones few.
        var weights = projects.Select((_, n) => 1 / (n + 2.0)).ToArray();
        var counts = projects.Select((_, n) => Math.Max(1, (int)(size.Batches * weights[n] / weights.Sum()))).ToArray();
        counts[0] += size.Batches - counts.Sum();
        for (var n = 0; n < projects.Length; n++) projects[n].NextBatch = counts[n] + 1;
        await db.SaveChangesAsync(stop);
        if (file is { } stored)
            await db.Database.ExecuteSqlAsync($"""INSERT INTO "StoredFiles" ("Sha256", "Length", "StoredAt") VALUES ({stored.Sha256}, {stored.Length}, {Newest}) ON CONFLICT DO NOTHING""", stop);

        foreach (var table in (string[])["Analyses", "AnalysisValues", "AnalysisVerdicts", "Runs"]) await Tables.Do(connection, $"ALTER TABLE {Tables.Quoted(table)} DISABLE TRIGGER USER", stop);

        // Drawn once, in the order of the tree, and kept as ids: each table is then written in one stream.
        var batches = new List<Drawn>(size.Batches);
        for (var p = 0; p < projects.Length; p++)
            for (var n = 1; n <= counts[p]; n++)
            {
                var at = Newest.AddDays(-Days * (1 - n / (counts[p] + 1.0)) + random.NextDouble());
                batches.Add(new Drawn(Id(at, random), projects[p].Id, people[(p + 1 + random.Next(3)) % people.Length].Id, $"{projects[p].Code}-{n:0000}", at, random.Next(Materials.Length), random.Next()));
            }
        tell($"{batches.Count:N0} batches, {size.Samples:N0} samples, {size.Dots:N0} dots, {size.Runs:N0} runs are drawn from seed {seed}.");

        await Copy(connection, "Batches", ["Id", "ProjectId", "CreatedById", "CreatedAt", "Simulated", "Notes", "Code", "Name", "Formula", "Canonical", "Fractions", "Dimensionality", "CrystalPhase", "Method", "SynthesisedOn", "SynthesisTemperature", "Ligand", "Treatment", "EdgeLength", "EdgeLengthSd", "EdgeLengthN", "Plqy", "EmissionPeak", "EmissionFwhm"], Batches(batches), stop);
        tell("Batches are in.");
        await Copy(connection, "Samples", ["Id", "BatchId", "ProjectId", "CreatedById", "CreatedAt", "Simulated", "Code", "Name", "Form", "Matrix", "Dilution", "Solvent", "Storage", "PreparedAt"], Samples(batches), stop);
        await Copy(connection, "Emitters", ["Id", "SampleId", "ProjectId", "CreatedById", "CreatedAt", "Simulated", "Notes", "Code", "Label", "X", "Y", "EmissionPeak", "EmissionFwhm"], Dots(batches), stop);
        tell("Samples and dots are in.");
        await Copy(connection, "Runs", ["Id", "EmitterId", "SampleId", "ProjectId", "CreatedById", "CreatedAt", "Simulated", "Name", "Kind", "MeasuredAt", "Temperature", "Atmosphere", "Excitation", "ExcitationWavelength", "RepetitionRate", "Power", "EvidenceRole", "Reading", "ReadingMessage"], Runs(batches), stop);
        if (file is not null) await Copy(connection, "RunFiles", ["Id", "RunId", "Sha256", "Name", "Role", "Kind", "Reading", "Message", "AddedAt"], Files(batches, file.Value.Sha256), stop);
        tell("Runs are in.");
        await Copy(connection, "Analyses", ["Id", "ProjectId", "RunId", "Kind", "KindVersion", "Parameters", "Inputs", "Fingerprint", "State", "Software", "RequestedAt", "StartedAt", "EndedAt"], Analyses(batches), stop);
        await Copy(connection, "AnalysisValues", ["AnalysisId", "Name", "Value", "Sigma", "Lo95", "Hi95", "Unit", "N", "Method", "Grade", "Flags"], Values(batches), stop);
        await Copy(connection, "AnalysisVerdicts", ["AnalysisId", "Name", "Value", "Why"], Verdicts(batches), stop);
        tell("Results are in; what stands of each record is made of them.");

        foreach (var table in (string[])["Analyses", "AnalysisValues", "AnalysisVerdicts", "Runs"]) await Tables.Do(connection, $"ALTER TABLE {Tables.Quoted(table)} ENABLE TRIGGER USER", stop);
        foreach (var table in (string[])["Batches", "Samples", "Emitters", "Runs", "RunFiles", "Analyses", "AnalysisValues", "AnalysisVerdicts"]) await Tables.Do(connection, $"ANALYZE {Tables.Quoted(table)}", stop);
        foreach (var part in batches.Chunk(100))
        {
            var dots = part.SelectMany(OfDots).Select(dot => dot.Id).ToArray();
            var runs = part.SelectMany(OfDots).SelectMany(OfRuns).Select(run => run.Id).ToArray();
            await db.Database.ExecuteSqlAsync($"SELECT standing_refresh({runs}, {dots}, NULL, NULL)", stop);
        }
        await transaction.CommitAsync(stop);
        await db.Database.ExecuteSqlRawAsync("VACUUM ANALYZE", stop);
        tell("The database has counted its rows.");
    }

    static readonly string[] Names = ["Ana", "Ben", "Chen", "Dara", "Emil", "Fatima", "Gio", "Hana", "Ivo", "Jun", "Kofi", "Lea", "Mira", "Noor", "Olek", "Pia"];

    /// <summary>A record that was drawn, with a number from which everything of it follows.</summary>
    sealed record Drawn(Guid Id, Guid Project, Guid Person, string Code, DateTimeOffset At, int Material, int Number);

    sealed record DrawnDot(Guid Id, Drawn Batch, Guid Sample, string Code, string Label, int Number);

    sealed record DrawnRun(Guid Id, Guid Analysis, DrawnDot Dot, int At, DateTimeOffset Measured, int Number);

    IEnumerable<(Guid Id, string Code, int Number, Drawn Batch, int At)> OfSamples(Drawn batch)
    {
        var random = new Random(batch.Number);
        for (var s = 1; s <= size.SamplesPerBatch; s++) yield return (Id(batch.At.AddDays(s), random), $"{batch.Code}-S{s}", random.Next(), batch, s);
    }

    IEnumerable<DrawnDot> OfDots(Drawn batch)
    {
        foreach (var sample in OfSamples(batch))
        {
            var random = new Random(sample.Number);
            for (var d = 1; d <= size.DotsPerSample; d++) yield return new(Id(batch.At.AddDays(sample.At + 1), random), batch, sample.Id, $"{sample.Code}-D{d:000}", $"D{d:000}", random.Next());
        }
    }

    IEnumerable<DrawnRun> OfRuns(DrawnDot dot)
    {
        var random = new Random(dot.Number);
        for (var r = 0; r < size.RunsPerDot; r++)
        {
            var at = dot.Batch.At.AddDays(3 + 20 * random.NextDouble());
            yield return new(Id(at, random), Id(at.AddMinutes(2), random), dot, r, at, random.Next());
        }
    }

    IEnumerable<object?[]> Batches(List<Drawn> batches)
    {
        string[] methods = ["HotInjection", "HotInjection", "HotInjection", "Larp", "RoomTemperature", "Spray", "NotRecorded"];
        string[] ligands = ["oleylamine + oleic acid", "oleic acid", "2-adamantylammonium bromide", "didodecyldimethylammonium bromide"];
        foreach (var b in batches)
        {
            var random = new Random(b.Number ^ 1);
            var material = Materials[b.Material];
            var method = methods[random.Next(methods.Length)];
            var edge = Math.Round(Math.Clamp(Normal(random, 8.6, 1.9), 4.5, 25), 1);
            var known = random.Next(10) > 0;
            yield return
            [
                b.Id, b.Project, b.Person, b.At, true, random.Next(12) == 0 ? Notes[random.Next(Notes.Length)] : null, b.Code, $"{material.Formula} {(method == "NotRecorded" ? "trial" : method == "HotInjection" ? "hot injection" : "room temperature")} {random.Next(1, 400)}",
                material.Formula, material.Formula, material.Fractions, "Dot", random.Next(3) == 0 ? "Orthorhombic" : "NotRecorded", method, DateOnly.FromDateTime(b.At.UtcDateTime),
                method == "HotInjection" ? Math.Round(Normal(random, 170, 12)) : null, ligands[random.Next(ligands.Length)], random.Next(4) == 0 ? "LigandExchange" : "NotRecorded",
                known ? edge : null, known ? Math.Round(edge * (0.06 + 0.08 * random.NextDouble()), 2) : null, known ? random.Next(80, 600) : null,
                known ? Math.Round(Math.Clamp(Normal(random, 0.78, 0.12), 0.05, 0.99), 2) : null, Math.Round(material.Peak + (edge - 8.6) * 1.4, 1), Math.Round(Normal(random, 20, 2.5), 1),
            ];
        }
    }

    static readonly string[] Notes = ["washed twice with ethyl acetate", "blinks slowly under low power", "to be measured again after 30 days", "turbid; centrifuged at 5000 rpm", "kept in the glove box", "bright in the lamp, dim in the fibre"];

    IEnumerable<object?[]> Samples(List<Drawn> batches)
    {
        foreach (var s in batches.SelectMany(OfSamples))
        {
            var random = new Random(s.Number ^ 1);
            var form = random.Next(6) switch { 0 => "Colloid", 1 => "Film", 2 => "Superlattice", _ => "IsolatedDots" };
            yield return
            [
                s.Id, s.Batch.Id, s.Batch.Project, s.Batch.Person, s.Batch.At.AddDays(s.At), true, s.Code, form == "IsolatedDots" ? "spin coated, dilute" : form.ToLowerInvariant(), form,
                form == "IsolatedDots" ? random.Next(3) == 0 ? "Polystyrene" : "Pmma" : "NotRecorded", form == "IsolatedDots" ? new[] { 100.0, 500, 1000, 5000 }[random.Next(4)] : null, "toluene", $"box {random.Next(1, 40)}", s.Batch.At.AddDays(s.At),
            ];
        }
    }

    IEnumerable<object?[]> Dots(List<Drawn> batches)
    {
        foreach (var d in batches.SelectMany(OfDots))
        {
            var random = new Random(d.Number ^ 1);
            yield return
            [
                d.Id, d.Sample, d.Batch.Project, d.Batch.Person, d.Batch.At.AddDays(2), true, random.Next(60) == 0 ? Notes[random.Next(Notes.Length)] : null, d.Code, d.Label,
                Math.Round(100 * random.NextDouble(), 2), Math.Round(100 * random.NextDouble(), 2), Math.Round(Normal(random, Materials[d.Batch.Material].Peak, 4), 1), Math.Round(Normal(random, 78, 6), 1),
            ];
        }
    }

    static readonly (string Kind, string Name, string Analysis)[] Kinds = [("Hbt", "hbt", "g2.cw"), ("Trpl", "trpl", "lifetime"), ("Photostability", "trace", "blinking")];

    IEnumerable<object?[]> Runs(List<Drawn> batches)
    {
        foreach (var r in batches.SelectMany(OfDots).SelectMany(OfRuns))
        {
            var random = new Random(r.Number ^ 1);
            var kind = Kinds[r.At % Kinds.Length];
            var isPulsed = kind.Kind == "Trpl";
            yield return
            [
                r.Id, r.Dot.Id, r.Dot.Sample, r.Dot.Batch.Project, r.Dot.Batch.Person, r.Measured, true, $"{r.Dot.Code} {kind.Name} {r.At + 1}", kind.Kind, r.Measured,
                random.Next(5) == 0 ? 4.0 : 295.0, random.Next(2) == 0 ? "Inert" : "Air", isPulsed ? "Pulsed" : "ContinuousWave", isPulsed ? 405.0 : 450.0, isPulsed ? 5.0 : null, Math.Round(Math.Exp(Normal(random, -0.5, 0.8)), 3),
                "NotRecorded", "StoredUnread", "A seeded record: there is no measurement behind it.",
            ];
        }
    }

    IEnumerable<object?[]> Files(List<Drawn> batches, string sha256)
    {
        foreach (var r in batches.SelectMany(OfDots).SelectMany(OfRuns))
            yield return [Id(r.Measured, new Random(r.Number ^ 2)), r.Id, sha256, $"{r.Dot.Code}_{Kinds[r.At % Kinds.Length].Name}_{r.Measured:yyyyMMdd}.txt", "measurement", null, "StoredUnread", "A seeded record: there is no measurement behind it.", r.Measured];
    }

    IEnumerable<object?[]> Analyses(List<Drawn> batches)
    {
        foreach (var r in batches.SelectMany(OfDots).SelectMany(OfRuns))
            yield return [r.Analysis, r.Dot.Batch.Project, r.Id, Kinds[r.At % Kinds.Length].Analysis, 1, "{}", "{}", r.Analysis.ToString("N"), "Done", "pqd admin seed", r.Measured, r.Measured.AddSeconds(1), r.Measured.AddMinutes(2)];
    }

    IEnumerable<object?[]> Values(List<Drawn> batches)
    {
        foreach (var r in batches.SelectMany(OfDots).SelectMany(OfRuns))
        {
            var random = new Random(r.Number ^ 3);
            var rate = Math.Round(Math.Exp(Normal(random, 11, 0.6)));
            yield return Value(r, "rate_cps", rate, Math.Sqrt(rate / 60), "cps");
            switch (r.At % Kinds.Length)
            {
                case 0:
                    var g2 = G2Of(r);
                    var sigma = 0.006 + 0.05 * random.NextDouble() * random.NextDouble();
                    yield return Value(r, "g2_0_corr", g2, sigma, "1");
                    yield return Value(r, "g2_0_raw", g2 + 0.02 + 0.05 * random.NextDouble(), sigma, "1");
                    yield return Value(r, "t1_ns", Normal(random, Materials[r.Dot.Batch.Material].Lifetime, 1), 0.3, "ns");
                    break;
                case 1:
                    yield return Value(r, "tau_ns", Math.Max(0.4, Normal(random, Materials[r.Dot.Batch.Material].Lifetime, Materials[r.Dot.Batch.Material].Lifetime * 0.18)), 0.04, "ns");
                    yield return Value(r, "background_fraction", 0.02 + 0.1 * random.NextDouble(), 0.004, "1");
                    break;
                default:
                    yield return Value(r, "on_fraction", Math.Clamp(1 - 0.6 * random.NextDouble() * random.NextDouble(), 0, 1), 0.01, "1");
                    yield return Value(r, "alpha_off", Normal(random, 1.7, 0.2), 0.08, "1");
                    break;
            }
        }
    }

    /// <summary>Most dots of a good batch are single, some are two or more that lie together.</summary>
    static double G2Of(DrawnRun run)
    {
        var random = new Random(run.Number ^ 4);
        return random.NextDouble() < 0.62 ? 0.015 + 0.09 * Math.Sqrt(random.NextDouble()) * random.NextDouble() + 0.01 * random.NextDouble()
            : random.NextDouble() < 0.7 ? 0.08 + 0.3 * random.NextDouble() : 0.45 + 0.45 * random.NextDouble();
    }

    IEnumerable<object?[]> Verdicts(List<Drawn> batches)
    {
        foreach (var r in batches.SelectMany(OfDots).SelectMany(OfRuns).Where(r => r.At % Kinds.Length == 0))
            yield return [r.Analysis, "single_emitter", G2Of(r) < 0.45 ? "yes" : "undetermined", "A seeded record: there is no measurement behind it."];
    }

    static object?[] Value(DrawnRun run, string name, double value, double sigma, string unit) =>
        [run.Analysis, name, value, sigma, value - 1.959964 * sigma, value + 1.959964 * sigma, unit, 5000, "seed", "ok", "{}"];

    static double Normal(Random random, double mean, double sd) => mean + sd * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>An id that is ordered by time, like those of records that are made one by one, and comes out of the seed.</summary>
    static Guid Id(DateTimeOffset at, Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        var milliseconds = at.ToUnixTimeMilliseconds();
        for (var n = 0; n < 6; n++) bytes[n] = (byte)(milliseconds >> (8 * (5 - n)));
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x70);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Writes rows by COPY; what a table asks for besides, with nothing to say, is filled with nothing.</summary>
    static async Task Copy(NpgsqlConnection connection, string table, IReadOnlyList<string> columns, IEnumerable<object?[]> rows, CancellationToken stop)
    {
        var (more, filling) = await Besides(connection, table, columns, stop);
        await using var text = await connection.BeginTextImportAsync($"COPY {Tables.Quoted(table)} ({Tables.List([.. columns, .. more])}) FROM STDIN", stop);
        var line = new StringBuilder();
        foreach (var row in rows)
        {
            line.Clear();
            foreach (var cell in row) line.Append(line.Length == 0 ? "" : "\t").Append(Cell(cell));
            foreach (var cell in filling) line.Append('\t').Append(cell);
            line.Append('\n');
            await text.WriteAsync(line, stop);
        }
    }

    static async Task<(List<string> Columns, List<string> Values)> Besides(NpgsqlConnection connection, string table, IReadOnlyList<string> known, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand("""
            SELECT column_name::text, udt_name::text FROM information_schema.columns
            WHERE table_schema = current_schema() AND table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER' AND is_identity = 'NO' AND NOT column_name = ANY ($2)
            """, connection) { Parameters = { new() { Value = table }, new() { Value = known.ToArray() } } };
        List<string> columns = [], values = [];
        await using var rows = await ask.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
        {
            columns.Add(rows.GetString(0));
            var isChoice = rows.GetString(1) is "varchar" or "text";
            values.Add(rows.GetString(1) switch { "jsonb" => rows.GetString(0) is "Detectors" or "Photos" ? "[]" : "{}", var type when type.StartsWith('_') => "{}", "bool" => "f", "int4" or "int8" or "float8" => "0", _ => isChoice ? "NotRecorded" : "\\N" });
        }
        return (columns, values);
    }

    static string Cell(object? cell) => cell switch
    {
        null => "\\N",
        bool claim => claim ? "t" : "f",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTimeOffset moment => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture)!.Replace("\\", "\\\\").Replace("\t", "\\t").Replace("\n", "\\n").Replace("\r", "\\r"),
    };
}

/// <summary>Why nothing was seeded, for people.</summary>
public sealed class SeedTrouble(string message) : Exception(message);
