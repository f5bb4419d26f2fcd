using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>The bits of one kind of PicoQuant record. Structs, so that the decoder is compiled once for each of them.</summary>
interface IRecordLayout
{
    /// <summary>Bits of the time tag (T2) or of the sync count (T3), and of the count of an overflow record.</summary>
    static abstract uint TagMask { get; }

    /// <summary>The channel stands from this bit upwards.</summary>
    static abstract int ChannelShift { get; }

    static abstract bool HasDtime { get; }
    static abstract int DtimeShift { get; }
    static abstract uint DtimeMask { get; }

    /// <summary>True for every record that is no photon.</summary>
    static abstract bool IsSpecial(uint record);

    /// <summary>Highest bit set in every lane that holds no photon.</summary>
    static abstract Vector256<uint> Specials(Vector256<uint> records);

    /// <summary>The bits that make a record an overflow, and how they stand in one.</summary>
    static abstract uint OverflowMask { get; }

    /// <inheritdoc cref="OverflowMask"/>
    static abstract uint OverflowBits { get; }

    /// <summary>Channel of a special record that is no overflow: a sync event, a marker, or null where it means nothing.</summary>
    /// <param name="tag">Its time tag or sync count.</param>
    static abstract short? Meaning(uint record, out uint tag);
}

/// <summary>HydraHarp and everything after it, T2: special 31, channel 30..25, tag 24..0.</summary>
readonly struct Ht2 : IRecordLayout
{
    public static uint TagMask => 0x1FFFFFF;
    public static int ChannelShift => 25;
    public static bool HasDtime => false;
    public static int DtimeShift => 0;
    public static uint DtimeMask => 0;
    public static bool IsSpecial(uint record) => (int)record < 0;
    public static Vector256<uint> Specials(Vector256<uint> records) => records;
    public static uint OverflowMask => 0xFE000000;
    public static uint OverflowBits => 0xFE000000;

    public static short? Meaning(uint record, out uint tag)
    {
        tag = record & TagMask;
        return (record >> 25 & 0x3F) switch
        {
            0 => Channels.Sync,
            <= 15 and var bits => (short)(Channels.MarkerBase + bits),
            _ => null,
        };
    }
}

/// <summary>HydraHarp and everything after it, T3: special 31, channel 30..25, dtime 24..10, sync count 9..0.</summary>
readonly struct Ht3 : IRecordLayout
{
    public static uint TagMask => 0x3FF;
    public static int ChannelShift => 25;
    public static bool HasDtime => true;
    public static int DtimeShift => 10;
    public static uint DtimeMask => 0x7FFF;
    public static bool IsSpecial(uint record) => (int)record < 0;
    public static Vector256<uint> Specials(Vector256<uint> records) => records;
    public static uint OverflowMask => 0xFE000000;
    public static uint OverflowBits => 0xFE000000;

    public static short? Meaning(uint record, out uint tag)
    {
        tag = record & TagMask;
        return (record >> 25 & 0x3F) switch
        {
            >= 1 and <= 15 and var bits => (short)(Channels.MarkerBase + bits),
            _ => null,
        };
    }
}

/// <summary>PicoHarp 300 T2: channel 31..28 (photons 0..4), tag 27..0. Channel 15 with four low bits 0 is an overflow, else a marker.</summary>
readonly struct Pt2 : IRecordLayout
{
    public static uint TagMask => 0xFFFFFFF;
    public static int ChannelShift => 28;
    public static bool HasDtime => false;
    public static int DtimeShift => 0;
    public static uint DtimeMask => 0;
    public static bool IsSpecial(uint record) => record >> 28 > 4;

    // Highest bit: set from channel 8 on anyway; channels 5..7 are lifted over it by adding 3.
    public static Vector256<uint> Specials(Vector256<uint> records) => records | records + Vector256.Create(3u << 28);

    public static uint OverflowMask => 0xF000000F;
    public static uint OverflowBits => 0xF0000000;

    public static short? Meaning(uint record, out uint tag)
    {
        // The marker's bits stand in the lowest four bits of its tag, so that its time is good to 16 units only.
        tag = record & TagMask & ~15u;
        return record >> 28 == 15 ? (short)(Channels.MarkerBase + (record & 15)) : null;
    }
}

/// <summary>PicoHarp 300 T3: channel 31..28 (photons 1..4), dtime 27..16, sync count 15..0. Channel 15 with dtime 0 is an overflow, else a marker.</summary>
readonly struct Pt3 : IRecordLayout
{
    public static uint TagMask => 0xFFFF;
    public static int ChannelShift => 28;
    public static bool HasDtime => true;
    public static int DtimeShift => 16;
    public static uint DtimeMask => 0xFFF;
    public static bool IsSpecial(uint record) => record - (1u << 28) >= 4u << 28;

    // As in T2, for channel less 1: channel 0 wraps round to 15.
    public static Vector256<uint> Specials(Vector256<uint> records)
    {
        var lowered = records - Vector256.Create(1u << 28);
        return lowered | lowered + Vector256.Create(4u << 28);
    }

    public static uint OverflowMask => 0xFFFF0000;
    public static uint OverflowBits => 0xF0000000;

    public static short? Meaning(uint record, out uint tag)
    {
        tag = record & TagMask;
        return record >> 28 == 15 ? (short)(Channels.MarkerBase + (record >> 16 & 0xFFF)) : null;
    }
}

/// <summary>Where the clock of a record stream stands, and what was met on the way.</summary>
struct RecordClock
{
    /// <summary>Ticks of one wrap.</summary>
    public long Wrap;

    /// <summary>True where an overflow record stands for one wrap whatever its count says (PicoHarp, HydraHarp V1).</summary>
    public bool AlwaysOne;

    /// <summary>Ticks of all wraps so far, and where they began.</summary>
    public long Offset, Start;

    public long OverflowRecords, Wraps;

    /// <summary>Wraps if the counts were believed (count 0 as 1); differs from <see cref="Wraps"/> only where they are not.</summary>
    public long CountedWraps;

    /// <summary>Overflow records with a count other than 0.</summary>
    public long CountedRecords;

    public long SyncEvents, Markers, Undefined;

    /// <summary>First record of no known meaning; -1 where there is none.</summary>
    public long FirstUndefined;

    /// <summary>The clock came near the end of 64 bits; nothing behind can be believed.</summary>
    public bool Full;

    /// <summary>Adds what was met in the records directly behind.</summary>
    public void Join(in RecordClock next)
    {
        if (Undefined == 0) FirstUndefined = next.FirstUndefined;
        OverflowRecords += next.OverflowRecords;
        Wraps += next.Wraps;
        CountedWraps += next.CountedWraps;
        CountedRecords += next.CountedRecords;
        SyncEvents += next.SyncEvents;
        Markers += next.Markers;
        Undefined += next.Undefined;
        (Offset, Full) = (next.Offset, next.Full);
    }
}

/// <summary>Turns PicoQuant's 32-bit records into events.</summary>
static class PicoQuantRecords
{
    /// <summary>Beyond this the next overflow record could leave 64 bits (largest count times largest wrap is 2^50).</summary>
    public const long ClockEnd = long.MaxValue - (1L << 51);

    /// <summary>Decodes records until they or the room for events are used up.</summary>
    /// <param name="records">Raw records, little-endian.</param>
    /// <param name="time">Room for ticks, shape (capacity), at least 8.</param>
    /// <param name="channel">Room for channels, shape (capacity).</param>
    /// <param name="dtime">Room for micro times, shape (capacity); not used by layouts without.</param>
    /// <param name="clock">Goes on from batch to batch.</param>
    /// <param name="first">Index of the first record in the file.</param>
    /// <param name="events">Events written.</param>
    /// <returns>Records used.</returns>
    /// <remarks>
    /// Photons come in runs between special records. Eight records are decoded as if all were photons and stored; of them
    /// as many count as stand before the first special one. So the usual record costs an eighth of a vector step and the
    /// processor has nothing to guess but the end of a run.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Decode<TLayout>(ReadOnlySpan<uint> records, Span<long> time, Span<short> channel, Span<int> dtime,
        ref RecordClock clock, long first, out int events)
        where TLayout : struct, IRecordLayout
    {
        var capacity = Math.Min(time.Length, channel.Length);
        if (TLayout.HasDtime) capacity = Math.Min(capacity, dtime.Length);

        ref var r = ref MemoryMarshal.GetReference(records);
        ref var t = ref MemoryMarshal.GetReference(time);
        ref var c = ref Unsafe.As<short, ushort>(ref MemoryMarshal.GetReference(channel));
        ref var d = ref MemoryMarshal.GetReference(dtime);

        var count = records.Length;
        var offset = clock.Offset;
        var i = 0;
        var n = 0;

        if (Vector256.IsHardwareAccelerated)
        {
            var tagMask = Vector256.Create(TLayout.TagMask);
            var dtimeMask = Vector256.Create(TLayout.DtimeMask);
            while (i <= count - 8 && n <= capacity - 8)
            {
                var v = Vector256.LoadUnsafe(ref r, (nuint)i);
                var specials = TLayout.Specials(v).ExtractMostSignificantBits();

                var tag = v & tagMask;
                var from = Vector256.Create(offset);
                (Vector256.WidenLower(tag).AsInt64() + from).StoreUnsafe(ref t, (nuint)n);
                (Vector256.WidenUpper(tag).AsInt64() + from).StoreUnsafe(ref t, (nuint)n + 4);
                var code = v >>> TLayout.ChannelShift;
                Vector128.Narrow(code.GetLower(), code.GetUpper()).StoreUnsafe(ref c, (nuint)n);
                if (TLayout.HasDtime)
                    (v >>> TLayout.DtimeShift & dtimeMask).AsInt32().StoreUnsafe(ref d, (nuint)n);

                if (specials == 0)
                {
                    i += 8;
                    n += 8;
                    continue;
                }
                var photons = BitOperations.TrailingZeroCount(specials);
                i += photons;
                n += photons;
                if (!TakeSpecial<TLayout>(Unsafe.Add(ref r, i), ref clock, ref offset, first + i, ref t, ref c, ref d, ref n)) break;
                i++;
            }
        }

        while (i < count && n < capacity && !clock.Full)
        {
            var record = Unsafe.Add(ref r, i);
            if (TLayout.IsSpecial(record))
            {
                if (!TakeSpecial<TLayout>(record, ref clock, ref offset, first + i, ref t, ref c, ref d, ref n)) break;
            }
            else
            {
                Unsafe.Add(ref t, n) = offset + (record & TLayout.TagMask);
                Unsafe.Add(ref c, n) = (ushort)(record >> TLayout.ChannelShift);
                if (TLayout.HasDtime) Unsafe.Add(ref d, n) = (int)(record >> TLayout.DtimeShift & TLayout.DtimeMask);
                n++;
            }
            i++;
        }

        clock.Offset = offset;
        events = n;
        return i;
    }

    /// <summary>Takes a record that is no photon; false where the clock has come to its end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool TakeSpecial<TLayout>(uint record, ref RecordClock clock, ref long offset, long index,
        ref long t, ref ushort c, ref int d, ref int n)
        where TLayout : struct, IRecordLayout
    {
        if (IsOverflow<TLayout>(record))
        {
            if (offset > ClockEnd)
            {
                clock.Full = true;
                return false;
            }
            clock.OverflowRecords++;
            var told = clock.AlwaysOne && !CarriesCount<TLayout>() ? 0 : record & TLayout.TagMask;
            long wraps = told == 0 ? 1 : told;
            clock.CountedWraps += wraps;
            if (told != 0) clock.CountedRecords++;
            if (clock.AlwaysOne) wraps = 1;
            clock.Wraps += wraps;
            offset += wraps * clock.Wrap;
            return true;
        }

        if (TLayout.Meaning(record, out var tag) is { } channel)
        {
            Unsafe.Add(ref t, n) = offset + tag;
            Unsafe.Add(ref c, n) = (ushort)channel;
            if (TLayout.HasDtime) Unsafe.Add(ref d, n) = 0;
            n++;
            if (channel == Channels.Sync) clock.SyncEvents++;
            else clock.Markers++;
        }
        else
        {
            if (clock.Undefined++ == 0) clock.FirstUndefined = index;
        }
        return true;
    }

    /// <summary>PicoHarp overflow records never count; the bits of their tag mean nothing.</summary>
    static bool CarriesCount<TLayout>() => typeof(TLayout) == typeof(Ht2) || typeof(TLayout) == typeof(Ht3);

    static bool IsOverflow<TLayout>(uint record) where TLayout : struct, IRecordLayout =>
        (record & TLayout.OverflowMask) == TLayout.OverflowBits;

    /// <summary>Channel of all records with a code (what stands from the channel's bits upwards); null where the code alone does not tell.</summary>
    public static short? ChannelOf<TLayout>(uint code) where TLayout : struct, IRecordLayout
    {
        var record = code << TLayout.ChannelShift;
        return !TLayout.IsSpecial(record) ? (short)code
            : CarriesCount<TLayout>() && !IsOverflow<TLayout>(record) ? TLayout.Meaning(record, out _)
            : null;
    }

    /// <summary>Wraps that the overflow records among these stand for; all others are passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long CountWraps<TLayout>(ReadOnlySpan<uint> records, bool alwaysOne)
        where TLayout : struct, IRecordLayout
    {
        alwaysOne |= !CarriesCount<TLayout>();
        ref var r = ref MemoryMarshal.GetReference(records);
        var wraps = 0L;
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var one = Vector256<uint>.One;
            // An overflow record that always stands for one wrap is one whose count is not looked at.
            var countMask = Vector256.Create(alwaysOne ? 0 : TLayout.TagMask);
            var mask = Vector256.Create(TLayout.OverflowMask);
            var bits = Vector256.Create(TLayout.OverflowBits);
            while (i <= records.Length - Group)
            {
                var (sum, more) = (Vector256<uint>.Zero, Vector256<uint>.Zero);
                for (var k = i; k < i + Group; k += 16)
                {
                    var v = Vector256.LoadUnsafe(ref r, (nuint)k);
                    var w = Vector256.LoadUnsafe(ref r, (nuint)k + 8);
                    sum += Vector256.Max(v & countMask, one) & Vector256.Equals(v & mask, bits);
                    more += Vector256.Max(w & countMask, one) & Vector256.Equals(w & mask, bits);
                }
                wraps += Vector256.Sum(sum + more);
                i += Group;
            }
        }
        for (; i < records.Length; i++)
            if (IsOverflow<TLayout>(records[i])) wraps += alwaysOne ? 1 : Math.Max(1, records[i] & TLayout.TagMask);
        return wraps;
    }

    /// <summary>Records counted at a time: so many counts of 25 bits fit into 32.</summary>
    public const int Group = 64;

    /// <summary>Counts records by their code as long as none has another code than these and all certainly lie before a tick.</summary>
    /// <param name="clock">Goes on; of its counts only the wraps.</param>
    /// <param name="end">First tick that is too late.</param>
    /// <param name="codes">Four codes, see <see cref="ChannelOf"/>; one that cannot occur where there are fewer.</param>
    /// <param name="counts">Receives their numbers, added.</param>
    /// <returns>Records counted, whole groups.</returns>
    /// <remarks>No record is looked at alone: a group has its wraps and its codes summed side by side, so photons and overflows may mix as they like.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Count<TLayout>(ReadOnlySpan<uint> records, ref RecordClock clock, long end, ReadOnlySpan<uint> codes, Span<long> counts)
        where TLayout : struct, IRecordLayout
    {
        if (!Vector256.IsHardwareAccelerated) return 0;
        var latest = Math.Min(end - TLayout.TagMask - 1, ClockEnd); // where the clock may stand behind a group
        var alwaysOne = clock.AlwaysOne || !CarriesCount<TLayout>();
        var one = Vector256<uint>.One;
        var countMask = Vector256.Create(alwaysOne ? 0 : TLayout.TagMask);
        var mask = Vector256.Create(TLayout.OverflowMask);
        var bits = Vector256.Create(TLayout.OverflowBits);
        var (code0, code1, code2, code3) = (Vector256.Create(codes[0]), Vector256.Create(codes[1]), Vector256.Create(codes[2]), Vector256.Create(codes[3]));
        var (sum0, sum1, sum2, sum3) = (Vector256<uint>.Zero, Vector256<uint>.Zero, Vector256<uint>.Zero, Vector256<uint>.Zero);
        var (offset, wraps) = (clock.Offset, 0L);
        ref var r = ref MemoryMarshal.GetReference(records);
        var i = 0;
        // A lane of a sum gains at most one for eight records, so that it cannot overflow within a span.
        for (; i <= records.Length - Group; i += Group)
        {
            var (before0, before1, before2, before3) = (sum0, sum1, sum2, sum3);
            var group = Vector256<uint>.Zero;
            var known = Vector256<uint>.AllBitsSet;
            for (var k = i; k < i + Group; k += 8)
            {
                var v = Vector256.LoadUnsafe(ref r, (nuint)k);
                var isOverflow = Vector256.Equals(v & mask, bits);
                group += Vector256.Max(v & countMask, one) & isOverflow;
                var code = v >>> TLayout.ChannelShift;
                var (is0, is1, is2, is3) = (Vector256.Equals(code, code0), Vector256.Equals(code, code1), Vector256.Equals(code, code2), Vector256.Equals(code, code3));
                sum0 -= is0;
                sum1 -= is1;
                sum2 -= is2;
                sum3 -= is3;
                known &= isOverflow | is0 | is1 | is2 | is3;
            }

            var more = (long)Vector256.Sum(group);
            if (known != Vector256<uint>.AllBitsSet || more * clock.Wrap > latest - offset)
            {
                (sum0, sum1, sum2, sum3) = (before0, before1, before2, before3);
                break;
            }
            offset += more * clock.Wrap;
            wraps += more;
        }

        clock.Offset = offset;
        clock.Wraps += wraps;
        counts[0] += Vector256.Sum(sum0);
        counts[1] += Vector256.Sum(sum1);
        counts[2] += Vector256.Sum(sum2);
        counts[3] += Vector256.Sum(sum3);
        return i;
    }

    /// <summary>Adds one to the place that the bits above the sync count of each record name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void CountDtimes<TLayout>(ReadOnlySpan<uint> records, DtimeTable into)
        where TLayout : struct, IRecordLayout
    {
        uint* a = into.Even, b = into.Odd;
        var shift = TLayout.DtimeShift;
        fixed (uint* start = records)
        {
            var end = start + (records.Length & ~3);
            for (var r = start; r < end; r += 4)
            {
                a[r[0] >> shift]++;
                b[r[1] >> shift]++;
                a[r[2] >> shift]++;
                b[r[3] >> shift]++;
            }

            for (var i = records.Length & ~3; i < records.Length; i++) a[start[i] >> shift]++;
        }
    }

    /// <summary>Index of the record that holds a given event of a batch.</summary>
    public static int RecordOf<TLayout>(ReadOnlySpan<uint> records, int wanted)
        where TLayout : struct, IRecordLayout
    {
        for (var i = 0; i < records.Length; i++)
        {
            var isEvent = !TLayout.IsSpecial(records[i])
                || (!IsOverflow<TLayout>(records[i]) && TLayout.Meaning(records[i], out _) is not null);
            if (isEvent && wanted-- == 0) return i;
        }
        return records.Length;
    }

    /// <summary>Events whose tick is smaller than that of the event before.</summary>
    /// <param name="time">Ticks of a batch, shape (n).</param>
    /// <param name="before">Tick of the event before the batch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int CountBackwardSteps(ReadOnlySpan<long> time, long before)
    {
        if (time.IsEmpty) return 0;
        var steps = time[0] < before ? 1 : 0;
        var i = 1;
        ref var t = ref MemoryMarshal.GetReference(time);
        if (Vector256.IsHardwareAccelerated)
        {
            var lanes = Vector256<long>.Zero;
            for (; i <= time.Length - 4; i += 4)
                lanes -= Vector256.LessThan(Vector256.LoadUnsafe(ref t, (nuint)i), Vector256.LoadUnsafe(ref t, (nuint)i - 1));
            steps += (int)Vector256.Sum(lanes);
        }
        for (; i < time.Length; i++)
            if (time[i] < time[i - 1]) steps++;
        return steps;
    }

    /// <summary>How many values exceed a limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int CountAbove(ReadOnlySpan<int> values, int limit)
    {
        var above = 0;
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref var v = ref MemoryMarshal.GetReference(values);
            var lanes = Vector256<int>.Zero;
            var limits = Vector256.Create(limit);
            for (; i <= values.Length - 8; i += 8)
                lanes -= Vector256.GreaterThan(Vector256.LoadUnsafe(ref v, (nuint)i), limits);
            above = Vector256.Sum(lanes);
        }
        for (; i < values.Length; i++)
            if (values[i] > limit) above++;
        return above;
    }
}
