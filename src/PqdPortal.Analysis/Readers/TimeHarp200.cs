using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>TimeHarp 200: time tags (T3R, versions 2.0 to 6.0) and histograms (THD).</summary>
/// <remarks>
/// After PicoQuant's public description; see docs/formats/timeharp-200.md. Tried with a T3R file of version 5.0 and THD files of
/// versions 3.0 and 6.0. Its micro time runs backwards and is turned round here (4095 less what stands in the record): the
/// histogram of the same set-up is the mirror image of the raw codes.
/// </remarks>
static class TimeHarp200
{
    public const string T3rName = "TimeHarp 200 T3R", ThdName = "TimeHarp 200 THD histogram";
    const string Device = "TimeHarp 200";
    const int CurveBytes = 100;

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("TimeHarp 200"u8);

    /// <exception cref="MeasurementFormatException">The header is damaged or of another version.</exception>
    public static Measurement Open(ByteSource source)
    {
        var header = new JsonObject();
        var findings = new FindingList();
        var bytes = Bytes.Read(source, Device, "header", 0, Math.Min(source.Length, 1 << 17));
        var fields = new HeaderFields(bytes, header, 0);
        fields.Text("Ident", 16);
        var text = fields.Text("FormatVersion", 6);
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var version) || version is not (2 or 3 or 4 or 5 or 6))
            throw new MeasurementFormatException(
                $"This TimeHarp 200 file is of version \"{text}\"; versions 2.0 to 6.0 are read. Open it in TimeHarp's own program and save it again.", fields.OffsetOf("FormatVersion")) { Format = Device, Header = header };
        if (version == 6)
        {
            fields.Text("CreatorName", 18);
            fields.Text("CreatorVersion", 12);
        }
        else
        {
            fields.Text("HardwareVersion", 6);
        }
        var measured = LegacyPicoQuant.Date(fields.Text("FileTime", 18), fields.OffsetOf("FileTime"), findings);
        fields.Skip(2);
        fields.Text("CommentField", 256);
        fields.I4("NumberOfChannels");
        var curves = fields.I4("NumberOfCurves");
        var bits = fields.I4("BitsPerChannel");
        fields.I4("RoutingChannels");
        var boards = fields.I4("NumberOfBoards");
        fields.I4("ActiveCurve");
        var mode = fields.I4("MeasurementMode");
        foreach (var name in (string[])["SubMode", "RangeNo", "Offset", "AcquisitionTime", "StopAt", "StopOnOvfl", "Restart", "DispLinLog", "DispTimeFrom", "DispTimeTo", "DispCountFrom", "DispCountTo"]) fields.I4(name);
        LegacyPicoQuant.DisplaySettings(fields);
        LegacyPicoQuant.RefuseManyBoards(boards, fields.OffsetOf("NumberOfBoards"), Device, header);
        double? resolution = null;
        for (var board = 0; board < boards; board++)
        {
            var of = new HeaderFields(bytes, header, fields.At, boards == 1 ? "Board." : $"Board{board}.");
            if (version == 6)
            {
                of.Text("HardwareIdent", 16);
                of.Text("HardwareVersion", 8);
            }
            foreach (var name in (string[])["Serial", "CFDZeroCross", "CFDDiscrMin", "SyncLevel", "CurveOffset"]) of.I4(name);
            resolution ??= LegacyPicoQuant.Step(of.F4("Resolution_ns") * 1e-9);
            fields.Skip((int)(of.At - fields.At));
        }

        return mode == 2
            ? Tags(source, fields, version >= 5, bits, resolution, header, measured, findings)
            : mode == 0
            ? Histograms(source, bytes, fields, curves, header, measured, findings)
            : throw new MeasurementFormatException(
                $"The header says measurement mode {mode}; 0 (histograms) and 2 (time tags) are known.", fields.OffsetOf("MeasurementMode")) { Format = Device, Header = header };
    }

    static T3rStream Tags(
        ByteSource source, HeaderFields fields, bool hasSpecial, int bits, double? resolution, JsonObject header, DateTime? measured, FindingList findings)
    {
        LegacyPicoQuant.RefuseOtherBits(bits, fields.OffsetOf("BitsPerChannel"), T3rName, header);
        var clock = LegacyPicoQuant.Step(fields.I4("TTTRGlobClock_ns") * 1e-9);
        fields.I4s("Reserved", 6);
        fields.I4("SyncRate");
        var rate = fields.I4("AverageCFDRate");
        var stopAfter = fields.I4("StopAfter");
        fields.I4("StopReason");
        var told = fields.I4("NumberOfRecords");
        var words = hasSpecial ? fields.I4("SpecHeaderLength") : 0;
        if (words < 0 || fields.At + 4L * words > source.Length)
            throw new MeasurementFormatException(
                $"The header claims a special part of {words:N0} words of four bytes, where the file has {source.Length - fields.At:N0} bytes left; the records cannot be found. Copy the file again from the instrument.",
                fields.OffsetOf("SpecHeaderLength")) { Format = T3rName, Header = header };
        var dataOffset = fields.At + 4L * words;
        if (clock is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN", "The header gives no usable unit of the macro time (TTTRGlobClock). Times are known in ticks only; nothing in seconds can be said.", fields.OffsetOf("TTTRGlobClock_ns"));
        if (resolution is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN", "The header gives no usable unit of the micro times. Decays are known in channels only.");

        var available = (source.Length - dataOffset) / T3rStream.RecordSize;
        var declared = RecordCount.Declared(told, available, fields.OffsetOf("NumberOfRecords"), findings);
        return new(source, dataOffset)
        {
            Format = T3rName,
            RecordType = "TimeHarp 200 T3R",
            HasDtime = true,
            Header = header,
            Tick = clock,
            ChannelWidth = resolution,
            HeaderDuration = LegacyPicoQuant.Seconds(stopAfter),
            HeaderRate = LegacyPicoQuant.Positive(rate),
            MeasuredAt = measured,
            DeclaredRecords = declared,
            AvailableRecords = available,
            TrailingBytes = RecordCount.Trailing(source.Length - dataOffset, declared, available, T3rStream.RecordSize, dataOffset, findings),
            Findings = findings.ToList(),
        };
    }

    static HistogramSet Histograms(
        ByteSource source, Bytes bytes, HeaderFields fields, int told, JsonObject header, DateTime? measured, FindingList findings)
    {
        var count = LegacyPicoQuant.Curves(told, fields.OffsetOf("NumberOfCurves"), (source.Length - fields.At) / CurveBytes, ThdName, header);
        var bins = header["NumberOfChannels"]!.GetValue<int>();
        var curves = new List<HistogramCurve>();
        var at = fields.At;
        for (var i = 0; i < count; i++, at += CurveBytes + 4L * Math.Max(0, bins))
        {
            if (at > source.Length - CurveBytes)
            {
                findings.Add(Severity.Warning, "CURVES_MISSING", $"The header declares {count} curves; the file ends before the header of curve {i}.", at);
                break;
            }
            var of = new HeaderFields(Bytes.Read(source, ThdName, "header of a curve", at, CurveBytes), header, at, $"Curve{i}.");
            of.I4("CurveIndex");
            var recorded = LegacyPicoQuant.Date(of.U4("TimeOfRecording"));
            foreach (var name in (string[])["CFDZeroCross", "CFDDiscrMin", "SyncLevel", "CurveOffset"]) of.I4(name);
            var routing = of.I4("RoutingChannel");
            foreach (var name in (string[])["SubMode", "MeasurementMode"]) of.I4(name);
            of.F4("P1");
            of.F4("P2");
            of.F4("P3");
            foreach (var name in (string[])["RangeNo", "Offset", "Reserved0", "AcquisitionTime"]) of.I4(name);
            var duration = of.I4("StopAfter");
            of.I4("StopReason");
            var sync = of.I4("SyncRate");
            of.I4("CFDCountRate");
            of.I4("TDCCountRate");
            var integral = of.U4("IntegralCount");
            var width = LegacyPicoQuant.Step(of.F4("Resolution_ns") * 1e-9);
            curves.Add(new(LegacyPicoQuant.Counts(source, bins, at + CurveBytes, integral, curves, at, findings), width)
            {
                Channel = routing,
                Meaning = HistogramMeaning.Decay,
                SyncRate = LegacyPicoQuant.Positive(sync),
                Duration = LegacyPicoQuant.Seconds(duration),
                MeasuredAt = recorded,
            });
        }
        return LegacyPicoQuant.Set(ThdName, curves, header, measured, findings);
    }

    /// <summary>T3R records: valid 30, route 29..28, data 27..16, time tag 15..0. Without the valid bit data bit 11 means an overflow, else a marker.</summary>
    sealed class T3rStream(ByteSource source, long dataOffset) : RecordStream(source, dataOffset, RecordSize)
    {
        /// <summary>Size of a record [bytes].</summary>
        public const int RecordSize = 4;

        internal override RecordPass Begin() => new Pass(this);

        sealed class Pass(T3rStream stream) : RecordPass
        {
            const long Wrap = 65_536;

            long _offset, _overflows, _markers, _undefined, _firstUndefined;

            public override bool HasDtime => true;
            public override long Offset => _offset;
            public override long OverflowRecords => _overflows;
            public override long Wraps => _overflows;
            public override long Undefined => _undefined;

            public override long PhotonsOf(long events) => events - _markers;

            public override long? Reach => Wrap;

            public override Int128 TicksOfOverflows(ReadOnlySpan<byte> records)
            {
                var overflows = 0L;
                foreach (var record in MemoryMarshal.Cast<byte, uint>(records))
                    if (IsOverflow(record)) overflows++;
                return overflows * (Int128)Wrap;
            }

            public override bool StartAt(Int128 offset)
            {
                // An overflow is one wrap of 16 bits, so that no file is long enough to fill the clock.
                _offset = (long)offset;
                return true;
            }

            public override void Shift(long ticks) => _offset += ticks;

            public override void Join(RecordPass next)
            {
                var behind = (Pass)next;
                if (_undefined == 0) _firstUndefined = behind._firstUndefined;
                _undefined += behind._undefined;
                _overflows += behind._overflows;
                _markers += behind._markers;
                _offset = behind._offset;
            }

            static short? ChannelOf(uint record) =>
                (record & 1u << 30) != 0 ? (short)(record >> 28 & 3)
                : IsOverflow(record) || (record >> 16 & 7) == 0 ? null
                : (short)(Channels.MarkerBase + (record >> 16 & 7));

            static bool IsOverflow(uint record) => (record & 1u << 30) == 0 && (record & 1u << 27) != 0;

            public override int Decode(ReadOnlySpan<byte> records, Span<long> time, Span<short> channel, Span<int> dtime, long first, out int events)
            {
                var n = 0;
                var i = 0;
                for (; i < records.Length / RecordSize && n < time.Length; i++)
                {
                    var record = BinaryPrimitives.ReadUInt32LittleEndian(records[(i * RecordSize)..]);
                    if (IsOverflow(record))
                    {
                        _overflows++;
                        _offset += Wrap;
                        continue;
                    }
                    if (ChannelOf(record) is not { } code)
                    {
                        if (_undefined++ == 0) _firstUndefined = first + i;
                        continue;
                    }
                    time[n] = _offset + (record & 0xFFFF);
                    channel[n] = code;
                    var isMarker = Channels.IsMarker(code);
                    if (isMarker) _markers++;
                    dtime[n] = isMarker ? 0 : (int)(4095 - (record >> 16 & 0xFFF));
                    n++;
                }
                events = n;
                return i;
            }

            public override int RecordOf(ReadOnlySpan<byte> records, int wanted)
            {
                for (var i = 0; i < records.Length / RecordSize; i++)
                    if (ChannelOf(BinaryPrimitives.ReadUInt32LittleEndian(records[(i * RecordSize)..])) is not null && wanted-- == 0) return i;
                return records.Length / RecordSize;
            }

            public override void Tell(FindingList findings, long lastTick, long events)
            {
                if (_undefined > 0)
                    findings.Add(Severity.Warning, "UNDEFINED_RECORDS",
                        $"{_undefined:N0} records are neither photons nor overflows nor markers, the first of them record {_firstUndefined:N0}; they were skipped.",
                        stream.DataOffset + _firstUndefined * RecordSize, _firstUndefined);
            }
        }
    }
}
