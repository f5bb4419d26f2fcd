using System.Globalization;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Conversion;

/// <summary>Writes histograms, spectra and images as text, every number so that it reads back the same.</summary>
static class TableCsv
{
    /// <summary>One column of counts for each curve; with one bin width for all, the time of the left edge before them.</summary>
    public static void Write(HistogramSet set, TextWriter output, CancellationToken stop)
    {
        output.Write("# pqdportal histograms\n");
        foreach (var (number, curve) in set.Curves.Index())
        {
            var facts = new List<string> { $"bins={curve.Counts.Length}" };
            if (curve.BinWidth is { } width) facts.Add("bin_s=" + Number(width));
            if (curve.Start != 0) facts.Add("start_s=" + Number(curve.Start));
            if (curve.Channel is { } channel) facts.Add($"channel={channel}");
            if (curve.Duration is { } duration) facts.Add("duration_s=" + Number(duration));
            if (curve.SyncRate is { } rate) facts.Add("sync_rate_hz=" + Number(rate));
            if (curve.Name is { } name) facts.Add("name=" + OneLine(name));
            output.Write($"# curve {number}: {string.Join(", ", facts)}\n");
        }
        var first = set.Curves.FirstOrDefault();
        var shared = first?.BinWidth is not null && set.Curves.All(curve => curve.BinWidth == first.BinWidth && curve.Start == first.Start);
        output.Write((shared ? "time_s" : "bin") + string.Concat(set.Curves.Select((curve, number) => "," + Cell(curve.Name is { Length: > 0 } name ? $"{name} [counts]" : $"curve {number} [counts]"))) + "\n");
        var bins = set.Curves.Select(curve => curve.Counts.Length).DefaultIfEmpty().Max();
        for (var bin = 0; bin < bins; bin++)
        {
            if (bin % 4096 == 0) stop.ThrowIfCancellationRequested();
            output.Write(shared ? Number(first!.Start + bin * first.BinWidth!.Value) : bin.ToString(CultureInfo.InvariantCulture));
            foreach (var curve in set.Curves)
            {
                output.Write(',');
                if (bin < curve.Counts.Length) output.Write(curve.Counts[bin].ToString(CultureInfo.InvariantCulture));
            }
            output.Write('\n');
        }
    }

    /// <summary>With one x for all spectra a column for each, else a line for each point with the number of its spectrum.</summary>
    public static void Write(SpectrumSet set, TextWriter output, CancellationToken stop)
    {
        var x = set.Axis.Unit.Length > 0 ? $"{set.Axis.Name} [{set.Axis.Unit}]" : set.Axis.Name;
        var y = set.YUnit is { Length: > 0 } unit ? $"intensity [{unit}]" : "intensity";
        var first = set.Spectra.FirstOrDefault();
        if (first is null || set.Spectra.All(spectrum => ReferenceEquals(spectrum.X, first.X) || spectrum.X.AsSpan().SequenceEqual(first.X)))
        {
            output.Write(Cell(x) + string.Concat(set.Spectra.Select((spectrum, number) => "," + Cell(set.Spectra.Count == 1 ? y : Head(set, spectrum, number)))) + "\n");
            for (var i = 0; i < first?.X.Length; i++)
            {
                if (i % 4096 == 0) stop.ThrowIfCancellationRequested();
                output.Write(Number(first.X[i]));
                foreach (var spectrum in set.Spectra)
                {
                    output.Write(',');
                    output.Write(Number(spectrum.Y[i]));
                }
                output.Write('\n');
            }
            return;
        }
        output.Write($"{Cell(set.Along is { } along && set.Spectra.All(s => s.At is not null) ? Axis(along) : "spectrum")},{Cell(x)},{Cell(y)}\n");
        foreach (var (number, spectrum) in set.Spectra.Index())
        {
            stop.ThrowIfCancellationRequested();
            var at = set.Along is not null && set.Spectra.All(s => s.At is not null) ? Number(spectrum.At!.Value) : number.ToString(CultureInfo.InvariantCulture);
            for (var i = 0; i < spectrum.X.Length; i++) output.Write($"{at},{Number(spectrum.X[i])},{Number(spectrum.Y[i])}\n");
        }
    }

    /// <summary>A line for each row of pixels; a comment line before each image and frame.</summary>
    public static void Write(ImageSet set, TextWriter output, CancellationToken stop)
    {
        foreach (var (number, image) in set.Images.Index())
            for (var frame = 0; frame < image.Frames; frame++)
            {
                stop.ThrowIfCancellationRequested();
                var pixel = image.Pixel is { } size ? $", pixel_row_m={Number(size.Row)}, pixel_column_m={Number(size.Column)}" : ", not calibrated";
                output.Write($"# image {number}, frame {frame}, rows={image.Rows}, columns={image.Columns}{pixel}\n");
                var values = image.Frame(frame);
                for (var row = 0; row < image.Rows; row++)
                {
                    for (var column = 0; column < image.Columns; column++)
                    {
                        if (column > 0) output.Write(',');
                        output.Write(Number(values[row * image.Columns + column]));
                    }
                    output.Write('\n');
                }
            }
    }

    static string Head(SpectrumSet set, Spectrum spectrum, int number) =>
        spectrum.At is { } at && set.Along is { } along ? $"{along.Name} {Number(at)} {along.Unit}".TrimEnd()
        : spectrum.Name is { Length: > 0 } name ? name : $"spectrum {number}";

    static string Axis(SpectrumAxis axis) => axis.Unit.Length > 0 ? $"{axis.Name} [{axis.Unit}]" : axis.Name;

    static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>A text as a cell; quoted where it has to be, and no spreadsheet takes it for a formula.</summary>
    static string Cell(string text)
    {
        text = string.Join(' ', text.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@') text = "'" + text;
        return text.IndexOfAny([',', '"']) < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
    }
}
