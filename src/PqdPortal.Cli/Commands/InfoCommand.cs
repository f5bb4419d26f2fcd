using System.CommandLine;
using System.Globalization;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd info FILE: what a file is and holds, from its content alone.</summary>
public static class InfoCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "An instrument file; its name does not matter." };
        var command = new Command("info", "Say what a file is and holds, from its content alone.") { file, FileChoices.TimeUnit, FileChoices.Layout };
        command.SetAction(parse => Run(parse, parse.GetRequiredValue(file)));
        return command;
    }

    static int Run(ParseResult parse, string path)
    {
        using var stream = InputFile.Open(path);
        var summary = FileSummary.Of(stream, Formats.Open(stream, FileChoices.Of(parse, path)), threads: Environment.ProcessorCount);

        var output = parse.InvocationConfiguration.Output;
        if (parse.GetValue(CommandLine.Json))
            output.WriteLine(JsonText.Write(summary.ToJson(Path.GetFileName(path))));
        else
            Tell(output, path, summary);
        return CommandLine.Success;
    }

    static void Tell(TextWriter output, string path, FileSummary summary)
    {
        output.WriteLine(Path.GetFileName(path));
        Line(output, "format", summary.Measurement.Format);
        Line(output, "size", $"{Count(summary.Bytes)} bytes, sha256 {summary.Sha256[..12]}…");
        switch (summary.Measurement)
        {
            case PhotonStream stream when summary.Photons is { } photons:
                Tell(output, stream, photons);
                break;
            case HistogramSet histograms:
                foreach (var (number, curve) in histograms.Curves.Index())
                    Line(output, $"curve {number}", $"{Count(curve.Counts.Length)} bins{(curve.BinWidth is { } bin ? " of " + Seconds(bin) : ", their width unknown")}, {Count(curve.Sum)} counts{(curve.Max > 0 ? $", highest {Count(curve.Max)} in bin {curve.ArgMax}" : "")}");
                break;
            case SpectrumSet spectra:
                Line(output, "axis", $"{spectra.Axis.Name} [{spectra.Axis.Unit}]");
                foreach (var (number, spectrum) in spectra.Spectra.Index().Take(MostLines))
                    Line(output, $"spectrum {number}", $"{Count(spectrum.X.Length)} points{(spectrum.X.Length > 0 ? $", {Number(spectrum.X[0])} to {Number(spectrum.X[^1])} {spectra.Axis.Unit}" : "")}");
                if (spectra.Spectra.Count > MostLines) Line(output, "", $"and {spectra.Spectra.Count - MostLines} more");
                break;
            case ImageSet images:
                foreach (var (number, image) in images.Images.Index().Take(MostLines))
                    Line(output, $"image {number}", $"{image.Rows} x {image.Columns} pixels{(image.Frames > 1 ? $", {image.Frames} frames" : "")}, {(image.Pixel is { } pixel ? $"{Length(pixel.Row)} x {Length(pixel.Column)} a pixel ({pixel.Source})" : "not calibrated")}");
                if (images.Images.Count > MostLines) Line(output, "", $"and {images.Images.Count - MostLines} more");
                break;
            case DataTable table:
                Line(output, "rows", Count(table.Rows));
                foreach (var (number, column) in table.Columns.Index().Take(MostLines))
                    Line(output, $"column {number + 1}", $"{column.Title}, {(column.Numbers is { } numbers && numbers.Any(double.IsFinite) ? $"numbers from {Number(numbers.Where(double.IsFinite).Min())} to {Number(numbers.Where(double.IsFinite).Max())}" : "texts")}{(column.Missing > 0 ? $", {Count(column.Missing)} missing" : "")}");
                if (table.Columns.Count > MostLines) Line(output, "", $"and {table.Columns.Count - MostLines} more");
                break;
        }

        foreach (var finding in summary.Findings.OrderByDescending(f => f.Severity))
        {
            var where = (finding.Record, finding.Offset) switch
            {
                ({ } record, { } offset) => $" (record {Count(record)}, byte {Count(offset)})",
                (null, { } offset) => $" (byte {Count(offset)})",
                _ => "",
            };
            output.WriteLine();
            output.WriteLine($"  {finding.Severity.ToString().ToLowerInvariant()} {finding.Code}{where}");
            foreach (var line in Wrapped(finding.Message, 92)) output.WriteLine("    " + line);
        }
    }

    static void Tell(TextWriter output, PhotonStream stream, PhotonSummary photons)
    {
        Line(output, "records", $"{stream.RecordType}, {Count(photons.Pass.RecordsRead)} read{(stream.DeclaresRecords ? $" of {Count(stream.DeclaredRecords)} declared" : "")}");
        if (stream.MeasuredAt is { } when) Line(output, "measured", when.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        if (stream.SyncPeriod is { } period)
            Line(output, "sync period", $"{Seconds(period)} ({Number(1 / period / 1e6)} MHz)");
        else
            Line(output, "time unit", stream.Tick is { } tick ? Seconds(tick) : "unknown");
        if (stream.ChannelWidth is { } width) Line(output, "micro time", Seconds(width) + " a channel");
        Line(output, "duration", photons.Duration.Seconds is { } duration
            ? $"{Number(duration)} s, from the {photons.Duration.Source}" : "unknown");

        foreach (var (channel, count) in photons.EventsByChannel)
        {
            var what = channel switch
            {
                Channels.Sync => "sync",
                >= Channels.MarkerBase => $"marker {channel - Channels.MarkerBase}",
                _ => $"channel {channel}",
            };
            var rate = photons.Duration.Seconds is { } t and > 0 ? $"   {Rate(count / t)}/s" : "";
            Line(output, what, $"{Count(count),15}{rate}");
        }
        if (photons.EventsByChannel.Count == 0) Line(output, "events", "none");
        Line(output, "overflows", $"{Count(photons.Pass.OverflowRecords)} records, {Count(photons.Pass.OverflowWraps)} wraps");
    }

    const int MostLines = 20;

    /// <summary>A length with the unit that leaves one to three digits before the point.</summary>
    static string Length(double metres) => metres switch
    {
        < 1e-9 => Number(metres * 1e12) + " pm",
        < 1e-6 => Number(metres * 1e9) + " nm",
        < 1e-3 => Number(metres * 1e6) + " µm",
        _ => Number(metres * 1e3) + " mm",
    };

    static void Line(TextWriter output, string name, string value) => output.WriteLine($"  {name,-12} {value}");

    static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    static string Rate(double rate) => rate.ToString(rate < 100 ? "G3" : "N0", CultureInfo.InvariantCulture);

    static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>A time with the unit that leaves one to three digits before the point.</summary>
    static string Seconds(double seconds) => seconds switch
    {
        < 1e-9 => Number(seconds * 1e12) + " ps",
        < 1e-6 => Number(seconds * 1e9) + " ns",
        < 1e-3 => Number(seconds * 1e6) + " µs",
        < 1 => Number(seconds * 1e3) + " ms",
        _ => Number(seconds) + " s",
    };

    static IEnumerable<string> Wrapped(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line += line.Length == 0 ? word : " " + word;
        }
        if (line.Length > 0) yield return line;
    }
}
