using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;
using PqdPortal.Analysis.Tests.Readers;

namespace PqdPortal.Analysis.Tests.Measurements;

/// <summary>A trace at any zoom against counting photon by photon.</summary>
public class FineTraceTests
{
    const double Tick = 1e-12;

    /// <summary>Photons of light that goes on and off, in two detectors, over some seconds.</summary>
    static MemoryPhotons Blinking(double duration, int photons, int seed)
    {
        var random = new Random(seed);
        long[] Drawn() => [.. Enumerable.Range(0, photons / 2).Select(_ => random.NextDouble() * duration)
            .Where(t => random.NextDouble() < ((int)(t / 0.37) % 2 == 0 ? 1 : 0.1)).Select(t => (long)(t / Tick)).Order()];
        return MemoryPhotons.T2(duration, Drawn(), Drawn());
    }

    /// <summary>What each column must be, from the photons themselves.</summary>
    static void Same(IEnumerable<long> times, TraceWindow seen, double tick, long binTicks, double from, double to)
    {
        var fine = (long)Math.Round(seen.Bin / tick / binTicks) * binTicks;
        var wide = (long)Math.Round(seen.Width / tick / binTicks) * binTicks;
        Assert.Equal(0, wide % fine);
        var first = (long)Math.Round(seen.From / seen.Width);
        Assert.True(first * wide * tick <= from + 1e-9 && (first + seen.Mean.Length) * wide * tick >= Math.Min(to, seen.End) - 0.51 * fine * tick);
        var bins = times.GroupBy(t => t / fine).ToDictionary(bin => bin.Key, bin => bin.LongCount());
        for (var k = 0; k < seen.Mean.Length; k++)
        {
            var begin = (first + k) * (wide / fine);
            var inside = Enumerable.Range(0, (int)(wide / fine)).Select(i => begin + i).ToList();
            var photons = inside.Sum(bin => bins.GetValueOrDefault(bin));
            Assert.Equal(photons, seen.Photons[k]);
            Assert.Equal(photons / (Math.Min((first + k + 1) * wide * tick, seen.End) - (first + k) * wide * tick), seen.Mean[k], 1e-6 * Math.Max(1, seen.Mean[k]));
            var whole = inside.Where(bin => (bin + 1) * fine * tick <= seen.End + 1e-6 * binTicks * tick).Select(bin => bins.GetValueOrDefault(bin) / (fine * tick)).ToList();
            if (whole.Count == 0) whole = [seen.Mean[k]];
            Assert.Equal(whole.Min(), seen.Low[k], 1e-6 * Math.Max(1, whole.Max()));
            Assert.Equal(whole.Max(), seen.High[k], 1e-6 * Math.Max(1, whole.Max()));
        }
    }

    [Fact]
    public void Any_window_in_any_bins_is_what_plain_counting_gives()
    {
        var photons = Blinking(7.31, 60_000, 1);
        var trace = FineTrace.Of(photons);
        Assert.Equal((1_000_000_000, 7.31), (trace.BinTicks, trace.End));
        var random = new Random(2);
        for (var round = 0; round < 300; round++)
        {
            var (a, b) = (random.NextDouble() * 8 - 0.3, random.NextDouble() * 8 - 0.3);
            var (from, to) = round == 0 ? (0, 7.31) : (Math.Min(a, b), Math.Max(a, b));
            var points = random.Next(1, 900);
            var bin = Math.Pow(10, -3 + 3 * random.NextDouble());

            var seen = trace.Look(from, to, points, bin);

            Assert.True(seen.Mean.Length <= points + 2 || seen.Width < 1.001e-3);
            Same(photons.Times, seen, Tick, trace.BinTicks, Math.Clamp(from, 0, trace.End), Math.Clamp(to, 0, trace.End));
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(100)]
    [InlineData(7)]
    public void Where_there_is_no_room_the_bins_become_twice_as_long_and_lose_no_photon(int room)
    {
        var photons = Blinking(7.31, 20_000, 3);
        var counter = new FineTraceCounter(Tick, null, room);

        photons.Read(counter);

        Assert.InRange(counter.Counts().Length, room / 2, room);
        var plain = new uint[counter.Counts().Length];
        foreach (var t in photons.Times) plain[t / counter.BinTicks]++;
        Assert.Equal(plain, counter.Counts());
        Assert.Equal(0, counter.BinTicks % 1_000_000_000);
        Same(photons.Times, new FineTrace(plain, counter.BinTicks, Tick, 7.31).Look(1.01, 6.3, 40, 0.01), Tick, counter.BinTicks, 1.01, 6.3);
    }

    [Fact]
    public void Only_the_detectors_that_are_asked_for_count()
    {
        var photons = Blinking(3, 10_000, 4);

        Assert.Equal(photons.Codes.Count(code => code == 1), FineTrace.Of(photons, [1]).Counts.ToArray().Sum(n => n));
        Assert.Equal(0, FineTrace.Of(photons, [5]).Counts.Length);
    }

    [Theory]
    [InlineData("00010204", 0.02)]
    [InlineData("01010304", 0)]
    [InlineData("spc-130", 0.02)]
    public void Threads_that_share_the_pass_count_the_same(string layout, double wild)
    {
        var stream = RandomStreams.Of(layout, 5000, wild, new Random(5));
        stream.Sizes = (1200, 64);
        var one = new FineTraceCounter(stream.Tick!.Value, null, 200);
        stream.Read(one);
        foreach (var threads in new[] { 2, 3, 7 })
        {
            var many = new FineTraceCounter(stream.Tick!.Value, null, 200);
            stream.Read(many, null, threads);

            Assert.Equal((one.BinTicks, one.Latest), (many.BinTicks, many.Latest));
            Assert.Equal(one.Counts(), many.Counts());
        }
    }

    [Theory]
    [InlineData("00010204")]
    [InlineData("01010304")]
    [InlineData("spc-130")]
    [InlineData("qutag")]
    public void A_stretch_finer_than_the_trace_is_read_from_the_middle_of_the_file(string layout)
    {
        var stream = RandomStreams.Of(layout, 5000, 0, new Random(6));
        stream.Sizes = (1200, 64);
        var all = new EventList();
        stream.Read(all);
        var tick = stream.Tick!.Value;
        var entries = stream.Entries();
        var trace = FineTrace.Of(stream);
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            var again = RandomStreams.Of(layout, 5000, 0, new Random(6));
            again.Sizes = (1200, 64);
            if (entries is not null) again.Enter(entries);
            var selection = round % 3 == 0 ? null : new Selection { From = 0.2 * trace.End, To = round % 3 == 1 ? null : 0.7 * trace.End, Channels = round % 2 == 0 ? null : [0, 1] };
            var begin = (long)Math.Round((selection?.From ?? 0) / tick);
            var end = Math.Min(selection?.To ?? trace.End, trace.End) - (selection?.From ?? 0);
            var (a, b) = (random.NextDouble() * end, random.NextDouble() * end);
            Assert.True(TraceReader.CanRead(again, selection));

            var seen = TraceReader.Look(again, selection, null, Math.Min(a, b), Math.Max(a, b), random.Next(5, 200), 1, end);

            var inside = all.Time.Zip(all.Channel, (t, channel) => (Time: t - begin, Channel: channel)).Where(e => e.Time >= 0 && Channels.IsPhoton(e.Channel)
                && (selection?.Channels is not { } stay || stay.Contains(e.Channel)) && !(selection?.To is { } to && e.Time + begin >= Math.Round(to / tick)));
            Same(inside.Select(e => e.Time), seen, tick, (long)Math.Round(seen.Bin / tick), Math.Min(a, b), Math.Max(a, b));
        }
    }

    [Fact]
    public void Places_of_another_cut_are_left_aside()
    {
        var stream = RandomStreams.Of("00010204", 5000, 0, new Random(6));
        stream.Sizes = (1200, 64);
        var entries = stream.Entries()!;
        var other = RandomStreams.Of("00010204", 5000, 0, new Random(6));
        other.Sizes = (600, 64);

        other.Enter(entries with { Starts = [.. entries.Starts.Select(start => start + 1_000_000)] });

        Assert.Equal(FineTrace.Of(stream).Counts, FineTrace.Of(other).Counts);
        Assert.NotEqual(entries.Step, other.Entries()!.Step);
    }

    [Fact]
    public void Cut_out_time_cannot_be_found_in_the_file() =>
        Assert.False(TraceReader.CanRead(RandomStreams.Of("00010204", 500, 0, new Random(6)), new Selection { Markers = [1] }));

    [Fact]
    public void It_is_kept_byte_by_byte_and_other_bytes_are_refused()
    {
        var trace = FineTrace.Of(Blinking(3, 10_000, 8));
        using var kept = new MemoryStream();
        trace.Write(kept);
        kept.Position = 0;

        var read = FineTrace.Read(kept);

        Assert.Equal(trace.Counts, read.Counts);
        Assert.Equal((trace.BinTicks, trace.Tick, trace.End), (read.BinTicks, read.Tick, read.End));
        Assert.Throws<EndOfStreamException>(() => FineTrace.Read(new MemoryStream(kept.ToArray()[..^1])));
        Assert.Throws<InvalidDataException>(() => FineTrace.Read(new MemoryStream(new byte[64])));
    }

    [Fact]
    public void Odd_records_give_a_trace_or_a_sentence()
    {
        Assert.Equal(1, FineTrace.Of(MemoryPhotons.T2(1, [500_000_000_000])).Counts[^1] * 1L);
        var same = FineTrace.Of(MemoryPhotons.T2(1, [.. Enumerable.Repeat(7_000_000_000, 1000)]));
        Assert.Equal(1000, same.Look(0, 1, 10, 0.1).Photons[0]);
        // A clock that was moved far away takes no memory, and nothing from the others.
        var far = FineTrace.Of(MemoryPhotons.T2(1, [1, 2, long.MaxValue - 5]));
        Assert.Equal(2u, far.Counts[0]);
        Assert.Equal([1u, 1u], FineTrace.Of(new MemoryPhotons { Format = "test", RecordType = "test", Tick = 1e-3, HeaderDuration = 1, Times = [1, 0], Codes = [0, 0] }).Counts.ToArray());
        Assert.Throws<InsufficientDataException>(() => FineTrace.Of(new MemoryPhotons { Format = "test", RecordType = "test", Times = [1], Codes = [0] }));
        Assert.Throws<InsufficientDataException>(() => FineTrace.Of(MemoryPhotons.T2(null)));
        Assert.Empty(FineTrace.Of(MemoryPhotons.T2(1, [1])).Look(0.5, 0.5, 10, 0.01).Mean);
    }
}
