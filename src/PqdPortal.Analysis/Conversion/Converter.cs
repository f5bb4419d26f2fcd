using System.Text;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Conversion;

/// <summary>A format the portal writes.</summary>
public enum TargetFormat { PhotonHdf5, Csv, Ptu, Tiff }

/// <summary>Writes what a file holds in another format, without loss, or says why that cannot be.</summary>
public static class Converter
{
    /// <summary>The formats by the names a person types, with the kinds of measurement each can hold.</summary>
    static readonly (TargetFormat Format, string[] Names, string[] Kinds)[] Targets =
    [
        (TargetFormat.PhotonHdf5, ["photon-hdf5", "photonhdf5", "hdf5", "h5"], ["photon-stream"]),
        (TargetFormat.Csv, ["csv"], ["photon-stream", "histogram", "spectrum", "spectrum-series", "image"]),
        (TargetFormat.Ptu, ["ptu"], ["photon-stream"]),
        (TargetFormat.Tiff, ["tiff", "tif"], ["image"]),
    ];

    /// <summary>The names of the formats, as shown to people.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Targets.Select(target => target.Names[0])];

    /// <exception cref="RequestException">There is no format of that name.</exception>
    public static TargetFormat Find(string name) =>
        Targets.Where(target => target.Names.Contains(name.ToLowerInvariant())).Select(target => (TargetFormat?)target.Format).FirstOrDefault()
        ?? throw new RequestException($"There is no format \"{name}\" to convert to. There are: {string.Join(", ", Names)}.");

    /// <summary>Converts a measurement.</summary>
    /// <param name="path">A file that does not exist yet; where the conversion fails, it may be left behind unfinished.</param>
    /// <param name="progress">Hears the records read so far, in two passes where the format needs to know the whole before it begins.</param>
    /// <returns>What is worth telling: what was not known, and so is not in the file either.</returns>
    /// <exception cref="RequestException">The format cannot hold what the file holds.</exception>
    /// <exception cref="MissingLibraryException">A library that writes the format is not installed.</exception>
    public static IReadOnlyList<string> Write(
        Measurement measurement, TargetFormat to, string path, ConversionNote note, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var target = Targets.First(t => t.Format == to);
        if (!target.Kinds.Contains(measurement.Kind))
            throw new RequestException(
                $"{note.SourceName} holds {Words(measurement.Kind)}, which cannot be written as {target.Names[0]}. Choose {string.Join(" or ", Targets.Where(t => t.Kinds.Contains(measurement.Kind)).Select(t => t.Names[0]))}.");

        var told = new List<string>();
        if (measurement is PhotonStream stream)
        {
            if (stream.Tick is null) told.Add("The unit of the times is not known; the new file does not name one either.");
            if (stream.HasDtime && stream.ChannelWidth is null) told.Add("The unit of the micro times is not known; the new file does not name one either.");
            switch (to)
            {
                case TargetFormat.PhotonHdf5:
                    PhotonHdf5Writer.Write(stream, StreamFacts.Of(stream, progress, stop), path, note, progress, stop);
                    break;
                case TargetFormat.Ptu:
                {
                    var facts = StreamFacts.Of(stream, progress, stop);
                    using var output = New(path);
                    PtuExport.Write(stream, facts, output, note, progress, stop);
                    break;
                }
                default:
                {
                    using var output = New(path);
                    TagCsvWriter.Write(stream, output, progress, stop);
                    break;
                }
            }
            return told;
        }

        using var file = New(path);
        if (to == TargetFormat.Tiff)
        {
            TiffWriter.Write((ImageSet)measurement, file, stop);
            return told;
        }
        using var text = new StreamWriter(file, new UTF8Encoding(false), 1 << 16);
        switch (measurement)
        {
            case HistogramSet histograms:
                TableCsv.Write(histograms, text, stop);
                break;
            case SpectrumSet spectra:
                TableCsv.Write(spectra, text, stop);
                break;
            case ImageSet images:
                TableCsv.Write(images, text, stop);
                break;
        }
        return told;
    }

    static FileStream New(string path) => new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, 1 << 16);

    static string Words(string kind) => kind switch
    {
        "photon-stream" => "a photon stream",
        "histogram" => "histograms",
        "spectrum" => "a spectrum",
        "spectrum-series" => "spectra",
        "image" => "images",
        _ => "a table",
    };
}
