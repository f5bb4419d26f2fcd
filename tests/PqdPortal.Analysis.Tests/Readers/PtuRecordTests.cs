using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Records of every type, written as bare bits, and what they mean.</summary>
public class PtuRecordTests
{
    const uint Special = 1u << 31;

    /// <summary>All record types, with the length of a wrap and whether overflow records count.</summary>
    public static TheoryData<uint, long, bool> RecordTypes => new()
    {
        { 0x00010203, 210_698_240, false },
        { 0x00010303, 65_536, false },
        { 0x00010204, 33_552_000, false },
        { 0x00010304, 1024, false },
        { 0x01010204, 33_554_432, true },
        { 0x01010304, 1024, true },
        { 0x00010205, 33_554_432, true },
        { 0x00010305, 1024, true },
        { 0x00010206, 33_554_432, true },
        { 0x00010306, 1024, true },
        { 0x00010207, 33_554_432, true },
        { 0x00010307, 1024, true },
    };

    [Theory, MemberData(nameof(RecordTypes))]
    public void An_overflow_record_moves_everything_behind_it_by_its_wraps(uint type, long wrap, bool counts)
    {
        var (events, pass) = Read(PtuFile.Of(type, Photon(type, 1, 7), Overflow(type, 5), Photon(type, 2, 7), Overflow(type, 0), Photon(type, 1, 9)));

        var first = !HasCount(type) || !counts ? 1 : 5;
        Assert.Equal([(7, 1), (first * wrap + 7, 2), ((first + 1) * wrap + 9, 1)], events.Events);
        Assert.Equal(2, pass.OverflowRecords);
        Assert.Equal(first + 1, pass.OverflowWraps);
        Assert.Equal(5, pass.RecordsRead);
        Assert.Equal((first + 1) * wrap + 9, pass.LastOverflowTick);
    }

    [Theory, MemberData(nameof(RecordTypes))]
    public void The_clock_keeps_running_when_only_overflows_follow_the_last_photon(uint type, long wrap, bool counts)
    {
        var (events, pass) = Read(PtuFile.Of(type, Photon(type, 1, 3), Overflow(type, 1), Overflow(type, 1), Overflow(type, 1)));

        Assert.Single(events.Time);
        Assert.Equal(3 * wrap, pass.LastOverflowTick);
        Assert.Equal(counts || !HasCount(type), pass.Findings.All(f => f.Code != "OVERFLOW_AMBIGUOUS"));
    }

    [Theory]
    [InlineData(0x01010204u)]
    [InlineData(0x00010204u)]
    [InlineData(0x00010205u)]
    [InlineData(0x00010206u)]
    [InlineData(0x00010207u)]
    public void In_T2_of_the_HydraHarp_kind_sync_events_and_markers_keep_their_full_time(uint type)
    {
        var (events, _) = Read(PtuFile.Of(type,
            Special | 0x1FFFFFF,            // sync event at the last tick before a wrap
            Special | 1u << 25 | 5,         // marker 1
            Special | 15u << 25 | 6,        // all four markers at once
            63u << 25 | 7));                // a photon on the last input is no overflow

        Assert.Equal([(0x1FFFFFF, -1), (5, 101), (6, 115), (7, 63)], events.Events);
    }

    [Theory]
    [InlineData(0x00010304u)]
    [InlineData(0x01010304u)]
    [InlineData(0x00010305u)]
    [InlineData(0x00010306u)]
    [InlineData(0x00010307u)]
    public void In_T3_of_the_HydraHarp_kind_sync_count_micro_time_and_markers_are_told_apart(uint type)
    {
        var (events, pass) = Read(PtuFile.Of(type,
            3u << 25 | 0x7FFFu << 10 | 0x3FF,
            Special | 6u << 25 | 77u << 10 | 4,
            Special | 0u << 25 | 1,         // a sync event is not recorded in T3: this means nothing
            0));

        Assert.Equal([(1023, 3), (4, 106), (0, 0)], events.Events);
        Assert.Equal([0x7FFF, 0, 0], events.Dtime);
        Assert.Equal(1, pass.UndefinedRecords);
        Assert.Equal(2, Assert.Single(pass.Findings, f => f.Code == "UNDEFINED_RECORDS").Record);
    }

    [Fact]
    public void In_PicoHarp_T2_the_marker_bits_are_not_part_of_its_time()
    {
        var (events, pass) = Read(PtuFile.Of(0x00010203,
            0u << 28 | 1234567,             // the sync input is an ordinary channel here
            4u << 28 | 0xFFFFFFF,
            15u << 28 | 0x1230 | 9,         // marker bits 1 and 8
            15u << 28 | 0x5550,             // an overflow, whatever its upper bits say
            5u << 28 | 1, 14u << 28 | 1));  // channels that do not exist

        Assert.Equal([(1234567, 0), (0xFFFFFFF, 4), (0x1230, 109)], events.Events);
        Assert.Equal(1, pass.OverflowWraps);
        Assert.Equal(2, pass.UndefinedRecords);
        Assert.Equal(4, pass.Findings.Single(f => f.Code == "UNDEFINED_RECORDS").Record);
    }

    [Fact]
    public void In_PicoHarp_T3_channels_count_from_one_and_a_marker_has_its_bits_in_the_micro_time()
    {
        var (events, pass) = Read(PtuFile.Of(0x00010303,
            1u << 28 | 0xFFFu << 16 | 0xFFFF,
            4u << 28 | 5u << 16 | 1,
            15u << 28 | 3u << 16 | 0xFFFF,  // markers 1 and 2 at the last sync of a wrap
            15u << 28 | 0u << 16 | 0xABCD,  // an overflow, whatever its sync count says
            0u << 28 | 5u << 16 | 1, 5u << 28 | 1));

        Assert.Equal([(0xFFFF, 1), (1, 4), (0xFFFF, 103)], events.Events);
        Assert.Equal([0xFFF, 5, 0], events.Dtime);
        Assert.Equal(1, pass.OverflowWraps);
        Assert.Equal(2, pass.UndefinedRecords);
    }

    [Theory]
    [InlineData(0x01010204u, 16u)]
    [InlineData(0x01010204u, 62u)]
    [InlineData(0x01010304u, 16u)]
    [InlineData(0x01010304u, 62u)]
    public void Special_records_without_a_meaning_are_skipped_and_counted(uint type, uint code)
    {
        var file = PtuFile.Of(type, Photon(type, 0, 1), Special | code << 25 | 9, Photon(type, 0, 2));

        var (events, pass) = Read(file);

        Assert.Equal([1, 2], events.Time);
        Assert.Equal(1, pass.UndefinedRecords);
        Assert.Equal(3, pass.RecordsRead);
        var finding = Assert.Single(pass.Findings, f => f.Code == "UNDEFINED_RECORDS");
        Assert.Equal((file.DataOffset + 4, 1), (finding.Offset, finding.Record));
    }

    [Fact]
    public void A_V1_stream_whose_overflow_records_count_is_told_with_both_durations()
    {
        var file = PtuFile.Of(0x00010304, Photon(0x00010304, 0, 1), Overflow(0x00010304, 1000), Photon(0x00010304, 0, 2));

        var finding = Assert.Single(Read(file).Pass.Findings, f => f.Code == "OVERFLOW_AMBIGUOUS");

        Assert.Contains("1.2825E-05 s", finding.Message);     // (1 x 1024 + 2) x 12.5 ns
        Assert.Contains("0.012800025 s".Replace("0.012800025", "0.01280002"), finding.Message);  // (1000 x 1024 + 2) x 12.5 ns
    }

    [Fact]
    public void A_genuine_V1_stream_raises_no_doubt()
    {
        var file = PtuFile.Of(0x00010204, Overflow(0x00010204, 0), Photon(0x00010204, 0, 2));

        Assert.Empty(Read(file).Pass.Findings);
    }

    [Fact]
    public void Time_running_backwards_is_counted_and_left_as_it_is()
    {
        var records = new uint[] { 10, 20, 15, 30, 5, 6, Overflow(0x01010204, 2), 1, Special | 3u << 25 | 0, 7 };
        var file = PtuFile.Of(0x01010204, records);

        var (events, pass) = Read(file);

        const long wrap = 33_554_432;
        Assert.Equal([10, 20, 15, 30, 5, 6, 2 * wrap + 1, 2 * wrap, 2 * wrap + 7], events.Time);
        Assert.Equal(3, pass.BackwardSteps);
        var finding = Assert.Single(pass.Findings, f => f.Code == "BACKWARD_STEPS");
        Assert.Equal((file.DataOffset + 8, 2), (finding.Offset, finding.Record));
        Assert.Contains("farthest at record 4 by 25 ticks", finding.Message);
    }

    [Fact]
    public void Overflow_counts_beyond_64_bits_stop_the_reading_and_are_told()
    {
        var file = PtuFile.Of(0x01010204, [1, .. Enumerable.Repeat(Overflow(0x01010204, 0x1FFFFFF), 10_000), 2]);

        var (events, pass) = Read(file);

        Assert.Equal([1], events.Time);
        Assert.InRange(pass.RecordsRead, 8000, 8193);
        Assert.True(pass.LastOverflowTick > 0);
        Assert.Equal(Severity.Error, pass.Findings.Single(f => f.Code == "CLOCK_OVERFLOW").Severity);
    }

    [Theory, MemberData(nameof(RecordTypes))]
    public void Any_records_read_in_pieces_of_any_size_are_those_of_the_plain_decoder(uint type, long wrap, bool counts)
    {
        _ = (wrap, counts);
        var random = new Random((int)type);
        foreach (var specialShare in new[] { 0.0, 0.05, 0.5, 1.0 })
        {
            var records = new uint[3000];
            for (var i = 0; i < records.Length; i++)
            {
                var record = (uint)random.NextInt64(1L << 32);
                // Random bits are mostly special; the share of photons is set by hand.
                records[i] = random.NextDouble() < specialShare ? record : Photon(type, random.Next(1, 5), record);
            }
            var expected = PlainDecoder.Decode(type, records);

            foreach (var (chunk, batch) in new[] { (4, 8), (12, 9), (100, 64), (4096, 4096), (1 << 18, 10) })
            {
                var stream = (RecordStream)Formats.Open(PtuFile.Of(type, records).Stream());
                stream.Sizes = (chunk, batch);
                var events = new EventList();

                var pass = stream.Read(events);

                Assert.Equal(expected.Time, events.Time);
                Assert.Equal(expected.Channel, events.Channel);
                if (stream.Mode == "T3") Assert.Equal(expected.Dtime, events.Dtime);
                else Assert.Empty(events.Dtime);
                Assert.Equal(expected.OverflowRecords, pass.OverflowRecords);
                Assert.Equal(expected.Wraps, pass.OverflowWraps);
                Assert.Equal(expected.Undefined, pass.UndefinedRecords);
                Assert.Equal(expected.BackwardSteps, pass.BackwardSteps);
                Assert.Equal(records.Length, pass.RecordsRead);
            }
        }
    }

    [Fact]
    public void The_first_and_farthest_backward_step_are_found_in_pieces_of_any_size()
    {
        var random = new Random(4);
        var records = Enumerable.Range(0, 2000).Select(_ => (uint)random.Next(1 << 25)).ToArray();
        var file = PtuFile.Of(0x01010204, records);
        var whole = Read(file).Pass.Findings.Single(f => f.Code == "BACKWARD_STEPS");

        foreach (var batch in new[] { 8, 13, 700 })
        {
            var stream = (RecordStream)Formats.Open(file.Stream());
            stream.Sizes = (1024, batch);

            Assert.Equal(whole, stream.Read(new EventList()).Findings.Single(f => f.Code == "BACKWARD_STEPS"));
        }
    }

    [Fact]
    public void A_pass_can_be_stopped_between_two_batches_and_read_again()
    {
        var stream = (RecordStream)Formats.Open(PtuFile.Of(0x01010204, [.. Enumerable.Range(0, 100).Select(i => (uint)i)]).Stream());
        stream.Sizes = (40, 8);
        using var stop = new CancellationTokenSource();
        var seen = 0;

        Assert.Throws<OperationCanceledException>(() =>
            stream.Read(new Callback(n => { seen += n; stop.Cancel(); }), stop: stop.Token));
        var again = new EventList();
        stream.Read(again);

        Assert.Equal(8, seen);
        Assert.Equal(100, again.Time.Count);
    }

    sealed class Callback(Action<int> heard) : IPhotonConsumer
    {
        public void Add(in PhotonBatch batch) => heard(batch.Count);
    }

    static (EventList Events, PassReport Pass) Read(PtuFile file)
    {
        var events = new EventList();
        return (events, ((PhotonStream)Formats.Open(file.Stream())).Read(events));
    }

    static bool HasCount(uint type) => type is not (0x00010203 or 0x00010303);

    /// <summary>A photon; of the wide tag only the bits that the layout has.</summary>
    static uint Photon(uint type, int channel, uint tag) => type switch
    {
        0x00010203 => (uint)channel << 28 | tag & 0xFFFFFFF,
        0x00010303 => (uint)channel << 28 | tag & 0xFFFFFFF,
        _ => (uint)channel << 25 | tag & 0x1FFFFFF,
    };

    static uint Overflow(uint type, uint count) => HasCount(type) ? Special | 63u << 25 | count : 15u << 28;
}
