using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>The file formats the portal reads, one line each. A file is recognised by its first bytes, never by its name.</summary>
public static class Formats
{
    /// <summary>Opens a file: recognises the format and reads the header.</summary>
    /// <param name="file">Seekable; stays open and owned by the caller as long as the measurement is used.</param>
    /// <exception cref="MeasurementFormatException">The format is not known, or the header is damaged beyond use.</exception>
    public static Measurement Open(Stream file) =>
        throw new MeasurementFormatException("No format is known that begins like this file.", 0);
}
