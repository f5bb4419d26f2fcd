using System.Buffers;

namespace PqdPortal.Analysis.Readers;

/// <summary>Where the clock of a record stream stands at every so many records.</summary>
/// <param name="Step">Records from one entry to the next.</param>
/// <param name="Starts">Ticks of all wraps before the first record of each entry. The last entry goes on to the end of the stream.</param>
/// <param name="Reach">Largest distance of an event's tick from the clock [ticks].</param>
/// <param name="End">Records of the stream.</param>
/// <remarks>
/// The clock never goes back, so an event of a time range stands in an entry whose clock, from its first record to its last,
/// comes within the reach of that range: also where events are out of order. Eight bytes an entry, one for each chunk that is read.
/// </remarks>
sealed record RecordIndex(int Step, long[] Starts, long Reach, long End)
{
    public int Count => Starts.Length;

    public long RecordAt(int entry) => (long)entry * Step;

    /// <summary>The clock at a record at which an entry begins.</summary>
    public long StartOf(long record) => Starts[record / Step];

    /// <summary>The records that can hold an event of a time range.</summary>
    /// <param name="from">First tick.</param>
    /// <param name="to">First tick behind the range.</param>
    public (long First, long End) RecordsOf(long from, long to)
    {
        // The first entry whose last clock reaches the range, which is the one before the first that begins so late.
        var first = Math.Max(0, FirstFrom(from - Reach) - 1);
        var behind = FirstFrom(to);
        return (RecordAt(first), behind >= Count ? End : RecordAt(Math.Max(behind, first)));
    }

    /// <summary>The first entry whose clock stands at a tick or behind it; the number of entries where there is none.</summary>
    int FirstFrom(long tick)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Starts[middle] >= tick) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /// <summary>Goes once over the records, looking at overflows alone; null where there is no clock to know.</summary>
    public static RecordIndex? Make(RecordStream stream, CancellationToken stop)
    {
        var pass = stream.Begin();
        if (pass.Reach is not { } reach || reach == 0) return null;
        var step = stream.RecordsOfChunk;
        var end = stream.RecordsToRead;
        var starts = new List<long>();
        var bytes = ArrayPool<byte>.Shared.Rent(step * stream.RecordBytes);
        try
        {
            Int128 offset = 0;
            for (long record = 0; record < end; record += step)
            {
                stop.ThrowIfCancellationRequested();
                // The clock came to its end within the entry before, which therefore is the last.
                if (record > 0 && !stream.Begin().StartAt(offset)) break;
                starts.Add((long)offset);
                var wanted = (int)Math.Min(step, end - record) * stream.RecordBytes;
                var got = stream.ReadRecords(bytes.AsSpan(0, wanted), record);
                if (got < wanted) break;
                offset += pass.TicksOfOverflows(bytes.AsSpan(0, got));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
        return new(step, starts.Count == 0 ? [0] : [.. starts], reach, end);
    }
}
