using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Benchmarks;

/// <summary>
/// How long does the search for changes of a blinking dot take, and how many of them does it find, beside the plain loop in C++ of
/// <c>native/changes.cpp</c>? From opening the file, one thread; a table for docs/benchmarks.md.
/// </summary>
/// <remarks>Ours and theirs by turns in the same run, the best of all repeats each, in processor time: what else the machine does only makes things slower. The guard: at most 0.1 us of processor time a photon, recall at least 0.96 and precision at least 0.95 from 10 ms on.</remarks>
static class ChangePointComparison
{
    const double Tick = 1e-12;
    const double Reach = 0.005; // [s] a change found so near to a true one is that one
    const double Longest = 5; // [s]

    // Rates [1/s], and the shortest dwell [s] of a power law with exponent 1.5.
    static readonly (double On, double Off, double Shortest)[] Dots =
        [(5000, 200, 0.001), (5000, 200, 0.005), (5000, 200, 0.01), (5000, 200, 0.02), (5000, 500, 0.005), (5000, 500, 0.01), (5000, 500, 0.02), (5000, 1000, 0.01), (5000, 5000, 1)];

    /// <param name="photons">About so many in each file.</param>
    /// <param name="rounds">How often ours and theirs take turns.</param>
    public static int Run(int photons, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("pqd-changes").FullName;
        try
        {
            var native = NativeComparison.Compile(folder, "changes.cpp");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {NativeComparison.Machine()}, {Environment.ProcessorCount} processors, .NET {Environment.Version}, about {photons:N0} photons each, best of {rounds}, load {NativeComparison.Load()}

                | on, off [kcps] | dwells from [ms] | true changes | plain loop [ns/photon] | recall, precision | ours [ns/photon] | of the clock | recall, precision | guard holds |
                |---|---|---|---|---|---|---|---|---|
                """));
            foreach (var dot in Dots) Compare(Path.Combine(folder, "dot.ptu"), dot, photons, native, rounds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    static void Compare(string path, (double On, double Off, double Shortest) dot, int photons, string? native, int rounds)
    {
        var (truth, count, offset, records) = Write(path, dot, photons);
        var (theirs, ours, work) = (double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);
        double[] foundThere = [], found = [];
        for (var round = 0; round < rounds + 2; round++) // the compiler is waited for
        {
            if (native is not null)
            {
                var lines = NativeComparison.Output(native, path, offset.ToString(CultureInfo.InvariantCulture), records.ToString(CultureInfo.InvariantCulture))
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries);
                theirs = Math.Min(theirs, double.Parse(lines[0], CultureInfo.InvariantCulture));
                foundThere = [.. lines[1..].Select(line => long.Parse(line, CultureInfo.InvariantCulture) * Tick)];
            }

            var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var stream = (PhotonStream)Formats.Open(file);
            var finder = new ChangePointFinder(stream.Tick!.Value);
            var pass = stream.Read(finder);
            var changes = finder.Finish(pass.LastOverflowTick);
            ours = Math.Min(ours, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            work = Math.Min(work, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
            found = changes.Times();
        }

        var (there, here) = (Matches(truth, foundThere), Matches(truth, found));
        var holds = work * 1e6 / count <= 100 && (truth.Length == 0 || dot.Shortest < 0.01 || (here >= 0.96 * truth.Length && here >= 0.95 * found.Length));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {dot.On / 1e3}, {dot.Off / 1e3} | {(truth.Length == 0 ? "none" : dot.Shortest * 1e3)} | {truth.Length} | {(native is null ? "" : (theirs * 1e6 / count).ToString("F0", CultureInfo.InvariantCulture))} | {Quality(there, foundThere)} | {work * 1e6 / count:F0} | {ours * 1e6 / count:F0} | {Quality(here, found)} | {(!holds ? "no" : truth.Length > 0 && dot.Shortest < 0.005 ? "speed" : "yes")} |"));

        string Quality(int matches, double[] all) => truth.Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{all.Length * 1e6 / count:F1} false in a million photons")
            : string.Create(CultureInfo.InvariantCulture, $"{(double)matches / truth.Length:F3}, {(double)matches / Math.Max(1, all.Length):F3}");
    }

    /// <summary>Changes that have a partner in the other list, one to one.</summary>
    static int Matches(double[] truth, double[] found)
    {
        var (i, k, matches) = (0, 0, 0);
        while (i < truth.Length && k < found.Length)
        {
            if (Math.Abs(found[k] - truth[i]) <= Reach) (i, k, matches) = (i + 1, k + 1, matches + 1);
            else if (found[k] < truth[i]) k++;
            else i++;
        }
        return matches;
    }

    static (double[] Truth, int Photons, long Offset, int Records) Write(string path, (double On, double Off, double Shortest) dot, int photons)
    {
        const int wrapBits = 25;
        var random = new Random(1);
        var records = new List<uint>();
        var truth = new List<double>();
        var (written, wraps) = (0, 0L);
        for (var (t, isOn) = (0.0, true); written < photons; isOn = !isOn)
        {
            var end = t + Math.Pow(double.Lerp(1 / Math.Sqrt(dot.Shortest), 1 / Math.Sqrt(Longest), random.NextDouble()), -2);
            for (var at = t + Wait(); at < end; at += Wait(), written++)
            {
                var tick = (long)(at / Tick);
                for (var missing = (tick >> wrapBits) - wraps; missing > 0; missing -= 0x1FFFFFF) records.Add(0xFE000000 | (uint)Math.Min(missing, 0x1FFFFFF));
                wraps = tick >> wrapBits;
                records.Add((uint)random.Next(2) << 25 | (uint)(tick & (1L << wrapBits) - 1));
            }
            if (dot.On != dot.Off && written < photons) truth.Add(end);
            t = end;

            double Wait() => -Math.Log(1 - random.NextDouble()) / (isOn ? dot.On : dot.Off);
        }

        using var file = new BinaryWriter(File.Create(path));
        file.Write("PQTTTR\0\01.0.00\0\0"u8);
        Tag("TTResultFormat_TTTRRecType", 0x10000008, 0x01010204);
        Tag("MeasDesc_GlobalResolution", 0x20000008, BitConverter.DoubleToInt64Bits(Tick));
        Tag("TTResult_NumberOfRecords", 0x10000008, records.Count);
        Tag("Header_End", 0xFFFF0008, 0);
        file.Flush();
        var offset = file.BaseStream.Position;
        file.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(records)));
        return ([.. truth], written, offset, records.Count);

        void Tag(string name, uint type, long value)
        {
            file.Write(Encoding.ASCII.GetBytes(name.PadRight(32, '\0')));
            file.Write(-1);
            file.Write(type);
            file.Write(value);
        }
    }
}
