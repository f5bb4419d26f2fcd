using System.Runtime.InteropServices;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>A pass that counts micro times straight from the records, without writing an event down.</summary>
/// <remarks>
/// The bits above the sync count say channel and micro time at once, and whether a record is a photon at all; so every record, of
/// whatever kind, adds one to the place of a table that these bits name, and what the places mean is asked once at the end.
/// Neighbours use two tables by turns: two photons in the same bin would otherwise wait for each other. The clock needs the
/// overflow records alone, which are summed while the block lies in the cache.
/// </remarks>
static class CountingDtimes
{
    /// <returns>As of a usual pass, but that nobody looked for time that runs backwards; null where records are odd and have to be decoded to be told of, and then the counter is as it was.</returns>
    public static PassReport? Read(RecordStream stream, DecayCounter counter, int threads, IProgress<long>? progress, CancellationToken stop)
    {
        if (stream.Begin().DtimeBits is not { } bits) return null;
        var records = stream.RecordsToRead;
        var step = stream.RecordsOfChunk;
        var blocks = (records + step - 1) / step;
        threads = (int)Math.Clamp(blocks, 1, Math.Max(1, threads));
        if (blocks == 0) return null;

        var tables = new DtimeTable[threads];
        try
        {
            for (var k = 0; k < threads; k++) tables[k] = new DtimeTable(bits);
            var next = -1L;
            // The clock of the last block begins where all others have ended.
            var (ticks, lastTicks) = (new Int128[threads], (Int128)0);
            var whole = true;
            void Take(int k)
            {
                var pass = stream.Begin();
                var bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(step * stream.RecordBytes);
                var nextWord = Environment.TickCount64 + RecordPart.WordEvery;
                try
                {
                    while (Volatile.Read(ref whole) && Interlocked.Increment(ref next) is var block && block < blocks)
                    {
                        stop.ThrowIfCancellationRequested();
                        var first = block * step;
                        var wanted = (int)Math.Min(step, records - first) * stream.RecordBytes;
                        if (stream.ReadRecords(bytes.AsSpan(0, wanted), first) < wanted)
                        {
                            Volatile.Write(ref whole, false);
                            return;
                        }

                        var chunk = bytes.AsSpan(0, wanted);
                        pass.CountDtimes(chunk, tables[k]);
                        var wraps = pass.TicksOfOverflows(chunk);
                        ticks[k] += wraps;
                        if (block == blocks - 1) lastTicks = wraps;
                        if (k != 0 || progress is null || Environment.TickCount64 < nextWord) continue;
                        progress.Report(first);
                        nextWord = Environment.TickCount64 + RecordPart.WordEvery;
                    }
                }
                finally
                {
                    System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
                }
            }

            var others = Enumerable.Range(1, threads - 1).Select(k => Task.Run(() => Take(k), CancellationToken.None)).ToArray();
            try
            {
                Take(0);
            }
            catch
            {
                Volatile.Write(ref whole, false);
                try { Task.WaitAll(others, CancellationToken.None); }
                catch (AggregateException) { /* the first trouble is the one to tell */ }
                throw;
            }

            Task.WaitAll(others, CancellationToken.None);
            var clock = ticks.Aggregate((Int128)0, (sum, t) => sum + t);
            if (!whole || stream.Begin().Decoded(tables, records) is not { } found || LastEvents(stream, blocks, clock - lastTicks) is not { IsComplete: true } last) return null;

            foreach (var (channel, dtime, count) in found.Photons) counter.Add(channel, dtime, count);
            if (last.Tick is { } tick) counter.Saw(tick);
            progress?.Report(records);
            return Report(stream, found, (long)clock, last.Tick);
        }
        finally
        {
            foreach (var table in tables) table?.Dispose();
        }
    }

    /// <summary>Decodes the last block for the latest event; not complete where the clock has come to its end.</summary>
    static (bool IsComplete, long? Tick) LastEvents(RecordStream stream, long blocks, Int128 start)
    {
        if (!stream.Begin().StartAt(start)) return (false, null);
        var latest = new Latest();
        var part = new RecordPart(stream, (blocks - 1) * stream.RecordsOfChunk, stream.RecordsToRead, (long)start);
        part.Read(latest, false, null, CancellationToken.None);
        return (part.IsComplete, latest.Tick);
    }

    static PassReport Report(RecordStream stream, DtimeCounts found, long clock, long? lastTick)
    {
        var findings = new FindingList();
        if (stream.LastDtimeOfPeriod is { } limit)
        {
            long photons = 0, late = 0;
            foreach (var (_, dtime, count) in found.Photons)
            {
                photons += count;
                if (dtime > limit) late += count;
            }

            RecordPart.TellOfDtimes(stream, late, photons, findings);
        }

        return new(stream.RecordsToRead, found.Overflows, found.Wraps(clock), Math.Max(clock, lastTick ?? long.MinValue), findings.ToList());
    }

    sealed class Latest : IPhotonConsumer
    {
        public long? Tick { get; private set; }

        public void Add(in PhotonBatch batch)
        {
            foreach (var t in batch.Time)
                if (!(t <= Tick)) Tick = t;
        }
    }
}

/// <summary>What a table of micro times held.</summary>
/// <param name="Photons">Channel, micro time and how many.</param>
/// <param name="Overflows">Overflow records.</param>
/// <param name="Wrap">Ticks of one wrap.</param>
sealed record DtimeCounts(IReadOnlyList<(int Channel, int Dtime, long Count)> Photons, long Overflows, long Wrap)
{
    public long Wraps(long clock) => clock / Wrap;
}

/// <summary>A place for every value of the bits above the sync count, twice. Pages that nothing names are never touched.</summary>
sealed unsafe class DtimeTable(int bits) : IDisposable
{
    uint* _even = (uint*)NativeMemory.AllocZeroed((nuint)1 << bits, sizeof(uint));
    uint* _odd = (uint*)NativeMemory.AllocZeroed((nuint)1 << bits, sizeof(uint));

    public uint* Even => _even;
    public uint* Odd => _odd;

    public long this[int place] => (long)_even[place] + _odd[place];

    public void Dispose()
    {
        NativeMemory.Free(_even);
        NativeMemory.Free(_odd);
        _even = _odd = null;
    }
}
