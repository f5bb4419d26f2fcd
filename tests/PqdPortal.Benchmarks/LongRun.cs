using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Benchmarks;

/// <summary>A day of a blinking dot, photons drawn as they are asked for: how long an analysis takes and how much memory it needs.</summary>
static class LongRun
{
    public static int Run(string analysis, long photons, double hours)
    {
        var watch = Stopwatch.StartNew();
        var drawn = new Day(photons, hours * 3600);
        drawn.Read(new Nobody());
        var alone = watch.Elapsed.TotalSeconds;
        watch.Restart();
        var report = AnalysisCatalogue.Find(analysis).Compute(new(new Dictionary<string, Measurement> { ["file"] = drawn }, new JsonObject()) { Threads = 1 });
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{analysis}, {photons:N0} photons in {hours} h: {watch.Elapsed.TotalSeconds:F1} s, of which drawing the photons {alone:F1} s once; peak memory {self.PeakWorkingSet64 / 1e6:F0} MB"));
        foreach (var quantity in report.Quantities.Where(quantity => quantity.Value is not null).Take(14))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {quantity.Name} {quantity.Value:G6} +- {quantity.Sigma:G3} {quantity.Unit}"));
        foreach (var message in report.Messages) Console.WriteLine($"  {message.Code}: {message.Text}");
        return 0;
    }

    sealed class Nobody : IPhotonConsumer
    {
        public void Add(in PhotonBatch batch)
        {
        }
    }

    /// <summary>Bright and dark times by power laws from 10 ms to 100 s, dark a tenth as bright.</summary>
    sealed class Day : PhotonStream
    {
        const int Batch = 8192;
        const double Shortest = 10e-3, Longest = 100, Dark = 0.1;

        readonly long _photons;

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public Day(long photons, double seconds)
        {
            (Format, RecordType, Mode, Tick, HeaderDuration, AvailableRecords) = ("drawn", "drawn T2", "T2", 1e-12, seconds, photons);
            _photons = photons;
        }

        public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
        {
            var state = 88172645463325252UL;
            double Draw()
            {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                return ((state >> 11) + 0.5) / (1UL << 53);
            }

            var times = new long[Batch];
            var codes = new short[Batch];
            // Both last equally long on average.
            var bright = 2 * _photons / HeaderDuration!.Value / (1 + Dark);
            var (now, until, isBright) = (0.0, 0.0, false);
            var (rate, n) = (bright, 0);
            var end = HeaderDuration.Value;
            var seen = 0L;
            while (true)
            {
                now += -Math.Log(Draw()) / rate;
                while (now > until)
                {
                    // What was drawn beyond a change is drawn again behind it.
                    now = until;
                    isBright = !isBright;
                    until += Math.Pow(Math.Pow(Shortest, -0.5) - Draw() * (Math.Pow(Shortest, -0.5) - Math.Pow(Longest, -0.5)), -2);
                    rate = isBright ? bright : Dark * bright;
                    now += -Math.Log(Draw()) / rate;
                }

                if (now >= end) break;
                times[n] = (long)(now * 1e12);
                codes[n] = (short)(n & 1);
                if (++n < Batch) continue;
                stop.ThrowIfCancellationRequested();
                consumer.Add(new(times, codes, []));
                seen += n;
                n = 0;
            }

            consumer.Add(new(times.AsSpan(0, n), codes.AsSpan(0, n), []));
            return new(seen + n, 0, 0, (long)(end * 1e12), []);
        }
    }
}
