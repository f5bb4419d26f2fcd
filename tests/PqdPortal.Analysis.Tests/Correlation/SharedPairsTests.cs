using System.Buffers.Binary;
using System.Text.Json;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Tests.Readers;

namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>Pairs counted by several threads are those that one counts: across the borders, in blocks, out of order.</summary>
public class SharedPairsTests
{
    const long Microsecond = 1_000_000; // [ticks]

    public enum Light { Steady, ShortDisorder, LongDisorder, OneDetector, ThreeDetectors, Dark, SecondDetectorLate }

    public static TheoryData<Light, double?, int[]?> Runs
    {
        get
        {
            var data = new TheoryData<Light, double?, int[]?>();
            foreach (var light in Enum.GetValues<Light>())
                foreach (var duration in new double?[] { 0.2, null, 0.003 })
                    foreach (var channels in new[] { null, new[] { 1, 0 }, new[] { 0, 5 } })
                        data.Add(light, duration, channels);
            return data;
        }
    }

    [Theory, MemberData(nameof(Runs))]
    public void Several_threads_count_the_pairs_of_one(Light light, double? duration, int[]? channels)
    {
        var stream = Stream(light, new Random(21));
        foreach (var axis in new[] { new PairAxis(1e-12, 1001, 300, 0), new PairAxis(1e-12, 100_001, 200, 3 * Microsecond), new PairAxis(1e-12, 501, 100, -900_000) })
        {
            stream.Sizes = (20_000, 512);
            var one = Count(stream, axis, channels, duration, 1);

            foreach (var threads in new[] { 2, 5 }) Assert.Equal(one, Count(stream, axis, channels, duration, threads));
        }
    }

    [Fact]
    public void Steady_light_is_indeed_counted_in_parts()
    {
        var stream = Stream(Light.Steady, new Random(21));
        stream.Sizes = (20_000, 512);
        var counter = new PairCounter(PairClock.Of(stream), new PairAxis(1e-12, 1001, 300, 0), null, 0.2);
        var told = new Told(counter);

        stream.Read(told, null, 5);

        Assert.Equal(5, told.Parts);
    }

    [Fact]
    public void Photons_with_micro_times_are_counted_alike_too()
    {
        var random = new Random(22);
        var records = new List<uint>();
        var (sync, wraps) = (0L, 0L);
        for (var i = 0; i < 60_000; i++)
        {
            sync += (long)(-Math.Log(1 - random.NextDouble()) * 40);
            if (sync / 1024 > wraps)
            {
                records.Add(0xFE000000 | (uint)(sync / 1024 - wraps));
                wraps = sync / 1024;
            }
            // Photons of one pulse come in any order of their micro times.
            records.Add((uint)random.Next(2) << 25 | (uint)random.Next(780) << 10 | (uint)(sync % 1024));
        }
        var stream = (RecordStream)Formats.Open(PtuFile.Of(0x01010304, [.. records]).Stream());
        var axis = PairAxis.For(PairClock.Of(stream), 1e-9, 200e-9, 0);
        var one = Count(stream, axis, null, null, 1);
        stream.Sizes = (40_000, 512);

        Assert.Equal(one, Count(stream, axis, null, null, 4));
        Assert.Contains("\"Disordered\":", one);
    }

    [Fact]
    public void A_report_by_several_threads_is_that_of_one_to_the_byte()
    {
        var stream = Stream(Light.Steady, new Random(23));
        stream.Sizes = (50_000, 4096);
        var kind = AnalysisCatalogue.Find("g2.cw");

        byte[] Report(int threads) => ReportJson.Bytes(
            kind.Compute(new(new Dictionary<string, Measurement> { ["file"] = stream }, []) { Threads = threads }), "test");

        Assert.Equal(Report(1), Report(4));
    }

    static string Count(RecordStream stream, PairAxis axis, int[]? channels, double? duration, int threads)
    {
        var counter = new PairCounter(PairClock.Of(stream), axis, channels, duration);
        stream.Read(counter, null, threads);
        var last = counter.LastTime;
        var counts = counter.Finish(duration ?? 0.2);
        return JsonSerializer.Serialize(new { last, counts, counts.Channels.Start, counts.Channels.Stop });
    }

    /// <summary>0.2 s of light as a quTAG file: 400 kcps on each of two detectors, and what the name says.</summary>
    static RecordStream Stream(Light light, Random random)
    {
        var photons = new List<(long Time, int Channel)>();
        foreach (var channel in light == Light.ThreeDetectors ? new[] { 0, 1, 5 } : light == Light.OneDetector ? [1] : [0, 1])
            photons.AddRange(TestEmitter.Steady(400e3, 0.2, random).Select(t => (t, channel)));
        if (light == Light.Dark) photons.RemoveAll(p => p.Time is > 20_000 * Microsecond and < 150_000 * Microsecond);
        if (light == Light.SecondDetectorLate) photons.RemoveAll(p => p.Channel == 0 && p.Time < 120_000 * Microsecond);
        photons.Sort();
        if (light is Light.ShortDisorder or Light.LongDisorder)
        {
            // Keys that differ from the time put photons out of order, but by no more than a window.
            var window = light == Light.ShortDisorder ? 400 * Microsecond : 2500 * Microsecond;
            photons = [.. photons.OrderBy(p => p.Time + (random.NextDouble() < 0.01 ? random.NextInt64(window) : 0))];
        }

        // Whole times, so that disorder of any length can be written.
        var bytes = new byte[40 + 10 * photons.Count];
        ((ReadOnlySpan<byte>)[0x87, 0xB3, 0x91, 0xFA]).CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)bytes.Length);
        for (var i = 0; i < photons.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40 + 10 * i), photons[i].Time);
            bytes[48 + 10 * i] = (byte)photons[i].Channel;
        }
        return (RecordStream)Formats.Open(new MemoryStream(bytes));
    }

    /// <summary>Says in how many parts a consumer was joined.</summary>
    sealed class Told(IPartedConsumer inner) : IPartedConsumer
    {
        public int Parts { get; private set; }

        public void Add(in PhotonBatch batch) => inner.Add(batch);

        public IPartedConsumer? Fork() => inner.Fork() is { } fork ? new Told(fork) : null;

        public bool CanJoin(IReadOnlyList<IPartedConsumer> parts) => inner.CanJoin(Inners(parts));

        public void Join(IReadOnlyList<IPartedConsumer> parts)
        {
            inner.Join(Inners(parts));
            Parts = parts.Count;
        }

        static IPartedConsumer[] Inners(IReadOnlyList<IPartedConsumer> parts) => [.. parts.Select(part => ((Told)part).Inner)];

        IPartedConsumer Inner => inner;
    }
}
