using System.Diagnostics;
using System.Globalization;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Benchmarks;

/// <summary>How long the trace of a day takes: counting it once, and then any zoom, as the page asks for it.</summary>
static class TraceZoom
{
    const double Period = 400e-9; // [s]

    public static int Run(long photons, double hours, string folder)
    {
        var path = Path.Combine(folder, $"day-{photons}.ptu");
        if (!File.Exists(path)) Write(path, photons, hours * 3600);
        Console.WriteLine($"{new FileInfo(path).Length / 1e9:F2} GB, {photons:N0} photons, {hours} h");

        EntryPoints? entries;
        FineTrace trace;
        using (var file = File.OpenRead(path))
        {
            var clock = Stopwatch.StartNew();
            var stream = (PhotonStream)Formats.Open(file);
            entries = stream.Entries();
            var index = clock.Elapsed.TotalSeconds;
            trace = FineTrace.Of(stream);
            Console.WriteLine($"once: places of the clock {index:F2} s, trace {clock.Elapsed.TotalSeconds - index:F2} s; bins of {trace.Bin * 1e3:G4} ms, {trace.Counts.Length:N0} of them; "
                + $"peak memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB");
        }

        using var kept = new MemoryStream();
        trace.Write(kept);
        Console.WriteLine($"kept: {kept.Length / 1e6:F1} MB");
        var random = new Random(1);
        foreach (var span in new[] { trace.End, trace.End / 10, 3600, 600, 60, 20, 5, 1, 0.1, 0.01 })
        {
            var times = new List<double>();
            for (var round = 0; round < 25; round++)
            {
                var from = random.NextDouble() * (trace.End - span);
                var clock = Stopwatch.StartNew();
                if (span / 2000 < 0.75 * trace.Bin)
                {
                    using var file = File.OpenRead(path);
                    var stream = (PhotonStream)Formats.Open(file);
                    if (entries is not null) stream.Enter(entries);
                    TraceReader.Look(stream, null, null, from, from + span, 2000, 0.01, trace.End);
                }
                else trace.Look(from, from + span, 2000, 0.01);
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"window of {span:G5} s: median {times[12]:F1} ms, slowest {times[^1]:F1} ms"));
        }
        return 0;
    }

    /// <summary>Photons of steady light under a pulsed laser, T3.</summary>
    static void Write(string path, long photons, double duration)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20);
        var writer = new PtuWriter(file, new()
        {
            Type = PtuRecordType.Find("HydraHarp V2 T3"), GlobalResolution = Period, Resolution = 16e-12, Duration = duration, SyncRate = 1 / Period,
            Comment = "benchmark", Created = new(2026, 1, 1), Identity = "benchmark",
        });
        var random = new Random(7);
        var (time, channel, dtime) = (new long[4096], new short[4096], new int[4096]);
        var step = duration / Period / photons;
        double t = 0;
        for (long n = 0; n < photons; n += time.Length)
        {
            var count = (int)Math.Min(time.Length, photons - n);
            for (var i = 0; i < count; i++)
            {
                t += 2 * step * random.NextDouble();
                (time[i], channel[i], dtime[i]) = ((long)t, (short)(i & 1), i);
            }
            writer.Add(new(time.AsSpan(0, count), channel.AsSpan(0, count), dtime.AsSpan(0, count)));
        }
        writer.Finish();
    }
}
