namespace PqdPortal.Analysis.Blinking;

/// <summary>Fluorescence lifetime-intensity distribution: how long the dot spent at each intensity and lifetime, from bins of time.</summary>
/// <remarks>Bins with fewer than 50 photons of signal have no lifetime to speak of and are left out; how long they last is told.</remarks>
public sealed class Flid
{
    /// <summary>Fewer photons of signal tell no lifetime.</summary>
    public const int LeastSignal = 50;

    /// <summary>Cells along each axis.</summary>
    public const int Columns = 80, Rows = 80;

    readonly DelayMoment _moment;
    readonly double _background;
    readonly long[] _bins = new long[Columns * Rows];

    // A column holds so many counts, whole ones: with a broken number some columns would hold one more than their neighbours, and stand out.
    readonly int _counts, _first;

    /// <param name="bin">Length of a bin of time [s].</param>
    /// <param name="background">[1/s]</param>
    /// <param name="brightest">Where the axis of intensity may end at the earliest, background taken off [1/s].</param>
    /// <param name="longest">End of the axis of lifetime [s].</param>
    public Flid(DelayMoment moment, double bin, double background, double brightest, double longest)
    {
        (_moment, Bin, _background, Longest) = (moment, bin, background, longest);
        _counts = (int)Math.Clamp(Math.Ceiling(brightest * bin / Columns), 1, int.MaxValue / Columns / 2);
        _first = (int)Math.Min(Math.Floor(background * bin), int.MaxValue / 2);
    }

    public double Bin { get; }
    public double Longest { get; }

    /// <summary>Bins in the map.</summary>
    public long Inside { get; private set; }

    /// <summary>Bins with some photons, but too few.</summary>
    public long Dim { get; private set; }

    /// <summary>Bins beyond the axes.</summary>
    public long Beyond { get; private set; }

    /// <summary>Bins of time in a cell.</summary>
    public long this[int column, int row] => _bins[row * Columns + column];

    /// <summary>A bin of time is over.</summary>
    /// <param name="sum">Sum of its photons' weights.</param>
    public void Add(int photons, double sum)
    {
        var background = _background * Bin;
        var signal = photons - background;
        if (signal < LeastSignal)
        {
            Dim++;
            return;
        }

        var (column, row) = ((photons - _first) / _counts, _moment.Of(photons, sum, background) is { } lifetime ? (int)(lifetime.Tau / Longest * Rows) : Rows);
        if (column >= Columns || row >= Rows)
        {
            Beyond++;
            return;
        }

        _bins[row * Columns + column]++;
        Inside++;
    }

    /// <summary>One row a cell, empty rows and columns beyond the last filled ones left out.</summary>
    public Curve Map()
    {
        var (columns, rows) = (0, 0);
        for (var row = 0; row < Rows; row++)
            for (var column = 0; column < Columns; column++)
                if (this[column, row] > 0)
                    (columns, rows) = (Math.Max(columns, column + 1), Math.Max(rows, row + 1));
        var (x, y, time) = (new List<double?>(), new List<double?>(), new List<double?>());
        for (var column = 0; column < columns; column++)
            for (var row = 0; row < rows; row++)
            {
                x.Add(Math.Round((_first + (double)column * _counts + (_counts - 1) / 2.0 - _background * Bin) / Bin, 6));
                y.Add(Math.Round((row + 0.5) * Longest / Rows * 1e9, 9));
                time.Add(Math.Round(this[column, row] * Bin, 9));
            }

        return new("flid", new("intensity", "cps", x), new("time", "s", time)) { More = new Dictionary<string, Series> { ["lifetime"] = new("lifetime", "ns", y) } };
    }
}
