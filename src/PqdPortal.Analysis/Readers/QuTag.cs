using System.Buffers.Binary;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>quTAG binary: a header of 40 bytes, then ten bytes for each event: time in picoseconds (u8) and channel (u2).</summary>
/// <remarks>See docs/formats/qutag.md. Tried with a file of channels 1, 2 and 5, whose times begin at 3.4e17 ps: the first is subtracted from all of them, in integers.</remarks>
static class QuTag
{
    const string Name = "quTAG binary";
    const int HeaderBytes = 40;

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x87, 0xB3, 0x91, 0xFA]);

    /// <exception cref="MeasurementFormatException">The header is cut.</exception>
    public static PhotonStream Open(ByteSource source)
    {
        var findings = new FindingList();
        var header = Bytes.Read(source, Name, "header", 0, HeaderBytes);
        long told = header.U4(4);
        // The size has 32 bits, so of larger files it holds the rest only.
        if (told != (source.Length & uint.MaxValue))
            findings.Add(Severity.Warning, "RECORDS_MISSING",
                $"The header says that the file has {told:N0} bytes, it has {source.Length:N0}. All whole records that are there were read.", 4);
        var available = (source.Length - HeaderBytes) / QuTagStream.RecordSize;
        var first = available > 0 ? Bytes.Read(source, Name, "first record", HeaderBytes, 8).I8(HeaderBytes) : 0;
        return new QuTagStream(source)
        {
            // A clock that counts from 1970 or from the start of the computer, not from that of the measurement.
            Origin = first >= 1L << 50 ? first : 0,
            Format = Name,
            RecordType = "quTAG",
            Header = new JsonObject { ["file_bytes"] = told, ["header"] = Convert.ToHexString(header.Span(0, HeaderBytes)) },
            Tick = 1e-12,
            DeclaresRecords = false,
            AvailableRecords = available,
            TrailingBytes = RecordCount.Trailing(source.Length - HeaderBytes, 0, available, QuTagStream.RecordSize, HeaderBytes, findings),
            Findings = findings.ToList(),
        };
    }

    sealed class QuTagStream(ByteSource source) : RecordStream(source, HeaderBytes, RecordSize)
    {
        /// <summary>Size of a record [bytes].</summary>
        public const int RecordSize = 10;

        internal override RecordPass Begin() => new Pass(this);

        sealed class Pass(QuTagStream stream) : RecordPass
        {
            long _undefined, _firstUndefined = -1;

            public override bool HasDtime => false;
            public override long Undefined => _undefined;
            public override long PhotonsOf(long events) => events;

            // A record carries its whole time, so that anybody can begin anywhere.
            public override long? Reach => 0;

            public override void Join(RecordPass next)
            {
                var behind = (Pass)next;
                if (_undefined == 0) _firstUndefined = behind._firstUndefined;
                _undefined += behind._undefined;
            }

            static bool IsEvent(ReadOnlySpan<byte> record) =>
                BinaryPrimitives.ReadUInt16LittleEndian(record[8..]) < Channels.MarkerBase && record[7] < 0x80;

            public override int Decode(ReadOnlySpan<byte> records, Span<long> time, Span<short> channel, Span<int> dtime, long first, out int events)
            {
                var n = 0;
                var i = 0;
                for (; i < records.Length / RecordSize && n < time.Length; i++)
                {
                    var record = records.Slice(i * RecordSize, RecordSize);
                    if (!IsEvent(record))
                    {
                        if (_undefined++ == 0) _firstUndefined = first + i;
                        continue;
                    }
                    time[n] = BinaryPrimitives.ReadInt64LittleEndian(record) - stream.Origin;
                    channel[n++] = (short)BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);
                }
                events = n;
                return i;
            }

            public override int RecordOf(ReadOnlySpan<byte> records, int wanted)
            {
                for (var i = 0; i < records.Length / RecordSize; i++)
                    if (IsEvent(records.Slice(i * RecordSize, RecordSize)) && wanted-- == 0) return i;
                return records.Length / RecordSize;
            }

            public override void Tell(FindingList findings, long lastTick, long events)
            {
                if (_undefined > 0)
                    findings.Add(Severity.Warning, "UNDEFINED_RECORDS",
                        $"{_undefined:N0} records name a channel of {Channels.MarkerBase} or more or a time beyond 63 bits, the first of them record {_firstUndefined:N0}; they were skipped.",
                        stream.DataOffset + _firstUndefined * RecordSize, _firstUndefined);
            }
        }
    }
}
