using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>The same stream read in one go, from the middle, by several threads, and counted without events: always the same.</summary>
public class SharedPassTests
{
    public static TheoryData<string, double> Streams
    {
        get
        {
            var data = new TheoryData<string, double>();
            foreach (var layout in RandomStreams.Layouts)
                foreach (var wild in new[] { 0, 0.02, 0.6 })
                    data.Add(layout, wild);
            return data;
        }
    }

    /// <summary>The bytes of a chunk set how many records lie between two entries of the index, and how long a part is at least.</summary>
    static readonly (int Chunk, int Batch)[] Sizes = [(60, 8), (1200, 64), (12_000, 300)];

    [Theory, MemberData(nameof(Streams))]
    public void Threads_that_share_a_pass_see_together_what_one_sees(string layout, double wild)
    {
        var stream = RandomStreams.Of(layout, 5000, wild, new Random(11));
        var (plain, pass) = Plain(stream);

        foreach (var sizes in Sizes)
            foreach (var threads in new[] { 2, 3, 7 })
                foreach (var (shifted, indexed) in new[] { (false, false), (true, false), (false, true) })
                {
                    stream.Sizes = (sizes.Chunk + 60 * threads, sizes.Batch);
                    if (indexed) stream.Index(default);
                    var events = new PartedEventList { CanShift = shifted };

                    var shared = stream.Read(events, null, threads);

                    Same(plain, events.All);
                    Same(pass, shared);
                    if (wild == 0 && sizes.Chunk < 12_000) Assert.InRange(events.Parts, 2, threads);
                }
    }

    [Theory, MemberData(nameof(Streams))]
    public void A_time_range_read_from_the_middle_holds_the_events_that_a_whole_pass_has_in_it(string layout, double wild)
    {
        var random = new Random(12);
        var stream = RandomStreams.Of(layout, 5000, wild, random);
        var (plain, _) = Plain(stream);
        var tick = stream.Tick!.Value;
        var sorted = plain.Time.Where(t => t >= 0).Order().ToArray();
        for (var round = 0; round < 12; round++)
        {
            stream.Sizes = Sizes[round % Sizes.Length];
            var (a, b) = (sorted[random.Next(sorted.Length)], sorted[random.Next(sorted.Length)]);
            var selection = new Selection { From = round == 0 ? null : Math.Min(a, b) * tick, To = round == 1 ? null : (Math.Max(a, b) + 1) * tick };
            var (from, to) = (Ticks(selection.From ?? 0), Ticks(selection.To ?? double.MaxValue));
            if (from >= to || from * tick >= stream.WholeTime(default).Seconds) continue;
            var events = new EventList();
            var shared = new PartedEventList();

            stream.Read(events, selection);
            stream.Read(shared, selection, 3);

            var expected = Enumerable.Range(0, plain.Time.Count).Where(i => plain.Time[i] >= from && plain.Time[i] < to).ToArray();
            Assert.Equal(expected.Select(i => plain.Time[i] - from), events.Time);
            Assert.Equal(expected.Select(i => plain.Channel[i]), events.Channel);
            if (stream.HasDtime) Assert.Equal(expected.Select(i => plain.Dtime[i]), events.Dtime);
            Same(events, shared.All);
        }

        long Ticks(double seconds) => seconds / tick >= long.MaxValue ? long.MaxValue : (long)Math.Round(seconds / tick);
    }

    [Theory, MemberData(nameof(Streams))]
    public void Counting_without_events_counts_the_events_of_a_pass(string layout, double wild)
    {
        var stream = RandomStreams.Of(layout, 5000, wild, new Random(13));
        var (plain, _) = Plain(stream);
        var span = Math.Max(1, plain.Time.Max());

        foreach (var sizes in Sizes.Append((1 << 18, 4096)))
            foreach (var bin in new long?[] { null, Math.Max(1, span / 7), Math.Max(1, span / 300), Math.Max(1, span / 4000), Math.Max(1, span / 20_000) })
                foreach (var threads in new[] { 1, 3 })
                {
                    stream.Sizes = sizes;
                    var counter = new TraceCounter(bin);

                    stream.Count(counter, null, threads);

                    Assert.Equal(plain.Channel.GroupBy(c => c).OrderBy(c => c.Key).Select(c => KeyValuePair.Create(c.Key, (long)c.Count())), counter.EventsByChannel());
                    if (bin is not { } width) continue;
                    var photons = plain.Events.Where(e => Channels.IsPhoton(e.Channel)).ToArray();
                    var inside = photons.Where(e => e.Time >= 0 && e.Time / width < TraceCounter.MostBins).ToArray();
                    Assert.Equal(photons.Length - inside.Length, counter.Outside);
                    Assert.Equal(inside.Length == 0 ? 0 : inside.Max(e => e.Time / width) + 1, counter.Bins);
                    foreach (var channel in inside.Select(e => e.Channel).Distinct())
                    {
                        var trace = new long[counter.Bins];
                        foreach (var e in inside)
                            if (e.Channel == channel) trace[e.Time / width]++;
                        Assert.Equal(trace, counter.Trace(channel));
                    }
                }
    }

    [Theory, MemberData(nameof(Streams))]
    public void The_index_knows_the_clock_at_each_of_its_entries(string layout, double wild)
    {
        if (layout == "qutag") return;
        var stream = RandomStreams.Of(layout, 3000, wild, new Random(14));
        stream.Sizes = (240, 8);
        var index = stream.Index(default)!;

        Assert.InRange(index.Count, 2, 3000 / index.Step + 1);
        for (var k = 0; k < index.Count; k += 7)
        {
            var part = new RecordPart(stream, 0, index.RecordAt(k), 0);
            part.Read(new EventList(), false, null, default);
            Assert.Equal(index.Starts[k], part.Offset);
        }
    }

    [Fact]
    public void Overflows_beyond_64_bits_end_a_shared_pass_where_they_end_a_plain_one()
    {
        var overflows = Enumerable.Repeat(0xFFFFFFFFu, 1000);
        uint[] records = [1, 2, .. Enumerable.Repeat(overflows.Append(3u), 12).SelectMany(some => some), 4, 5];
        var stream = (RecordStream)Formats.Open(PtuFile.Of(0x01010204, records).Stream());
        var (plain, pass) = Plain(stream);
        Assert.Contains(pass.Findings, finding => finding.Code == "CLOCK_OVERFLOW");

        foreach (var chunk in new[] { 40, 400, 4000 })
            foreach (var threads in new[] { 2, 3, 8 })
            {
                stream.Sizes = (chunk, 16);
                var events = new PartedEventList { CanShift = threads == 3 };
                var counter = new TraceCounter(threads == 3 ? null : 1L << 50);

                Same(pass, stream.Read(events, null, threads));
                stream.Count(counter, null, threads);

                Same(plain, events.All);
                Assert.Equal(plain.Time.Count, counter.EventsByChannel().Values.Sum());
            }
    }

    [Fact]
    public void Where_parts_cannot_be_joined_the_stream_is_read_in_one_go()
    {
        var stream = RandomStreams.Of("01010204", 3000, 0.02, new Random(15));
        var (plain, pass) = Plain(stream);
        stream.Sizes = (100, 16);
        var events = new PartedEventList { Refuses = true };

        var report = stream.Read(events, null, 4);

        Same(plain, events.All);
        Same(pass, report);
    }

    [Fact]
    public void A_time_range_at_the_end_leaves_the_beginning_undecoded()
    {
        var stream = RandomStreams.Of("01010304", 20_000, 0, new Random(16));
        stream.Sizes = (400, 64);
        var seconds = stream.WholeTime(default).Seconds!.Value;

        var pass = stream.Read(new EventList(), new Selection { From = 0.99 * seconds });

        Assert.InRange(pass.RecordsRead, 100, 500);
    }

    [Fact]
    public void A_shared_pass_is_stopped_and_tells_its_progress_up_to_the_last_record()
    {
        var stream = RandomStreams.Of("01010204", 5000, 0, new Random(17));
        stream.Sizes = (400, 64);
        using var stop = new CancellationTokenSource();
        var told = new List<long>();

        stream.Read(new PartedEventList(), null, 3, new Hear(told.Add));
        stop.Cancel();

        Assert.Equal(5000, told[^1]);
        Assert.Equal(told.Order(), told);
        Assert.ThrowsAny<OperationCanceledException>(() => stream.Read(new PartedEventList(), null, 3, null, stop.Token));
    }

    [RealFileTheory]
    [InlineData("hydraharp-v1.ht2"), InlineData("hydraharp-v1.ht3"), InlineData("hydraharp-v2.ht3"), InlineData("timeharp200-v50.t3r"), InlineData("bh-spc132.spc")]
    public void Real_files_are_summed_up_alike_by_one_thread_and_by_several(string name)
    {
        using var file = File.OpenRead(RealFiles.Path(name));
        var stream = (RecordStream)Formats.Open(file, new ReadingChoices { Layout = name.EndsWith("spc") ? "spc-130" : null });
        var one = FileSummary.Of(file, stream, "").ToJson(name).ToJsonString();
        stream.Sizes = (4096, 512);

        var several = FileSummary.Of(file, stream, "", threads: 4).ToJson(name).ToJsonString();

        Assert.Equal(one, several);
    }

    [Theory, MemberData(nameof(Streams))]
    public void A_summary_by_several_threads_is_that_of_one(string layout, double wild)
    {
        var stream = RandomStreams.Of(layout, 4000, wild, new Random(18));
        using var nothing = new MemoryStream();
        var one = FileSummary.Of(nothing, stream, "").ToJson("").ToJsonString();
        stream.Sizes = (600, 64);

        Assert.Equal(one, FileSummary.Of(nothing, stream, "", threads: 3).ToJson("").ToJsonString());
    }

    sealed class Hear(Action<long> heard) : IProgress<long>
    {
        public void Report(long value) => heard(value);
    }

    static (EventList Events, PassReport Pass) Plain(RecordStream stream)
    {
        var events = new EventList();
        var sizes = stream.Sizes;
        var pass = stream.Read(events);
        stream.Sizes = sizes;
        return (events, pass);
    }

    static void Same(EventList expected, EventList actual)
    {
        Assert.Equal(expected.Time, actual.Time);
        Assert.Equal(expected.Channel, actual.Channel);
        Assert.Equal(expected.Dtime, actual.Dtime);
    }

    static void Same(PassReport expected, PassReport actual)
    {
        Assert.Equal(expected.Findings, actual.Findings);
        Assert.Equal(expected with { Findings = [] }, actual with { Findings = [] });
    }
}
