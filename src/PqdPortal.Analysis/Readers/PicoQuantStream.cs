using System.Globalization;
using System.Runtime.InteropServices;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>The records of one PicoQuant device and mode.</summary>
/// <param name="Code">As PTU headers name them.</param>
/// <param name="Wrap">Ticks of one wrap.</param>
/// <param name="AlwaysOne">An overflow record stands for one wrap, whatever its count says.</param>
sealed record PicoQuantFormat(uint Code, string Name, PicoQuantLayout Layout, long Wrap, bool AlwaysOne)
{
    public bool IsT3 => Layout is PicoQuantLayout.Pt3 or PicoQuantLayout.Ht3;

    public static readonly PicoQuantFormat
        PicoHarpT2 = new(0x00010203, "PicoHarp 300 T2", PicoQuantLayout.Pt2, 210_698_240, AlwaysOne: true),
        PicoHarpT3 = new(0x00010303, "PicoHarp 300 T3", PicoQuantLayout.Pt3, 65_536, AlwaysOne: true),
        HydraHarp1T2 = new(0x00010204, "HydraHarp V1 T2", PicoQuantLayout.Ht2, 33_552_000, AlwaysOne: true),
        HydraHarp1T3 = new(0x00010304, "HydraHarp V1 T3", PicoQuantLayout.Ht3, 1024, AlwaysOne: true),
        HydraHarp2T2 = new(0x01010204, "HydraHarp V2 T2", PicoQuantLayout.Ht2, 33_554_432, AlwaysOne: false),
        HydraHarp2T3 = new(0x01010304, "HydraHarp V2 T3", PicoQuantLayout.Ht3, 1024, AlwaysOne: false);

    /// <summary>The record layouts PicoQuant has defined; the code in the header decides, not the name of the hardware.</summary>
    public static readonly IReadOnlyList<PicoQuantFormat> All =
    [
        PicoHarpT2, PicoHarpT3, HydraHarp1T2, HydraHarp1T3, HydraHarp2T2, HydraHarp2T3,
        HydraHarp2T2 with { Code = 0x00010205, Name = "TimeHarp 260 N T2" },
        HydraHarp2T3 with { Code = 0x00010305, Name = "TimeHarp 260 N T3" },
        HydraHarp2T2 with { Code = 0x00010206, Name = "TimeHarp 260 P T2" },
        HydraHarp2T3 with { Code = 0x00010306, Name = "TimeHarp 260 P T3" },
        HydraHarp2T2 with { Code = 0x00010207, Name = "MultiHarp T2" },
        HydraHarp2T3 with { Code = 0x00010307, Name = "MultiHarp T3" },
    ];
}

enum PicoQuantLayout { Pt2, Pt3, Ht2, Ht3 }

/// <summary>PicoQuant's 32-bit records, behind whatever header they stand.</summary>
sealed class PicoQuantStream(ByteSource source, PicoQuantFormat records, long dataOffset) : RecordStream(source, dataOffset, RecordSize)
{
    /// <summary>Size of a record [bytes].</summary>
    public const int RecordSize = 4;

    internal override RecordPass Begin() => records.Layout switch
    {
        PicoQuantLayout.Pt2 => new Pass<Pt2>(this, records),
        PicoQuantLayout.Pt3 => new Pass<Pt3>(this, records),
        PicoQuantLayout.Ht2 => new Pass<Ht2>(this, records),
        _ => new Pass<Ht3>(this, records),
    };

    /// <summary>Compiled once for each layout.</summary>
    sealed class Pass<TLayout>(PicoQuantStream stream, PicoQuantFormat format) : RecordPass
        where TLayout : struct, IRecordLayout
    {
        RecordClock _clock = new() { Wrap = format.Wrap, AlwaysOne = format.AlwaysOne, FirstUndefined = -1 };

        public override bool HasDtime => TLayout.HasDtime;
        public override bool Full => _clock.Full;
        public override long Offset => _clock.Offset;
        public override long OverflowRecords => _clock.OverflowRecords;
        public override long Wraps => _clock.Wraps;
        public override long Undefined => _clock.Undefined;

        public override long PhotonsOf(long events) => events - _clock.SyncEvents - _clock.Markers;

        public override long? Reach => TLayout.TagMask;

        public override Int128 TicksOfOverflows(ReadOnlySpan<byte> records) =>
            (Int128)PicoQuantRecords.CountWraps<TLayout>(MemoryMarshal.Cast<byte, uint>(records), format.AlwaysOne) * format.Wrap;

        public override bool StartAt(Int128 offset)
        {
            if (offset > PicoQuantRecords.ClockEnd) return false;
            _clock.Start = _clock.Offset = (long)offset;
            return true;
        }

        public override void Shift(long ticks) => (_clock.Start, _clock.Offset) = (_clock.Start + ticks, _clock.Offset + ticks);

        public override void Join(RecordPass next) => _clock.Join(((Pass<TLayout>)next)._clock);

        // What Count knows from one call to the next: the codes that are not strange any more.
        readonly uint[] _codes = [uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue];
        readonly long[] _counts = new long[4];

        public override int Count(ReadOnlySpan<byte> records, TraceCounter into)
        {
            var (bin, end) = (0, long.MaxValue);
            if (into.BinTicks is { } width)
            {
                if (into.BinOf(_clock.Offset) is not { } found) return 0;
                (bin, end) = (found, (long)Int128.Min(long.MaxValue, (Int128)(found + 1) * width));
            }
            var words = MemoryMarshal.Cast<byte, uint>(records);
            var counted = PicoQuantRecords.Count<TLayout>(words, ref _clock, end, _codes, _counts);
            for (var k = 0; k < _codes.Length; k++)
            {
                if (_counts[k] == 0) continue;
                into.Add(PicoQuantRecords.ChannelOf<TLayout>(_codes[k])!.Value, bin, _counts[k]);
                _counts[k] = 0;
            }
            if (counted < words.Length) Learn(words[counted..]);
            return counted;
        }

        /// <summary>Remembers the codes of the next few records, as long as there is a place for them.</summary>
        void Learn(ReadOnlySpan<uint> records)
        {
            if (_codes[3] != uint.MaxValue) return;
            foreach (var record in records[..Math.Min(records.Length, PicoQuantRecords.Group)])
            {
                var code = record >> TLayout.ChannelShift;
                if (code == _codes[0] || code == _codes[1] || code == _codes[2] || code == _codes[3]
                    || PicoQuantRecords.ChannelOf<TLayout>(code) is null) continue;
                var free = Array.IndexOf(_codes, uint.MaxValue);
                if (free < 0) return;
                _codes[free] = code;
            }
        }

        // A label that says one wrap beside records that say more (HydraHarp V1) is for the usual pass to tell of.
        public override int? DtimeBits => TLayout.HasDtime && !(format.AlwaysOne && typeof(TLayout) == typeof(Ht3)) ? 32 - TLayout.DtimeShift : null;

        public override void CountDtimes(ReadOnlySpan<byte> records, DtimeTable into) =>
            PicoQuantRecords.CountDtimes<TLayout>(MemoryMarshal.Cast<byte, uint>(records), into);

        public override DtimeCounts? Decoded(IReadOnlyList<DtimeTable> tables, long records)
        {
            var perChannel = 1 << TLayout.ChannelShift - TLayout.DtimeShift;
            var channels = (1 << 32 - TLayout.DtimeShift) / perChannel;
            var photons = new List<(int, int, long)>();
            long overflows = 0, seen = 0;
            // The detectors stand low and the overflows last; what lies between is looked at only where records are still missing.
            for (var turn = 0; turn < channels && seen < records; turn++)
            {
                var channel = turn < 4 ? turn : turn == 4 ? channels - 1 : turn - 1;
                for (var bin = 0; bin < perChannel; bin++)
                {
                    var count = 0L;
                    foreach (var table in tables) count += table[channel * perChannel + bin];
                    if (count == 0) continue;
                    seen += count;
                    var record = (uint)(channel * perChannel + bin) << TLayout.DtimeShift;
                    if (!TLayout.IsSpecial(record)) photons.Add((channel, bin, count));
                    else if ((record & TLayout.OverflowMask) == TLayout.OverflowBits) overflows += count;
                    else if (TLayout.Meaning(record, out _) is null) return null;
                }
            }

            return seen == records ? new(photons, overflows, format.Wrap) : null;
        }

        public override int Decode(ReadOnlySpan<byte> records, Span<long> time, Span<short> channel, Span<int> dtime, long first, out int events) =>
            PicoQuantRecords.Decode<TLayout>(MemoryMarshal.Cast<byte, uint>(records), time, channel, dtime, ref _clock, first, out events);

        public override int RecordOf(ReadOnlySpan<byte> records, int wanted) =>
            PicoQuantRecords.RecordOf<TLayout>(MemoryMarshal.Cast<byte, uint>(records), wanted);

        public override void Tell(FindingList findings, long lastTick, long events)
        {
            if (_clock.Undefined > 0)
                findings.Add(Severity.Warning, "UNDEFINED_RECORDS",
                    $"{_clock.Undefined:N0} records have a meaning that {format.Name} does not define, the first of them record {_clock.FirstUndefined:N0}; they were skipped.",
                    stream.DataOffset + _clock.FirstUndefined * RecordSize, _clock.FirstUndefined);
            TellOfOverflows(findings, lastTick, PhotonsOf(events));
        }

        /// <summary>Some image programs write streams labelled V1 whose overflow records nevertheless count.</summary>
        void TellOfOverflows(FindingList findings, long lastTick, long photons)
        {
            if (!format.AlwaysOne || _clock.CountedRecords == 0) return;

            var countedWrap = format.Layout == PicoQuantLayout.Ht2 ? 33_554_432 : format.Wrap;
            var asLabelled = Math.Max(_clock.Offset, lastTick) - _clock.Start;
            var asCounted = (double)_clock.CountedWraps * countedWrap + Math.Max(0, lastTick - _clock.Offset);
            var rates = "";
            if (stream.Tick is { } unit && asLabelled > 0 && stream.HeaderRate is { } told)
                rates = $" Of the count rate, {FoundText.Number(photons / (asLabelled * unit))}/s or {FoundText.Number(photons / (asCounted * unit))}/s, the header says {FoundText.Number(told)}/s.";
            findings.Add(Severity.Warning, "OVERFLOW_AMBIGUOUS",
                $"{_clock.CountedRecords:N0} overflow records carry a count, which {format.Name} does not define. Read as labelled, one wrap each, the stream lasts {Lasts(asLabelled)}; with the counts it would last {Lasts(asCounted)}. It was read as labelled.{rates}");
        }

        string Lasts(double ticks) => stream.Tick is { } unit ? FoundText.Number(ticks * unit) + " s" : ticks.ToString("N0", CultureInfo.InvariantCulture) + " ticks";
    }
}
