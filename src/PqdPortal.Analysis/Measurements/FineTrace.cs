using System.Runtime.InteropServices;

namespace PqdPortal.Analysis.Measurements;

/// <summary>Photons of a run in equal bins so short that a page can look into it at any zoom: what a screen asks for is summed up from here.</summary>
/// <remarks>
/// Bins of one millisecond, or twice, four times ... as long where more than <see cref="MostBins"/> of them would be needed: 1 ms up to an
/// hour, 32 ms for a day. A window of it is answered by going over its bins once; what is finer is read from the file (<see cref="TraceReader"/>).
/// </remarks>
public sealed class FineTrace
{
    /// <summary>Bins kept at most: 16 MB.</summary>
    public const int MostBins = 1 << 22;

    /// <summary>Where there is room for it [s].</summary>
    public const double Usual = 1e-3;

    readonly uint[] _counts;

    /// <param name="counts">Photons of each bin from the beginning, shape (bins).</param>
    /// <param name="binTicks">Length of a bin [ticks].</param>
    /// <param name="tick">Length of a tick [s].</param>
    /// <param name="end">How long was measured [s].</param>
    public FineTrace(uint[] counts, long binTicks, double tick, double end) => (_counts, BinTicks, Tick, End) = (counts, binTicks, tick, end);

    public long BinTicks { get; }
    public double Tick { get; }

    /// <summary>How long was measured [s].</summary>
    public double End { get; }

    /// <summary>Length of a bin [s].</summary>
    public double Bin => BinTicks * Tick;

    public ReadOnlySpan<uint> Counts => _counts;

    /// <summary>Memory it takes [bytes].</summary>
    public long Size => 4L * _counts.Length;

    /// <summary>Counts what a stream holds, in one pass.</summary>
    /// <param name="channels">Detectors whose photons count; null for all.</param>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick or the measurement is.</exception>
    public static FineTrace Of(PhotonStream photons, IReadOnlyList<int>? channels = null, int threads = 1, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        if (photons.Tick is not { } tick || !(tick > 0))
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so a trace in seconds cannot be counted.");
        var counter = new FineTraceCounter(tick, channels);
        var pass = photons.Read(counter, null, threads, progress, stop);
        var time = AcquisitionTime.Of(photons, pass, counter.Latest);
        if (time.Seconds is not { } seconds || !(seconds > 0))
            throw new InsufficientDataException("Neither the header nor the records say how long was measured, so there is no trace.");
        return new(counter.Counts(), counter.BinTicks, tick, seconds);
    }

    /// <summary>What a screen shows of a stretch.</summary>
    /// <param name="from">Its beginning [s].</param>
    /// <param name="to">Its end [s].</param>
    /// <param name="points">Columns of the screen.</param>
    /// <param name="bin">Length of the bins whose lowest and highest are told [s]; shorter where the stretch is so short that a column holds less.</param>
    public TraceWindow Look(double from, double to, int points, double bin)
    {
        (from, to) = (Math.Clamp(from, 0, End), Math.Clamp(to, 0, End));
        var column = (to - from) / Math.Max(1, points);
        var fine = Math.Max(1, (long)Math.Round(Shown(bin, column) / Bin));
        var wide = fine * Math.Max(1, (long)Math.Ceiling(column / (fine * Bin) - 1e-9));
        return Window(_counts, 0, from, to, fine, wide, Bin, End);
    }

    /// <summary>Bins as asked, or where a column is shorter, of the next round length that fills it: 1, 2, 5, 10 ...</summary>
    internal static double Shown(double bin, double column)
    {
        if (!(column > 0) || column >= bin) return bin;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(column) + 1e-9));
        var parts = column / unit;
        return Math.Min(bin, unit * (parts < 1.0001 ? 1 : parts < 2.0001 ? 2 : parts < 5.0001 ? 5 : 10));
    }

    /// <summary>Sums up bins.</summary>
    /// <param name="counts">Photons of each short bin.</param>
    /// <param name="origin">Place of the first of them, in short bins from the beginning of the trace.</param>
    /// <param name="fine">Short bins of one whose extremes are told.</param>
    /// <param name="wide">Short bins of a column; whole multiples of <paramref name="fine"/>.</param>
    /// <param name="width">Length of a short bin [s].</param>
    /// <param name="end">Where the measurement ends [s].</param>
    internal static TraceWindow Window(ReadOnlySpan<uint> counts, long origin, double from, double to, long fine, long wide, double width, double end)
    {
        var first = (long)Math.Floor(from / (wide * width) + 1e-9);
        var columns = (int)Math.Max(0, (long)Math.Ceiling(to / (wide * width) - 1e-9) - first);
        // A fine bin that the measurement does not fill would look like a dimmer one.
        var whole = (long)Math.Floor(end / width + 1e-6);
        var (photons, mean, low, high) = (new long[columns], new double[columns], new double[columns], new double[columns]);
        var kept = columns;
        for (var k = 0; k < columns; k++)
        {
            var begin = (first + k) * wide;
            long sum = 0, least = long.MaxValue, most = -1;
            for (var at = begin; at < begin + wide; at += fine)
            {
                long n = 0;
                var (a, b) = (Math.Max(at - origin, 0), Math.Min(at + fine - origin, counts.Length));
                for (var i = a; i < b; i++) n += counts[(int)i];
                sum += n;
                if (at + fine > whole) continue;
                (least, most) = (Math.Min(least, n), Math.Max(most, n));
            }

            var lasts = Math.Min((begin + wide) * width, end) - begin * width;
            // What is left at the end is shorter than anything that was asked for.
            if (lasts < 0.5 * fine * width && k == columns - 1)
            {
                kept = k;
                break;
            }

            (photons[k], mean[k]) = (sum, sum / lasts);
            (low[k], high[k]) = most < 0 ? (mean[k], mean[k]) : (least / (fine * width), most / (fine * width));
        }

        return new(first * wide * width, wide * width, fine * width, end, photons[..kept], mean[..kept], low[..kept], high[..kept]);
    }

    const uint Mark = 0x31525450; // "PTR1"

    /// <summary>Writes it down.</summary>
    public void Write(Stream to)
    {
        using var writer = new BinaryWriter(to, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(Mark);
        writer.Write(BinTicks);
        writer.Write(Tick);
        writer.Write(End);
        writer.Write(_counts.Length);
        writer.Write(MemoryMarshal.AsBytes(_counts.AsSpan()));
    }

    /// <exception cref="InvalidDataException">These are other bytes.</exception>
    /// <exception cref="EndOfStreamException">Bytes are missing.</exception>
    public static FineTrace Read(Stream from)
    {
        using var reader = new BinaryReader(from, System.Text.Encoding.UTF8, leaveOpen: true);
        if (reader.ReadUInt32() != Mark) throw new InvalidDataException("This is no trace.");
        var (binTicks, tick, end, bins) = (reader.ReadInt64(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadInt32());
        if (bins is < 0 or > MostBins) throw new InvalidDataException("This is no trace.");
        var counts = new uint[bins];
        from.ReadExactly(MemoryMarshal.AsBytes(counts.AsSpan()));
        return new(counts, binTicks, tick, end);
    }
}

/// <summary>A stretch of a trace in columns of equal width.</summary>
/// <param name="From">Beginning of the first column [s].</param>
/// <param name="Width">Of a column [s].</param>
/// <param name="Bin">Of the bins whose lowest and highest rate are told [s].</param>
/// <param name="End">How long was measured [s].</param>
/// <param name="Photons">In each column, shape (columns).</param>
/// <param name="Mean">Rate of each column [1/s].</param>
/// <param name="Low">Lowest rate of its bins [1/s].</param>
/// <param name="High">Highest rate of its bins [1/s].</param>
public sealed record TraceWindow(double From, double Width, double Bin, double End, long[] Photons, double[] Mean, double[] Low, double[] High)
{
    /// <summary>Middle of a column [s].</summary>
    public double At(int column) => Math.Min(From + (column + 0.5) * Width, (From + column * Width + End) / 2);
}

/// <summary>Counts photons in bins that become twice as long whenever there would be too many of them: one pass, bounded memory, no need to know the end.</summary>
sealed class FineTraceCounter : IPartedConsumer
{
    /// <summary>What lies farther is a damaged clock [s].</summary>
    const double Farthest = 1e7;

    readonly bool[] _counted;
    readonly int _mostBins;
    readonly long _farthest;
    uint[] _counts = new uint[256];
    int _bins;

    public FineTraceCounter(double tick, IReadOnlyList<int>? channels, int mostBins = FineTrace.MostBins)
    {
        _mostBins = mostBins;
        _counted = new bool[Channels.MarkerBase];
        if (channels is null) Array.Fill(_counted, true);
        else foreach (var channel in channels.Where(c => c is >= 0 and < Channels.MarkerBase)) _counted[channel] = true;
        BinTicks = Math.Max(1, (long)Math.Round(FineTrace.Usual / tick));
        _farthest = (long)Math.Min(Farthest / tick, long.MaxValue / 4);
    }

    FineTraceCounter(FineTraceCounter like) =>
        (_mostBins, _counted, _farthest, BinTicks) = (like._mostBins, like._counted, like._farthest, like.BinTicks);

    /// <summary>Length of a bin so far [ticks].</summary>
    public long BinTicks { get; private set; }

    /// <summary>The latest photon of any channel [ticks]; null before there was one.</summary>
    public long? Latest { get; private set; }

    /// <summary>Photons of each bin up to the last that has one, shape (bins).</summary>
    public uint[] Counts() => _counts[.._bins];

    public void Add(in PhotonBatch batch)
    {
        var (begin, length, bin) = (0L, 0UL, 0);
        var latest = Latest ?? -1;
        for (var i = 0; i < batch.Count; i++)
        {
            var channel = batch.Channel[i];
            if (!Channels.IsPhoton(channel)) continue;
            var t = batch.Time[i];
            if (t < 0 || t > _farthest) continue;
            if (t > latest) latest = t;
            if (!_counted[channel]) continue;
            if ((ulong)(t - begin) >= length)
            {
                bin = Place(t);
                (begin, length) = (bin * BinTicks, (ulong)BinTicks);
            }
            _counts[bin]++;
        }
        if (latest >= 0) Latest = latest;
    }

    int Place(long t)
    {
        while (t / BinTicks >= _mostBins) Halve();
        var bin = (int)(t / BinTicks);
        if (bin >= _bins) _bins = bin + 1;
        if (bin >= _counts.Length) Array.Resize(ref _counts, (int)Math.Min(_mostBins, Math.Max(bin + 1L, 2L * _counts.Length)));
        return bin;
    }

    /// <summary>Every two bins become one.</summary>
    void Halve()
    {
        var left = (_bins + 1) / 2;
        for (var i = 0; i < left; i++) _counts[i] = _counts[2 * i] + (2 * i + 1 < _bins ? _counts[2 * i + 1] : 0);
        Array.Clear(_counts, left, _bins - left);
        (_bins, BinTicks) = (left, 2 * BinTicks);
    }

    public IPartedConsumer Fork() => new FineTraceCounter(this);

    public void Join(IReadOnlyList<IPartedConsumer> parts)
    {
        foreach (var part in parts.Cast<FineTraceCounter>())
        {
            while (part.BinTicks < BinTicks) part.Halve();
            while (BinTicks < part.BinTicks) Halve();
            if (part._bins > _counts.Length) Array.Resize(ref _counts, part._bins);
            _bins = Math.Max(_bins, part._bins);
            for (var i = 0; i < part._bins; i++) _counts[i] += part._counts[i];
            if (!(part.Latest <= Latest)) Latest = part.Latest ?? Latest;
        }
    }
}
