using System.Diagnostics;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Correlation;

[Collection(nameof(PqdPortal.Analysis.Tests.Readers.PtuFuzzTests.Alone))]
public class StopTests
{
    [Theory]
    [InlineData("quick")]
    [InlineData("g2.cw")]
    public void Whenever_it_is_told_to_stop_an_analysis_ends_within_two_seconds(string kind)
    {
        var bytes = Uncorrelated(800_000);
        var whole = Stopwatch.StartNew();
        Compute(kind, bytes, default);
        var duration = whole.Elapsed;

        var stopped = 0;
        for (var part = 0; part < 8; part++)
        {
            using var stop = new CancellationTokenSource();
            var told = new Stopwatch();
            // On a thread of its own: a timer of a busy machine would be late, and this is about the kernel.
            var caller = new Thread(() =>
            {
                Thread.Sleep(duration * part / 8);
                told.Start();
                stop.Cancel();
            });
            caller.Start();
            try
            {
                Compute(kind, bytes, stop.Token);
            }
            catch (OperationCanceledException)
            {
                stopped++;
                Assert.InRange(told.Elapsed.TotalSeconds, 0, 2);
            }
            caller.Join();
        }
        Assert.InRange(stopped, 1, 8);
    }

    static void Compute(string kind, byte[] bytes, CancellationToken stop) =>
        AnalysisCatalogue.Find(kind).Compute(new(new Dictionary<string, Measurement> { ["file"] = Formats.Open(new MemoryStream(bytes)) }, []) { Stop = stop });

    static byte[] Uncorrelated(int photons)
    {
        using var file = new MemoryStream();
        var writer = new PtuWriter(file, new PtuHeader
        {
            Type = PtuRecordType.Find("HydraHarp V2 T2"),
            GlobalResolution = 1e-12,
            Resolution = 1e-12,
            Duration = photons * 1e-6,
            Comment = "stop",
            Created = new DateTime(2026, 3, 14, 15, 9, 26),
            Identity = "stop",
        });
        var random = new Random(1);
        var (time, channel) = (new long[photons], new short[photons]);
        for (var (i, at) = (0, 0L); i < photons; i++)
        {
            at += 1 + (long)(-Math.Log(1 - random.NextDouble()) * 1e6);
            (time[i], channel[i]) = (at, (short)random.Next(2));
        }
        writer.Add(new PhotonBatch(time, channel, []));
        writer.Finish();
        return file.ToArray();
    }
}
