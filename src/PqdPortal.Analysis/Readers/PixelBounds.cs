using System.Globalization;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>How large an image may claim to be. The numbers stand in the file, the memory is ours.</summary>
static class PixelBounds
{
    /// <summary>Pixels of one frame: 11,585 along each side; as numbers of eight bytes they take a gigabyte.</summary>
    const long MostPixels = 1 << 27;

    /// <summary>Below this no ratio is asked for: as numbers of eight bytes these pixels take 48 MiB.</summary>
    const long HarmlessPixels = 6 << 20;

    /// <summary>A file that was cut may still hold half of its only frame.</summary>
    public const int RatioRaw = 2;

    /// <summary>Images of a camera pack to a half, rarely to a fifth.</summary>
    public const int RatioPacked = 8;

    /// <summary>A stack of single photons is nearly empty and packs to a twentieth.</summary>
    const int RatioOfStack = 32;

    /// <summary>Why an image cannot be read; null where it can.</summary>
    /// <param name="rows">As the file says.</param>
    /// <param name="columns">As the file says.</param>
    /// <param name="pixelBytes">Bytes of one pixel.</param>
    /// <param name="fileBytes">Length of the file.</param>
    /// <param name="ratio">How much larger than the file the pixels may be.</param>
    public static string? Refusal(long rows, long columns, int pixelBytes, long fileBytes, int ratio)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"{columns:N0} x {rows:N0} pixels (columns x rows)");
        if (rows < 1 || columns < 1) return $"it declares {size}, and an image has at least one of each";
        if (columns > MostPixels / pixelBytes || rows > MostPixels / columns) return $"it declares {size}; frames of up to {MostPixels:N0} pixels are read";
        var bytes = rows * columns * pixelBytes;
        return rows * columns > HarmlessPixels && bytes / ratio > fileBytes
            ? $"it declares {size}, {bytes:N0} bytes, and the whole file has {fileBytes:N0}; more than {ratio} times as much is not believed"
            : null;
    }

    /// <summary>Bytes that all frames together may take before the rest is left out: a small file must not keep the portal busy for hours.</summary>
    public static long MostBytes(long fileBytes) => (64L << 20) + RatioOfStack * fileBytes;

    /// <summary>Frames that can be read of those that stand one behind the other; one that is cut counts only where it is the first.</summary>
    /// <param name="title">What holds them, for findings.</param>
    /// <param name="stored">Bytes that are there.</param>
    /// <param name="offset">Byte of the first frame.</param>
    public static int Frames(string title, long declared, long frameBytes, long stored, long offset, FindingList findings)
    {
        if (declared * frameBytes <= stored) return (int)declared;
        var whole = Math.Max(1, stored / frameBytes);
        if (whole < declared)
            findings.Add(Severity.Warning, "FRAMES_MISSING", $"{title} declares {declared:N0} frames of {frameBytes:N0} bytes; {stored:N0} bytes are there. {whole:N0} frames were read.", offset);
        if (stored < frameBytes)
            findings.Add(Severity.Warning, "PIXELS_MISSING", $"{title} declares {frameBytes:N0} bytes of pixels; {stored:N0} are there. The pixels behind them are no numbers.", offset + stored);
        return (int)whole;
    }
}
