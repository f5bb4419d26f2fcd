using Microsoft.Extensions.Caching.Memory;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Data.Files;
using PqdPortal.Jobs;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Runs.Views;

/// <summary>
/// What stored files look like: their curves and pictures, the last ones in memory. A file never changes, and neither does what is read
/// of it in one way, so nothing ever has to be forgotten for being old.
/// </summary>
public sealed class FileLooks(StoredMeasurements stored, IFileStore store) : IDisposable
{
    /// <summary>Room for curves and pictures in memory [bytes].</summary>
    const long Room = 96 << 20;

    /// <summary>A file of curves beyond this is for a program, not for a page [bytes].</summary>
    const long LargestCurves = 256 << 20;

    /// <summary>Pixels of the largest frame that is drawn: 5792 x 5792.</summary>
    public const long MostPixels = 1 << 25;

    /// <summary>Pixels of a picture along its longer side.</summary>
    public const int UsualSize = 1200, LargestSize = 2400;

    readonly MemoryCache _looks = new(new MemoryCacheOptions { SizeLimit = Room });

    /// <summary>The histograms or spectra of a file.</summary>
    /// <param name="bytes">Length of the file.</param>
    /// <exception cref="RequestException">The file holds no curves, or more than a page can show.</exception>
    public async Task<Measurement> Curves(FileReading reading, long bytes, CancellationToken stop = default)
    {
        if (_looks.TryGetValue(("curves", reading.Key), out Measurement? known)) return known!;
        if (bytes > LargestCurves)
            throw new RequestException($"The file has {bytes / 1e6:0} MB; the portal draws curves of files up to {LargestCurves >> 20} MB. Download it, or export the part you want to see.");
        var curves = await stored.Look(reading, measurement => measurement is HistogramSet or SpectrumSet
            ? measurement : throw new RequestException($"The file holds {Words(measurement.Kind)}, no curves."), stop);
        var values = curves switch
        {
            HistogramSet histograms => histograms.Curves.Sum(curve => (long)curve.Counts.Length),
            SpectrumSet spectra => spectra.Spectra.Sum(spectrum => (long)spectrum.Y.Length) + spectra.Spectra.Select(spectrum => spectrum.X).Distinct().Sum(x => (long)x.Length),
            _ => 0,
        };
        return _looks.Set(("curves", reading.Key), curves, new MemoryCacheEntryOptions { Size = 1000 + 8 * values });
    }

    /// <summary>A series of spectra as a map; null where its spectra share no axis.</summary>
    /// <exception cref="RequestException">The file holds no spectra.</exception>
    public async Task<Picture?> Map(FileReading reading, long bytes, CancellationToken stop = default)
    {
        if (_looks.TryGetValue(("map", reading.Key), out Picture? known)) return known;
        if (await Curves(reading, bytes, stop) is not SpectrumSet spectra) throw new RequestException("The file holds histograms, no spectra.");
        return SpectrumMap.Draw(spectra) is { } drawn ? Keep(("map", reading.Key), drawn) : null;
    }

    /// <summary>One frame of an image.</summary>
    /// <param name="image">Number of the image, from 1.</param>
    /// <param name="frame">Number of its frame, from 1.</param>
    /// <param name="clip">Share of pixels beyond black and beyond white, 0..0.2.</param>
    /// <param name="size">Pixels of the picture along its longer side.</param>
    /// <exception cref="RequestException">There is no such image or frame, or it is too large to be drawn.</exception>
    public async Task<Picture> Image(FileReading reading, int image, int frame, double clip, int size, CancellationToken stop = default)
    {
        (clip, size) = (Math.Clamp(double.IsFinite(clip) ? clip : 0, 0, 0.2), Math.Clamp(size, 64, LargestSize));
        var key = ("image", reading.Key, image, frame, clip, size);
        if (_looks.TryGetValue(key, out Picture? known)) return known!;
        return Keep(key, await stored.Look(reading, measurement =>
        {
            var of = Of(measurement, image, frame);
            return Picture.Of(of.Frame(frame - 1), of.Rows, of.Columns, size, size, clip, Palette.Grey);
        }, stop));
    }

    /// <summary>The raw values of one frame, shape (rows x columns), and its columns.</summary>
    /// <exception cref="RequestException">As for the picture.</exception>
    public Task<(double[] Values, int Columns)> Values(FileReading reading, int image, int frame, CancellationToken stop = default) =>
        stored.Look(reading, measurement =>
        {
            var of = Of(measurement, image, frame);
            return (of.Frame(frame - 1), of.Columns);
        }, stop);

    /// <summary>The first bytes of any file, as numbers and as letters; null where it is empty.</summary>
    public async Task<string?> FirstBytes(string sha256, CancellationToken stop = default)
    {
        const int lines = 6, line = 8;
        await using var content = await store.Open(sha256, stop);
        var bytes = new byte[lines * line];
        var got = await content.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, stop);
        return got == 0 ? null : string.Join('\n', bytes.Take(got).Chunk(line).Select((part, i) =>
            $"{i * line:X4}  {string.Join(' ', part.Select(one => one.ToString("X2"))).PadRight(line * 3)} {string.Concat(part.Select(one => one is >= 0x20 and < 0x7F ? (char)one : '·'))}"));
    }

    static ImageData Of(Measurement measurement, int image, int frame)
    {
        if (measurement is not ImageSet set) throw new RequestException($"The file holds {Words(measurement.Kind)}, no image.");
        if (image < 1 || image > set.Images.Count) throw new RequestException($"The file holds {set.Images.Count} images; there is no image {image}.");
        var of = set.Images[image - 1];
        if (frame < 1 || frame > of.Frames) throw new RequestException($"The image has {of.Frames} frames; there is no frame {frame}.");
        if (of.Rows <= 0 || of.Columns <= 0) throw new RequestException("The image has no pixels.");
        if ((long)of.Rows * of.Columns > MostPixels)
            throw new RequestException($"The image has {of.Rows} × {of.Columns} pixels; the portal draws up to {MostPixels / 1e6:0} million. Download the file to look at it.");
        return of;
    }

    Picture Keep(object key, Picture picture) => _looks.Set(key, picture, new MemoryCacheEntryOptions { Size = 1000 + picture.Png.Length });

    static string Words(string kind) => kind switch { "photon-stream" => "a photon stream", "histogram" => "histograms", "image" => "images", "table" => "a table", _ => "spectra" };

    public void Dispose() => _looks.Dispose();
}
