using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>An image of one row is a spectrum.</summary>
static class OneRow
{
    /// <summary>What a spectrum takes beside its numbers [bytes].</summary>
    const int SpectrumItself = 128;

    /// <summary>True where all images are of one row.</summary>
    public static bool Holds(IReadOnlyCollection<ImageData> images) => images.Count > 0 && images.All(image => image.Rows == 1);

    /// <summary>Each frame as a spectrum.</summary>
    /// <param name="x">Place of the pixels on the axis, shape (columns), for an image.</param>
    /// <param name="fileBytes">Length of the file; as many bytes and 64 MiB more are held at most.</param>
    public static IReadOnlyList<Spectrum> Spectra(IReadOnlyList<ImageData> images, Func<ImageData, double[]> x, long fileBytes, FindingList findings)
    {
        var spectra = new List<Spectrum>();
        var room = fileBytes + (64L << 20);
        foreach (var image in images)
        {
            var axis = x(image);
            for (var frame = 0; frame < image.Frames; frame++)
            {
                if ((room -= 8L * image.Columns + SpectrumItself) < 0)
                {
                    findings.Add(Severity.Warning, "SPECTRA_LEFT_OUT", $"The file holds more spectra than can be shown at once; the first {spectra.Count:N0} were read.");
                    return spectra;
                }
                spectra.Add(new(axis, image.Frame(frame)) { Name = image.Name });
            }
        }
        return spectra;
    }

    /// <summary>The axis of rows without one of their own: metres where the length of a pixel is known, else its number, from 0 on.</summary>
    public static (SpectrumAxis Axis, Func<ImageData, double[]> X) AxisOf(IReadOnlyList<ImageData> images)
    {
        var known = images.All(image => image.Pixel is not null);
        return (known ? new SpectrumAxis("position", "m") : SpectrumAxis.Pixel, image => Places(image.Columns, 0, known ? image.Pixel!.Column : 1));
    }

    /// <param name="origin">Pixel at which the axis is 0; between two pixels as a rule.</param>
    /// <param name="step">From one pixel to the next.</param>
    public static double[] Places(int count, double origin, double step)
    {
        var places = new double[count];
        for (var i = 0; i < count; i++) places[i] = (i - origin) * step;
        return places;
    }
}
