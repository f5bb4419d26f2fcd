using System.Globalization;
using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Runs.Views;

/// <summary>What a file holds as comma-separated values, nothing thinned, with lines in front that say where it comes from.</summary>
public static class MeasurementCsv
{
    /// <summary>Curves or spectra beside one another: an axis wherever it changes, then the values on it.</summary>
    /// <param name="show">Number of the only one that is wanted, from 1; null takes all.</param>
    public static Task Write(Stream to, Measurement measurement, int? show, IReadOnlyList<string> from, CancellationToken stop)
    {
        var columns = measurement switch
        {
            HistogramSet histograms => Of(histograms, show),
            SpectrumSet spectra => Of(spectra, show),
            _ => [],
        };
        return Write(to, from, columns, stop);
    }

    /// <summary>One frame of an image, a line of values for each row of pixels.</summary>
    public static async Task Write(Stream to, double[] values, int columns, IReadOnlyList<string> from, CancellationToken stop)
    {
        await using var text = Begin(to, from);
        var line = new StringBuilder();
        for (var row = 0; row < values.Length / columns; row++)
        {
            stop.ThrowIfCancellationRequested();
            line.Clear().AppendJoin(',', values.Skip(row * columns).Take(columns).Select(value => CsvText.Number(value))).Append("\r\n");
            await text.WriteAsync(line, stop);
        }
    }

    static async Task Write(Stream to, IReadOnlyList<string> from, IReadOnlyList<Column> columns, CancellationToken stop)
    {
        await using var text = Begin(to, from);
        await text.WriteAsync(string.Join(',', columns.Select(column => CsvText.Quoted(CsvText.Harmless(column.Head)))) + "\r\n");
        var line = new StringBuilder();
        for (var row = 0; row < columns.Max(column => column.Length); row++)
        {
            stop.ThrowIfCancellationRequested();
            line.Clear().AppendJoin(',', columns.Select(column => row < column.Length ? column.At(row) : "")).Append("\r\n");
            await text.WriteAsync(line, stop);
        }
    }

    static StreamWriter Begin(Stream to, IReadOnlyList<string> from)
    {
        var text = new StreamWriter(to, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        foreach (var line in from) text.Write(line);
        return text;
    }

    static IReadOnlyList<Column> Of(HistogramSet set, int? show)
    {
        var columns = new List<Column>();
        HistogramCurve? before = null;
        foreach (var (i, curve) in set.Curves.Index().Where(one => show is null || one.Index == show - 1))
        {
            if (before is null || before.BinWidth != curve.BinWidth || before.Start != curve.Start || before.Counts.Length != curve.Counts.Length)
                columns.Add(curve.BinWidth is { } width
                    ? new("left edge of the bin [s]", curve.Counts.Length, row => CsvText.Number(curve.Start + row * width))
                    : new("bin", curve.Counts.Length, row => row.ToString(CultureInfo.InvariantCulture)));
            columns.Add(new(CsvText.Head(HistogramFigure.NameOf(curve.Name, curve.Channel, i), "counts"), curve.Counts.Length, row => curve.Counts[row].ToString(CultureInfo.InvariantCulture)));
            before = curve;
        }
        return columns;
    }

    static IReadOnlyList<Column> Of(SpectrumSet set, int? show)
    {
        var columns = new List<Column>();
        double[]? before = null;
        foreach (var (i, spectrum) in set.Spectra.Index().Where(one => show is null || one.Index == show - 1))
        {
            if (before is null || before != spectrum.X && !before.AsSpan().SequenceEqual(spectrum.X))
                columns.Add(new(CsvText.Head(SpectrumFigure.AxisName(set.Axis.Name), set.Axis.Unit), spectrum.X.Length, row => CsvText.Number(spectrum.X[row])));
            columns.Add(new(CsvText.Head(SpectrumFigure.NameOf(set, i), set.YUnit ?? ""), spectrum.Y.Length, row => CsvText.Number(spectrum.Y[row])));
            before = spectrum.X;
        }
        return columns;
    }

    sealed record Column(string Head, int Length, Func<int, string> At);
}
