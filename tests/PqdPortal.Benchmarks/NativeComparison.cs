using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Lifetime;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Benchmarks;

/// <summary>
/// How long do the analyses of ten million photons take, from opening the file, beside the plain loop in C++ of <c>native/records.cpp</c>, and how long
/// does a fit of two exponentials take? One run prints every guard, and whether it holds, as a table for docs/benchmarks.md.
/// </summary>
/// <remarks>
/// Ours and theirs by turns in the same run, the best of all repeats each: what else the machine does only makes things slower.
/// Two threads need two processors of their own; where there are none, twice the processor time of one thread over that of two
/// is what they would gain at most.
/// </remarks>
static class NativeComparison
{
    const double Rate = 500e3; // photons a second on both detectors together
    const double SyncPeriod = 50e-9;
    const double ReferenceSpeed = 1.2; // the guards in photons a second are those of a machine so much faster than the one this was written on

    /// <summary>What a task has to hold on one thread.</summary>
    /// <param name="Ratio">At most so much of the C++ loop's time.</param>
    /// <param name="Rate">At least so many photons a second on the machine the guards were set for.</param>
    sealed record Guard(string File, string Task, string Name, double? Ratio = null, double? Rate = null);

    static readonly Guard[] Guards =
    [
        new("T2", "tags", "T2 records to tags", 1.2),
        new("T3", "tags", "T3 records to tags", 1.2),
        new("T2", "counts", "events by channel", 1),
        new("T2", "trace", "10 ms trace", 0.5),
        new("T2", "g2", "g2.cw, +-500 ns in bins of 1 ns", 1),
        new("T2", "log", "g2.log, 1 us to 1 s", 0.5, 58e6),
        new("T3", "pulsed", "g2.pulsed, 40 peaks to each side", null, 150e6),
        new("T3", "decay", "decay of a T3 file", 1),
    ];

    sealed record Row(string File, string Task, double Theirs, double One, double Two, double WorkOne, double WorkTwo);

    /// <param name="photons">Photons in each file.</param>
    /// <param name="rounds">How often ours and theirs take turns; each has three tries a turn.</param>
    public static int Run(int photons, int rounds)
    {
        Console.WriteLine($"load {Load()}, {Environment.ProcessorCount} processors, .NET {Environment.Version}, {photons:N0} photons, best of {3 * rounds}");
        var folder = Directory.CreateTempSubdirectory("pqd-native").FullName;
        try
        {
            var native = Compile(folder, "records.cpp");
            var rows = new List<Row>();
            foreach (var isT3 in new[] { false, true })
            {
                var path = Path.Combine(folder, isT3 ? "t3.ptu" : "t2.ptu");
                rows.AddRange(Compare(path, isT3, Write(path, isT3, photons), native, rounds));
            }

            Print(rows, photons, FitTwo(rounds));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        Console.WriteLine($"load {Load()} at the end");
        return 0;
    }

    /// <summary>Compiles a file of native; null without a compiler.</summary>
    internal static string? Compile(string folder, string name)
    {
        var source = Path.Combine(Root(), "tests", "PqdPortal.Benchmarks", "native", name);
        var program = Path.Combine(folder, Path.GetFileNameWithoutExtension(name));
        try
        {
            Output("g++", "-O3", "-march=native", "-o", program, source);
            return program;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine("There is no g++ on this machine; ours are measured alone.");
            return null;
        }
    }

    /// <summary>All guards in one table.</summary>
    static void Print(List<Row> rows, int photons, (double Wall, double Work) fit)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {Machine()}, {Environment.ProcessorCount} processors, .NET {Environment.Version}, {photons:N0} photons, load {Load()}

            | task | plain loop [ms] | ours, one thread [ms] | ours / plain | million photons/s | processor time [ms] | two threads [ms] | one / two | guard | holds |
            |---|---|---|---|---|---|---|---|---|---|
            """));
        foreach (var guard in Guards)
        {
            var row = rows.Single(one => one.File == guard.File && one.Task == guard.Task);
            var (ratio, rate) = (row.One / row.Theirs, photons / row.One * 1e3);
            var wanted = new List<string>();
            if (guard.Ratio is { } most) wanted.Add(string.Create(CultureInfo.InvariantCulture, $"at most {most} of the loop"));
            if (guard.Rate is { } least) wanted.Add(string.Create(CultureInfo.InvariantCulture, $"{least / 1e6:F0} million/s, here {least / ReferenceSpeed / 1e6:F0}"));
            // Without g++ there is no loop to compare with.
            var holds = (guard.Ratio is null || !double.IsFinite(row.Theirs) || ratio <= guard.Ratio) && (guard.Rate is null || rate >= guard.Rate / ReferenceSpeed);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {guard.Name} | {Number(row.Theirs, "F1")} | {row.One:F1} | {Number(ratio == 0 ? double.PositiveInfinity : ratio, "F2")} | {rate / 1e6:F0} | {row.WorkOne:F1} | {row.Two:F1} | {row.One / row.Two:F2} | {string.Join("; ", wanted)} | {(holds ? "yes" : "no")} |"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| fit of two exponentials, measured response, 4096 bins | | {fit.Wall:F1} | | | {fit.Work:F1} | | | under 50 ms with all its starts | {(fit.Wall < 50 ? "yes" : "no")} |"));
    }

    static string Number(double number, string format) => double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "";

    internal static string Machine() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim() ?? "unknown"
        : "unknown";

    /// <summary>The lifetime analysis of 300,000 photons in 4096 bins, two exponentials behind a measured response, from counts to the report.</summary>
    static (double Wall, double Work) FitTwo(int rounds)
    {
        const int bins = 4096;
        const double bin = 12.5e-12;
        var random = new Random(4);
        HistogramSet Draw(int photons, Func<double> delay)
        {
            var counts = new long[bins];
            for (var i = 0; i < photons; i++)
            {
                // A response with a tail: twelve even numbers make a normal one.
                var normal = Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
                var t = 2e-9 + 80e-12 * normal - (random.NextDouble() < 0.1 ? 300e-12 * Math.Log(1 - random.NextDouble()) : 0) + delay();
                counts[(int)(t / bin) % bins]++;
            }

            return new()
            {
                Format = "test",
                Curves = [new HistogramCurve(counts, bin) { Meaning = HistogramMeaning.Decay, SyncRate = 1 / (bins * bin), Duration = 10 }],
            };
        }

        var response = Draw(1_000_000, () => 0);
        var decay = Draw(300_000, () => -(random.NextDouble() < 0.3 ? 2e-9 : 9e-9) * Math.Log(1 - random.NextDouble()));
        var best = (Wall: double.PositiveInfinity, Work: double.PositiveInfinity);
        for (var n = 0; n < 15 + 3 * rounds; n++)
        {
            var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var report = Lifetime.Compute(decay, response, new() { Models = ["bi"] });
            best = (Math.Min(best.Wall, Stopwatch.GetElapsedTime(start).TotalMilliseconds), Math.Min(best.Work, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds));
            var slow = report.Quantities.Single(quantity => quantity.Name == "tau2_ns").Value;
            if (slow is not (> 8.5 and < 9.5)) throw new InvalidOperationException($"The slower lifetime is 9 ns; {slow} was found.");
        }

        return best;
    }

    static IEnumerable<Row> Compare(string path, bool isT3, (long Offset, long Records) data, string? native, int rounds)
    {
        var tick = isT3 ? SyncPeriod : 1e-12;
        var bin = (long)Math.Round(0.01 / tick);
        string[] tasks = isT3 ? ["tags", "counts", "trace", "summary", "g2", "pulsed", "decay"] : ["tags", "counts", "trace", "summary", "g2", "log"];
        var (theirs, one, two) = (new double[tasks.Length], new double[tasks.Length], new double[tasks.Length]);
        var work = (One: new double[tasks.Length], Two: new double[tasks.Length]);
        foreach (var best in new[] { theirs, one, two, work.One, work.Two }) Array.Fill(best, double.PositiveInfinity);
        var seen = new (long, long)?[tasks.Length];
        for (var round = 0; round < rounds; round++)
        {
            if (native is not null)
                foreach (var line in Output(native, path, Text(data.Offset), Text(data.Records), isT3 ? "T3" : "T2", Text(bin), "3").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    var words = line.Split(' ');
                    var task = Array.IndexOf(tasks, words[0]);
                    theirs[task] = Math.Min(theirs[task], double.Parse(words[1], CultureInfo.InvariantCulture));
                    Agree(ref seen[task], (long.Parse(words[2]), long.Parse(words[3])), words[0]);
                }

            for (var task = 0; task < tasks.Length; task++)
                foreach (var threads in new[] { 1, 2 })
                    for (var n = 0; n < (round == 0 ? 8 : 3); n++) // the first round has the compiler to wait for
                    {
                        var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                        var found = Ours(tasks[task], path, bin, threads);
                        var (took, worked) = (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - before);
                        Least(threads == 1 ? one : two, task, took);
                        Least(threads == 1 ? work.One : work.Two, task, worked);
                        Agree(ref seen[task], found, tasks[task]);
                    }
        }

        var held = GC.GetTotalAllocatedBytes(true);
        Ours("tags", path, bin, 1);
        var allocated = GC.GetTotalAllocatedBytes(true) - held;
        Console.WriteLine($"""

            {(isT3 ? "T3" : "T2")}: {data.Records:N0} records; a pass to tags allocates {allocated / 1024.0:F0} KiB

            | task | C++ [ms] | ours [ms] | ours / C++ | two threads [ms] | one / two | processor time one, two [ms] |
            |---|---|---|---|---|---|---|
            """);
        for (var task = 0; task < tasks.Length; task++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {tasks[task]} | {Number(theirs[task], "F1")} | {one[task]:F1} | {(double.IsFinite(theirs[task]) ? Number(one[task] / theirs[task], "F2") : "")} | {two[task]:F1} | {one[task] / two[task]:F2} | {work.One[task]:F1}, {work.Two[task]:F1} |"));
        return tasks.Select((task, k) => new Row(isT3 ? "T3" : "T2", task, theirs[k], one[k], two[k], work.One[k], work.Two[k]));
    }

    static void Least(double[] best, int task, TimeSpan time) => best[task] = Math.Min(best[task], time.TotalMilliseconds);

    /// <summary>Does a task from opening the file on; two numbers tell whether everybody saw the same photons.</summary>
    static (long, long) Ours(string task, string path, long bin, int threads)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var stream = (PhotonStream)Formats.Open(file);
        switch (task)
        {
            case "tags":
                var tags = new Tags();
                stream.Read(tags, null, threads);
                return (tags.Events, tags.Last);
            case "counts":
                var counts = new TraceCounter();
                stream.Count(counts, null, threads);
                var found = counts.EventsByChannel();
                return (found[0], found[1]);
            case "trace":
                var trace = new TraceCounter(bin);
                stream.Count(trace, null, threads);
                var sum = trace.Trace(0).Zip(trace.Trace(1), (a, b) => a + b).ToArray();
                return (sum.Length, sum.Max());
            case "decay":
                var decay = new DecayCounter();
                stream.Read(decay, null, threads);
                long photons = 0, moment = 0;
                foreach (var channel in decay.Present)
                    foreach (var (count, k) in decay.Counts(channel).ToArray().Select((count, k) => (count, k)))
                        (photons, moment) = (photons + count, moment + k * count);
                return (photons, moment);
            case "summary":
                var summary = PhotonSummary.Of(stream, threads: threads);
                return (summary.PhotonCount, summary.SumTicks);
            case "log":
                var (_, counter, _) = LogCorrelation.Count(SelectedStream.Of(stream, null, threads), new() { From = 1e-6, To = 1 });
                return (counter.Photons[counter.Detectors.A], counter.Photons[counter.Detectors.B]);
            case "pulsed":
                var peaks = PulsedG2.Count(SelectedStream.Of(stream, null, threads), new())!;
                return (peaks.Photons.A, peaks.Cells.Sum());
            default:
                var (pairs, _) = CwG2.Count(SelectedStream.Of(stream, null, threads), new());
                return (pairs.Starts, pairs.Pairs.Sum());
        }
    }

    static void Agree(ref (long, long)? seen, (long, long) found, string task)
    {
        if (seen is { } before && before != found)
            throw new InvalidOperationException($"{task}: {before} here, {found} there. They did not see the same photons.");
        seen = found;
    }

    /// <summary>A decay that is over long before the next pulse, so that pairs are counted by the numbers of their pulses.</summary>
    static uint Dtime(Random random) => (uint)Math.Min(125 - 250 * Math.Log(1 - random.NextDouble()), 2999);

    /// <summary>Photons of two detectors at random; where the records begin, and how many they are.</summary>
    static (long Offset, long Records) Write(string path, bool isT3, int photons)
    {
        var random = new Random(1);
        var records = new List<uint>(photons + photons / 8);
        var (tick, wrapBits) = (isT3 ? SyncPeriod : 1e-12, isT3 ? 10 : 25);
        var (time, wraps) = (0.0, 0L);
        for (var i = 0; i < photons; i++)
        {
            time -= Math.Log(1 - random.NextDouble()) / Rate / tick;
            var at = (long)time;
            if (at >> wrapBits > wraps)
            {
                records.Add(0xFE000000 | (uint)((at >> wrapBits) - wraps));
                wraps = at >> wrapBits;
            }
            records.Add((uint)random.Next(2) << 25 | (isT3 ? Dtime(random) << 10 : 0) | (uint)(at & (1L << wrapBits) - 1));
        }

        using var file = new BinaryWriter(File.Create(path));
        file.Write("PQTTTR\0\01.0.00\0\0"u8);
        Tag(file, "TTResultFormat_TTTRRecType", 0x10000008, isT3 ? 0x01010304 : 0x01010204);
        Tag(file, "MeasDesc_GlobalResolution", 0x20000008, BitConverter.DoubleToInt64Bits(tick));
        Tag(file, "MeasDesc_Resolution", 0x20000008, BitConverter.DoubleToInt64Bits(16e-12));
        Tag(file, "TTResult_StopAfter", 0x10000008, (long)Math.Ceiling(photons / Rate * 1e3));
        Tag(file, "TTResult_NumberOfRecords", 0x10000008, records.Count);
        Tag(file, "Header_End", 0xFFFF0008, 0);
        file.Flush();
        var offset = file.BaseStream.Position;
        file.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(records)));
        return (offset, records.Count);
    }

    static void Tag(BinaryWriter file, string name, uint type, long value)
    {
        file.Write(Encoding.ASCII.GetBytes(name.PadRight(32, '\0')));
        file.Write(-1);
        file.Write(type);
        file.Write(value);
    }

    internal static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }

    static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PqdPortal.sln"))) return folder.FullName;
        throw new InvalidOperationException("The benchmark runs outside the repository.");
    }

    internal static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Takes every event and keeps what costs nothing.</summary>
    sealed class Tags : IPartedConsumer
    {
        public long Events { get; private set; }
        public long Last { get; private set; }

        public void Add(in PhotonBatch batch)
        {
            Events += batch.Count;
            Last = batch.Time[^1];
        }

        public IPartedConsumer Fork() => new Tags();

        public bool CanShift => true;

        public void Shift(long ticks) => Last += ticks;

        public void Join(IReadOnlyList<IPartedConsumer> parts)
        {
            foreach (var part in parts.Cast<Tags>())
                if (part.Events > 0) (Events, Last) = (Events + part.Events, part.Last);
        }
    }
}
