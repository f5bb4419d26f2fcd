using System.Buffers.Binary;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Becker &amp; Hickl SPC in FIFO mode: time-tagged photons without any magic, in one of three layouts.</summary>
/// <remarks>
/// After the handbook's description; see docs/formats/becker-hickl.md. Tried with files of SPC-132 and SPC-150 modules against
/// the vendor's own export, and with an SPC-630 file of 256 channels. Which layout holds is told by the .set file beside it, or
/// found by decoding: under the wrong layout time runs backwards at every other photon.
/// </remarks>
static class BeckerHicklSpc
{
    const string Name = "Becker & Hickl SPC";

    /// <summary>Records that are tried under each layout.</summary>
    const int Tried = 100_000;

    /// <summary>A clean stream steps backwards in fewer than this share of its events.</summary>
    const double Clean = 0.002;

    /// <param name="Key">As a person chooses it.</param>
    /// <param name="Header">Bytes before the records.</param>
    sealed record Layout(string Key, string Title, int RecordBytes, int Header, int Channels, Func<SpcPass> Begin);

    static readonly Layout[] Layouts =
    [
        new("spc-130", "SPC-130, 140, 150, 160, 180, 830", 4, 4, 4096, () => new StandardPass()),
        new("spc-600-256", "SPC-600, 630 with 256 channels", 4, 4, 256, () => new Narrow600Pass()),
        new("spc-600-4096", "SPC-600, 630 with 4096 channels", 6, 6, 4096, () => new Wide600Pass()),
    ];

    /// <summary>A likeness only: the first word says that it is no photon and names a clock as these modules have it.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start) =>
        start.Length >= 4 && (ClockOf(start, wide: false) is not null || start.Length >= 6 && ClockOf(start, wide: true) is not null);

    /// <summary>Length of a tick of the macro clock [s] from the frame in front; null where it is none.</summary>
    static double? ClockOf(ReadOnlySpan<byte> start, bool wide)
    {
        var units = wide ? BinaryPrimitives.ReadUInt16LittleEndian(start[2..]) : BinaryPrimitives.ReadUInt32LittleEndian(start) & 0xFFFFFF;
        var invalid = wide ? (start[1] & 0x10) != 0 : start[3] >= 0x80;
        // From 5 ns to 10 µs: the clock is the module's own of 12.5 to 50 ns, or the laser.
        return invalid && units is >= 50 and <= 100_000 ? units * 1e-10 : null;
    }

    /// <exception cref="MeasurementFormatException">More than one layout fits, or the chosen one is none.</exception>
    public static PhotonStream? Open(ByteSource source, ReadingChoices choices)
    {
        var start = source.Start(6);
        var findings = new FindingList();
        var settings = Settings(source, choices, findings);
        var (layout, why) = Chosen(source, start, choices, settings);
        if (layout is null) return null;

        if (why is not null) findings.Add(Severity.Info, "LAYOUT_CHOSEN", why, 0);
        var wide = layout.RecordBytes == 6;
        var clock = ClockOf(start, wide);
        var header = new JsonObject
        {
            ["layout"] = layout.Key,
            ["macro_clock_0p1ns"] = clock is { } tick ? Math.Round(tick * 1e10) : null,
            ["routing_bits"] = wide ? start[1] & 0xF : start[3] >> 3 & 0xF,
        };
        if (settings is not null) header["set"] = settings.Header.DeepClone();

        var padding = Padding(source, layout);
        var bytes = source.Length - layout.Header - padding;
        var available = bytes / layout.RecordBytes;
        if (padding > 0)
            findings.Add(Severity.Info, "PADDING", $"{padding:N0} bytes of zeros at the end are padding, not photons; they were left out.", source.Length - padding);
        var width = settings?.Span / layout.Channels;
        if (width is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN",
                "The unit of the micro times stands in the .set file of the same name, which is not at hand. Decays are known in channels only; put the .set file beside it.");
        if (clock is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN", "The file names no clock in front of its records. Times are known in ticks only; nothing in seconds can be said.", 0);

        return new SpcStream(source, layout)
        {
            Format = Name,
            RecordType = $"Becker & Hickl {layout.Title}",
            Header = header,
            Tick = clock,
            ChannelWidth = width,
            HasDtime = true,
            DeclaresRecords = false,
            AvailableRecords = available,
            DeclaredRecords = 0,
            TrailingBytes = RecordCount.Trailing(bytes, 0, available, layout.RecordBytes, layout.Header, findings) + padding,
            Findings = findings.ToList(),
            Asks = Question,
        };
    }

    static IReadOnlyList<ReadingQuestion> Question => [ReadingQuestion.OfLayout([.. Layouts.Select(layout => new ReadingAnswer(layout.Key, layout.Title))])];

    static BeckerHicklSetup? Settings(ByteSource source, ReadingChoices choices, FindingList findings)
    {
        var beside = choices.SourceBeside(".set", out var owned);
        using (owned)
        {
            if (beside is null) return null;
            if (!BeckerHicklSetup.Recognise(beside.Start(64)))
            {
                findings.Add(Severity.Warning, "SETTINGS_UNKNOWN", "The .set file beside it is no settings file of Becker & Hickl; it was not used.");
                return null;
            }
            return BeckerHicklSetup.Read(beside, "Becker & Hickl SET");
        }
    }

    /// <summary>The layout, and why this one.</summary>
    static (Layout? Layout, string? Why) Chosen(ByteSource source, byte[] start, ReadingChoices choices, BeckerHicklSetup? settings)
    {
        if (choices.Layout is { } key)
            return (Array.Find(Layouts, layout => layout.Key == key)
                ?? throw new MeasurementFormatException($"There is no layout \"{key}\"; choose {string.Join(", ", Layouts.Select(layout => layout.Key))}.", 0) { Format = Name, Asks = Question }, $"The layout {key} was chosen by hand.");

        var tried = Layouts.Where(layout => source.Length >= layout.Header && (layout.RecordBytes == 6 ? start.Length >= 6 && ClockOf(start, true) is not null : ClockOf(start, false) is not null))
            .Select(layout => (Layout: layout, Trial: Try(source, layout))).ToList();
        if (settings?.Module is { } module and not 0 && tried.Count > 0)
        {
            var told = module is 0x21 or 0x22
                ? tried.Where(t => t.Layout.Key != "spc-130").OrderBy(t => t.Trial.Share).Select(t => t.Layout).FirstOrDefault()
                : tried.Select(t => t.Layout).FirstOrDefault(layout => layout.Key == "spc-130");
            if (told is not null) return (told, $"The .set file beside it names module 0x{module:X2}, so its records are those of {told.Title}.");
        }

        var clean = tried.Where(t => t.Trial.Share <= Clean).ToList();
        if (clean.Count == 0) return (null, null);
        // Without any photon every layout fits; what was read then is nothing, under whatever name.
        if (clean.TrueForAll(t => t.Trial.Events == 0)) return (clean[0].Layout, null);
        var fits = clean.Where(t => t.Trial.Events > 0).ToList();
        var best = fits.Min(t => t.Trial.Share);
        var winners = fits.Where(t => t.Trial.Share == best).ToList();
        if (winners.Count == 1)
            return (winners[0].Layout, $"Nothing in the file names its layout. Read as {winners[0].Layout.Title}, time steps backwards {winners[0].Trial.Steps:N0} times in {winners[0].Trial.Events:N0} events; {string.Join("; ", tried.Where(t => t.Layout != winners[0].Layout).Select(t => $"as {t.Layout.Title}, {t.Trial.Steps:N0} times in {t.Trial.Events:N0}"))}.");
        throw new MeasurementFormatException(
            $"This looks like time tags of Becker & Hickl, whose layout the file does not name, and {string.Join(" and ", winners.Select(t => $"{t.Layout.Key} ({t.Layout.Title})"))} fit equally well. Put the .set file of the same name beside it, or choose the layout.", 0) { Format = Name, IsNotUnderstood = true, Asks = Question };
    }

    readonly record struct Trial(long Events, long Steps)
    {
        public double Share => Events == 0 ? 0 : (double)Steps / Events;
    }

    static Trial Try(ByteSource source, Layout layout)
    {
        var records = Math.Min(Tried, (source.Length - layout.Header - Padding(source, layout)) / layout.RecordBytes);
        var bytes = new byte[records * layout.RecordBytes];
        source.Read(bytes, layout.Header);
        var pass = layout.Begin();
        var (time, channel, dtime) = (new long[4096], new short[4096], new int[4096]);
        long events = 0, steps = 0, before = long.MinValue, at = 0;
        while (at < records)
        {
            var used = pass.Decode(bytes.AsSpan((int)at * layout.RecordBytes), time, channel, dtime, at, out var got);
            steps += PicoQuantRecords.CountBackwardSteps(time.AsSpan(0, got), before);
            if (got > 0) before = time[got - 1];
            events += got;
            at += used;
        }
        return new(events, steps);
    }

    /// <summary>Bytes of records at the end that hold nothing but zeros: padding, though each would decode as a photon.</summary>
    static long Padding(ByteSource source, Layout layout)
    {
        var records = (source.Length - layout.Header) / layout.RecordBytes;
        var block = new byte[layout.RecordBytes * 1024];
        long padding = 0;
        while (records > 0)
        {
            var count = Math.Min(records, 1024);
            var part = block.AsSpan(0, (int)count * layout.RecordBytes);
            source.Read(part, layout.Header + (records - count) * layout.RecordBytes);
            var last = part.LastIndexOfAnyExcept((byte)0);
            var zeros = count - (last < 0 ? 0 : last / layout.RecordBytes + 1);
            padding += zeros * layout.RecordBytes;
            if (zeros < count) break;
            records -= count;
        }
        return padding;
    }

    sealed class SpcStream(ByteSource source, Layout layout) : RecordStream(source, layout.Header, layout.RecordBytes)
    {
        internal override RecordPass Begin() => layout.Begin().For(this);
    }

    /// <summary>What the three layouts share: flags, wraps, markers and what is told at the end.</summary>
    abstract class SpcPass(long wrap) : RecordPass
    {
        /// <summary>Beyond this the next overflow record could leave 64 bits.</summary>
        const long ClockEnd = long.MaxValue - (1L << 53);

        SpcStream? _stream;
        long _offset, _overflows, _wraps, _markers, _gaps, _firstGap = -1, _discarded, _undefined, _firstUndefined = -1;

        public SpcPass For(SpcStream stream)
        {
            _stream = stream;
            return this;
        }

        public override bool HasDtime => true;
        public override long Offset => _offset;
        public override long OverflowRecords => _overflows;
        public override long Wraps => _wraps;
        public override long Undefined => _undefined;
        public override bool Full => _offset > ClockEnd;

        public override long PhotonsOf(long events) => events - _markers;

        public override long? Reach => wrap;

        public override Int128 TicksOfOverflows(ReadOnlySpan<byte> records)
        {
            Int128 wraps = 0;
            for (var at = 0; at <= records.Length - Size; at += Size) wraps += WrapsOf(Take(records.Slice(at, Size)));
            return wraps * wrap;
        }

        public override bool StartAt(Int128 offset)
        {
            if (offset > ClockEnd) return false;
            _offset = (long)offset;
            return true;
        }

        public override void Shift(long ticks) => _offset += ticks;

        public override void Join(RecordPass next)
        {
            var behind = (SpcPass)next;
            if (_gaps == 0) _firstGap = behind._firstGap;
            if (_undefined == 0) _firstUndefined = behind._firstUndefined;
            _gaps += behind._gaps;
            _undefined += behind._undefined;
            _overflows += behind._overflows;
            _wraps += behind._wraps;
            _markers += behind._markers;
            _discarded += behind._discarded;
            _offset = behind._offset;
        }

        /// <summary>A record that is nothing but an overflow may count several; a photon's own is one.</summary>
        static long WrapsOf(in Parts parts) => !parts.Overflow ? 0 : IsPureOverflow(parts) && parts.Count > 0 ? parts.Count : 1;

        static bool IsPureOverflow(in Parts parts) => parts is { Overflow: true, Invalid: true, Marker: false };

        /// <summary>One record taken apart.</summary>
        protected readonly record struct Parts(bool Invalid, bool Overflow, bool Gap, bool Marker, uint Routing, uint Macro, int Micro, uint Count);

        protected abstract Parts Take(ReadOnlySpan<byte> record);

        protected abstract int Size { get; }

        static bool IsEvent(in Parts parts) => (parts.Marker || !parts.Invalid) && parts.Routing < Channels.MarkerBase;

        public override int Decode(ReadOnlySpan<byte> records, Span<long> time, Span<short> channel, Span<int> dtime, long first, out int events)
        {
            var count = records.Length / Size;
            var n = 0;
            var i = 0;
            for (; i < count && n < time.Length && !Full; i++)
            {
                var parts = Take(records.Slice(i * Size, Size));
                if (parts.Gap && _gaps++ == 0) _firstGap = first + i;
                if (parts.Overflow)
                {
                    var pure = IsPureOverflow(parts);
                    var wraps = WrapsOf(parts);
                    if (pure) _overflows++;
                    _wraps += wraps;
                    _offset += wraps * wrap;
                    if (pure) continue;
                }
                if (parts.Invalid && !parts.Marker)
                {
                    _discarded++;
                    continue;
                }
                if (!IsEvent(parts))
                {
                    if (_undefined++ == 0) _firstUndefined = first + i;
                    continue;
                }
                time[n] = _offset + parts.Macro;
                if (parts.Marker) _markers++;
                channel[n] = (short)(parts.Marker ? Channels.MarkerBase + parts.Routing : parts.Routing);
                dtime[n] = parts.Marker ? 0 : parts.Micro;
                n++;
            }
            events = n;
            return i;
        }

        public override int RecordOf(ReadOnlySpan<byte> records, int wanted)
        {
            for (var i = 0; i < records.Length / Size; i++)
                if (IsEvent(Take(records.Slice(i * Size, Size))) && wanted-- == 0) return i;
            return records.Length / Size;
        }

        public override void Tell(FindingList findings, long lastTick, long events)
        {
            if (_stream is not { } stream) return;
            if (_gaps > 0)
                findings.Add(Severity.Warning, "FIFO_GAP",
                    $"The buffer of the module overran {_gaps:N0} times, first before record {_firstGap:N0}: photons are missing there. Rates and g2 near these places are biased.",
                    stream.DataOffset + _firstGap * Size, _firstGap);
            if (_discarded > 0)
                findings.Add(Severity.Info, "DISCARDED_EVENTS", $"{_discarded:N0} records are events that the module itself marked as invalid; they are no photons and were left out.");
            if (_undefined > 0)
                findings.Add(Severity.Warning, "UNDEFINED_RECORDS",
                    $"{_undefined:N0} records carry a routing code of {Channels.MarkerBase} or more, the first of them record {_firstUndefined:N0}; they were skipped.",
                    stream.DataOffset + _firstUndefined * Size, _firstUndefined);
        }
    }

    /// <summary>INV 31, MTOV 30, GAP 29, MARK 28, ADC 27..16, routing 15..12, macro time 11..0.</summary>
    sealed class StandardPass() : SpcPass(1 << 12)
    {
        protected override int Size => 4;

        protected override Parts Take(ReadOnlySpan<byte> record)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(record);
            return new(word >> 31 != 0, (word >> 30 & 1) != 0, (word >> 29 & 1) != 0, (word >> 28 & 1) != 0,
                word >> 12 & 0xF, word & 0xFFF, (int)(4095 - (word >> 16 & 0xFFF)), word & 0xFFFFFFF);
        }
    }

    /// <summary>INV 31, MTOV 30, GAP 29, routing 27..25, macro time 24..8, ADC 7..0.</summary>
    sealed class Narrow600Pass() : SpcPass(1 << 17)
    {
        protected override int Size => 4;

        protected override Parts Take(ReadOnlySpan<byte> record)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(record);
            return new(word >> 31 != 0, (word >> 30 & 1) != 0, (word >> 29 & 1) != 0, false,
                word >> 25 & 7, word >> 8 & 0x1FFFF, (int)(255 - (word & 0xFF)), word & 0xFFFFFFF);
        }
    }

    /// <summary>Bytes 0 and 1: ADC 11..0, INV 12, MTOV 13, GAP 14; byte 2: macro time 23..16; byte 3: routing; bytes 4 and 5: macro time 15..0.</summary>
    sealed class Wide600Pass() : SpcPass(1 << 24)
    {
        protected override int Size => 6;

        protected override Parts Take(ReadOnlySpan<byte> record)
        {
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(record);
            return new((flags >> 12 & 1) != 0, (flags >> 13 & 1) != 0, (flags >> 14 & 1) != 0, false,
                record[3], (uint)record[2] << 16 | BinaryPrimitives.ReadUInt16LittleEndian(record[4..]), 4095 - (flags & 0xFFF), 0);
        }
    }
}
