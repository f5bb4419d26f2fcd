using System.Diagnostics;
using System.Text;
using PqdPortal.Analysis.Readers;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>
/// Thousands of damaged files of every format, by name and number: each is read or refused within seconds, in little memory
/// and in words. PQD_LONG=1 goes on for PQD_LONG_MINUTES (5) with new ones.
/// </summary>
[Collection(nameof(PtuFuzzTests.Alone))]
public class ReaderFuzzTests(ITestOutputHelper output)
{
    /// <summary>Cases of a file are as many as make this many bytes, within bounds.</summary>
    const long BytesOfAFile = 24 << 20;

    static readonly Dictionary<string, TimeSpan> Spent = [];
    static readonly Lazy<SortedDictionary<string, byte[]>> Files = new(Wholes);

    [RealFileFact]
    public void However_a_file_of_any_format_is_damaged_it_is_read_or_refused_in_time_in_little_memory_and_in_words()
    {
        var isLong = Environment.GetEnvironmentVariable("PQD_LONG") == "1";
        var minutes = double.Parse(Environment.GetEnvironmentVariable("PQD_LONG_MINUTES") ?? "5", System.Globalization.CultureInfo.InvariantCulture);
        var only = Environment.GetEnvironmentVariable("PQD_FUZZ_FILE");
        var clock = Stopwatch.StartNew();
        var (cases, slowest, largest) = (0, (Time: TimeSpan.Zero, Which: ""), (Memory: 0L, Which: ""));
        var tally = new SortedDictionary<string, (int Read, int Refused)>();
        List<string> failures = [];

        for (var round = 0; round == 0 || isLong && clock.Elapsed.TotalMinutes < minutes; round++)
            foreach (var (name, whole) in Files.Value)
            {
                if (only is not null && !name.Contains(only)) continue;
                var many = (int)Math.Clamp(BytesOfAFile / Math.Max(1, whole.Length), 24, 300);
                for (var n = round * many; n < (round + 1) * many; n++, cases++)
                {
                    try
                    {
                        var (isRead, watch) = Try(name, n);
                        var (read, refused) = tally.GetValueOrDefault(name);
                        tally[name] = isRead ? (read + 1, refused) : (read, refused + 1);
                        if (watch.Slowest > slowest.Time) slowest = (watch.Slowest, watch.Which);
                        if (watch.Largest > largest.Memory) largest = (watch.Largest, watch.Which);
                    }
                    catch (Xunit.Sdk.XunitException wrong)
                    {
                        failures.Add(wrong.Message);
                    }
                }
            }

        output.WriteLine($"{cases} cases in {clock.Elapsed.TotalSeconds:0} s; slowest {slowest.Time.TotalSeconds:0.00} s ({slowest.Which}), largest {largest.Memory >> 20} MB beyond the file ({largest.Which})");
        foreach (var (name, time) in Spent.OrderByDescending(spent => spent.Value).Take(12)) output.WriteLine($"{time.TotalSeconds,6:0.0} s {name}");
        foreach (var (name, (read, refused)) in tally) output.WriteLine($"{read,6} read {refused,6} refused  {name}");
        Assert.True(failures.Count == 0, $"{failures.Count} of {cases} cases are wrong:\n{string.Join('\n', failures.Take(30).Select(failure => failure[..Math.Min(failure.Length, 700)]))}");
        // Where nothing is accepted, or nothing refused, the damage tests nothing.
        if (only is not null) return;
        Assert.InRange(tally.Sum(o => o.Value.Read), cases / 20, cases * 19 / 20);
        Assert.InRange(tally.Sum(o => o.Value.Refused), cases / 20, cases * 19 / 20);
    }

    /// <summary>Cases that once went wrong: a NUL or half a character in the sentence that quotes the file, an axis with values that are no numbers.</summary>
    [RealFileTheory]
    [InlineData("hamamatsu-streak.img", 273)]
    [InlineData("jcamp-dupdec1.jdx", 20)]
    [InlineData("jcamp-oceanoptics.jdx", 25)]
    [InlineData("jcamp-pacdec1.jdx", 9)]
    [InlineData("jcamp-sqzdec1.jdx", 21)]
    [InlineData("trivista-spec.tvf", 46)]
    public void A_case_that_once_went_wrong_stays_right(string name, int number) => Try(name, number);

    /// <returns>False where it was refused.</returns>
    static (bool IsRead, FuzzWatch Watch) Try(string name, int number)
    {
        var bytes = FileMutation.Of(Files.Value[name], new Random(Seed(name, number)));
        var watch = new FuzzWatch($"{name} number {number}", bytes.Length, Spent);
        var choices = new ReadingChoices
        {
            TimeUnit = number % 2 == 0 ? 1e-12 : null,
            Beside = extension => Files.Value.TryGetValue(Path.ChangeExtension(name, extension), out var beside) ? new MemoryStream(beside) : null,
        };
        return (watch.OnItsOwnThread(() => watch.Over(Path.GetExtension(name), () => FuzzWatch.Summary(bytes, watch.Which, choices)) ? "read" : "") == "read", watch);
    }

    /// <summary>The same on every machine and in every run.</summary>
    static int Seed(string name, int number)
    {
        var hash = 2166136261;
        foreach (var c in name) hash = (hash ^ c) * 16777619;
        return unchecked((int)(hash + (uint)number * 2654435761));
    }

    /// <summary>The real files of every format, and written ones of those that no real file shows.</summary>
    static SortedDictionary<string, byte[]> Wholes()
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(RealFiles.Folder!))
            if (Path.GetExtension(path) is not (".json" or ".md" or ".ptu")) files[Path.GetFileName(path)] = File.ReadAllBytes(path);
        var random = new Random(1);
        uint[] Records() => [.. Enumerable.Range(0, 3000).Select(_ => (uint)random.NextInt64(1L << 32))];
        uint[] Bins() => [.. Enumerable.Range(0, 1000).Select(i => (uint)(1000 * Math.Exp(-i / 100.0)))];
        files["written.pt2"] = LegacyFile.PicoHarp(2, Records());
        files["written-v2.ht2"] = LegacyFile.HydraHarp("2.0", 2, Records());
        files["written-v2.t3r"] = LegacyFile.T3r(2, Records());
        files["written-v6.t3r"] = LegacyFile.T3r(6, Records());
        files["written-v3.thd"] = LegacyFile.Thd(3, [(Bins(), 0.04f), (Bins(), 0.08f)]);
        var (tags, own, decay) = (new StringBuilder("Time (ns);Channel\n"), new StringBuilder("# pqdportal time tags, tick_s=1e-12, dtime_s=4e-12, mode=T3, records=2000\nchannel,tick,dtime\n"), new StringBuilder("time_ns,counts\n"));
        for (var (i, at) = (0, 0L); i < 2000; i++)
        {
            at += random.Next(1000);
            tags.Append(System.Globalization.CultureInfo.InvariantCulture, $"{at / 10},{at % 10};{random.Next(3)}\n");
            own.Append(System.Globalization.CultureInfo.InvariantCulture, $"{random.Next(2)},{at},{random.Next(4096)}\n");
            decay.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i * 0.016:0.000},{(int)(1000 * Math.Exp(-i / 300.0))}\n");
        }
        files["written-tags.csv"] = Encoding.ASCII.GetBytes(tags.ToString());
        files["written-own-tags.csv"] = Encoding.ASCII.GetBytes(own.ToString());
        files["written-decay.csv"] = Encoding.ASCII.GetBytes(decay.ToString());
        files["written-powers.csv"] = Encoding.UTF8.GetBytes("# dot 7, 2 µW; evening\n"
            + "power_uW;counts;integration_s;note\n" + string.Concat(Enumerable.Range(1, 400).Select(i => $"{i},25;{70000 * i / (i + 90)};1,0;\"run {i}\"\n")));
        files["written-picoharp.dat"] = Encoding.ASCII.GetBytes("#PicoHarp 300  Histogram Data\n#channels per curve\n1000\n#ns/channel\n0.0040\n#counts\n" + string.Join('\n', Bins()) + "\n");
        return files;
    }
}
