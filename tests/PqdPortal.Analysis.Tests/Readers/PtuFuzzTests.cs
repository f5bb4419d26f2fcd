using System.Diagnostics;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>
/// Thousands of damaged PTU files, by seed: reading, the quick check and g2 end within seconds, in little memory, with finite
/// numbers or with words. PQD_LONG=1 goes on for PQD_LONG_MINUTES (5) with new seeds.
/// </summary>
[Collection(nameof(Alone))]
public class PtuFuzzTests(ITestOutputHelper output)
{
    /// <summary>Nothing else runs meanwhile: time and memory are measured.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public class Alone;

    const int Cases = 3000;

    static readonly Dictionary<string, TimeSpan> Spent = [];
    static readonly Lazy<IReadOnlyList<(string Name, byte[] Bytes)>> Files = new(Wholes);

    [Fact]
    public void However_a_PTU_file_is_damaged_it_is_read_or_refused_in_time_in_little_memory_and_in_words()
    {
        var tally = new SortedDictionary<string, int>();
        var isLong = Environment.GetEnvironmentVariable("PQD_LONG") == "1";
        var minutes = double.Parse(Environment.GetEnvironmentVariable("PQD_LONG_MINUTES") ?? "5", System.Globalization.CultureInfo.InvariantCulture);
        var (slowest, largest) = (TimeSpan.Zero, 0L);
        var clock = Stopwatch.StartNew();

        List<string> failures = [];

        var seed = 0;
        for (; isLong ? clock.Elapsed.TotalMinutes < minutes : seed < Cases; seed++)
        {
            (string Outcome, TimeSpan Time, long Memory) tried;
            try
            {
                tried = Try(seed);
            }
            catch (Xunit.Sdk.XunitException wrong)
            {
                failures.Add(wrong.Message);
                continue;
            }
            var (outcome, time, memory) = tried;
            tally[outcome] = tally.GetValueOrDefault(outcome) + 1;
            if (time > slowest) slowest = time;
            if (memory > largest) largest = memory;
        }

        output.WriteLine($"{seed} cases in {clock.Elapsed.TotalSeconds:0} s; slowest {slowest.TotalSeconds:0.00} s, largest {largest >> 20} MB beyond the file");
        foreach (var (what, time) in Spent) output.WriteLine($"{time.TotalSeconds,6:0.0} s {what}");
        foreach (var (outcome, count) in tally) output.WriteLine($"{count,6}  {outcome}");
        Assert.True(failures.Count == 0, $"{failures.Count} of {seed} cases are wrong:\n{string.Join('\n', failures.Take(20))}");
        // Where nothing is accepted, or nothing refused, the damage tests nothing.
        Assert.InRange(tally.Where(o => o.Key.StartsWith("read")).Sum(o => o.Value), seed / 10, seed * 9 / 10);
        Assert.InRange(tally.GetValueOrDefault("refused"), seed / 20, seed * 9 / 10);
    }

    [Fact]
    public void A_whole_file_cut_at_every_byte_of_its_header_and_first_records_is_read_or_refused()
    {
        foreach (var (name, bytes) in Files.Value.Where(file => file.Bytes.Length < 100_000))
            for (var length = 0; length < Math.Min(bytes.Length, 4000); length++)
                FuzzWatch.Summary(bytes[..length], $"{name} cut to {length} bytes");
    }

    /// <summary>One case; whatever is wrong names the seed.</summary>
    static (string Outcome, TimeSpan Time, long Memory) Try(int seed)
    {
        var random = new Random(seed);
        var (name, whole) = Files.Value[random.Next(Files.Value.Count)];
        var bytes = PtuMutation.Of(whole, random);
        var watch = new FuzzWatch($"seed {seed} ({name})", bytes.Length, Spent);
        var outcome = watch.OnItsOwnThread(() => Measure(bytes, watch, seed));
        return (outcome, watch.Slowest, watch.Largest);
    }

    static string Measure(byte[] bytes, FuzzWatch watch, int seed)
    {
        var isRead = watch.Over("reading", () => FuzzWatch.Summary(bytes, watch.Which));
        var outcome = isRead ? "read" : "refused";
        if (isRead && Formats.Open(new MemoryStream(bytes)) is PhotonStream)
        {
            if (seed % 4 == 0) outcome += ", quick " + watch.Over("quick", () => Analysis(bytes, "quick", watch.Which));
            if (seed % 32 == 0) outcome += ", g2 " + watch.Over("g2.cw", () => Analysis(bytes, "g2.cw", watch.Which));
        }
        return outcome;
    }

    static string Analysis(byte[] bytes, string kind, string which)
    {
        try
        {
            var measurement = Formats.Open(new MemoryStream(bytes));
            var report = AnalysisCatalogue.Find(kind).Compute(new(new Dictionary<string, Measurement> { ["file"] = measurement }, []));
            foreach (var quantity in report.Quantities)
                foreach (var number in new[] { quantity.Value, quantity.Sigma, quantity.Lo95, quantity.Hi95 })
                    Assert.True(number is null || double.IsFinite(number.Value), $"{which}: {kind} gives {quantity.Name} = {number}");
            FuzzWatch.Sound(System.Text.Encoding.UTF8.GetString(ReportJson.Bytes(report, "test")), which);
            // As the database keeps them: a name is a key.
            Assert.Equal(report.Quantities.Count, report.Quantities.Select(quantity => quantity.Name).Distinct().Count());
            Assert.Equal(report.Verdicts.Count, report.Verdicts.Select(verdict => verdict.Name).Distinct().Count());
            foreach (var verdict in report.Verdicts) FuzzWatch.Sound(verdict.Why, which);
            return "done";
        }
        catch (PqdException refusal)
        {
            Assert.False(string.IsNullOrWhiteSpace(refusal.Message), which);
            FuzzWatch.Sound(refusal.Message, which);
            return "refused";
        }
    }

    /// <summary>One file of every record type, and real ones, of the larger ones the beginning.</summary>
    static List<(string, byte[])> Wholes()
    {
        List<(string, byte[])> files = [];
        foreach (var type in PtuRecordType.All) files.Add((type.Name, Simulated(type)));
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        while (here is not null && !File.Exists(Path.Combine(here.FullName, "PqdPortal.sln"))) here = here.Parent;
        var real = Directory.EnumerateFiles(Path.Combine(here!.FullName, "tests", "files"), "*.ptu")
            .Concat(RealFiles.Folder is { } folder ? Directory.EnumerateFiles(folder, "*.ptu") : []);
        foreach (var path in real.Order(StringComparer.Ordinal))
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[Math.Min(file.Length, 200_000)];
            file.ReadExactly(bytes);
            files.Add((Path.GetFileName(path), bytes));
        }
        return files;
    }

    static byte[] Simulated(PtuRecordType type)
    {
        const int photons = 4000;
        var tick = type.IsT3 ? 12.5e-9 : type.BaseResolution;
        using var file = new MemoryStream();
        var writer = new PtuWriter(file, new PtuHeader
        {
            Type = type,
            GlobalResolution = tick,
            Resolution = type.IsT3 ? type.ChannelWidth : type.BaseResolution,
            Duration = photons * 1e-5,
            Comment = "what was measured",
            Created = new DateTime(2026, 3, 14, 15, 9, 26),
            Identity = type.Name,
            SyncRate = type.IsT3 ? 80e6 : 0,
        });
        var random = new Random(1);
        var (time, channel, micro) = (new long[photons], new short[photons], new int[type.IsT3 ? photons : 0]);
        for (var (i, at) = (0, 0L); i < photons; i++)
        {
            at += 1 + (long)(-Math.Log(1 - random.NextDouble()) * 1e-5 / tick);
            (time[i], channel[i]) = (at, (short)(type.LowestChannel + random.Next(2)));
            if (type.IsT3) micro[i] = random.Next(Math.Min(type.DtimeChannels, (int)(tick / type.ChannelWidth)));
        }
        writer.Add(new PhotonBatch(time, channel, micro));
        writer.Finish();
        return file.ToArray();
    }
}
