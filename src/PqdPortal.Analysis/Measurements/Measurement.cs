using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Measurements;

/// <summary>What a file holds, whatever its format.</summary>
public abstract class Measurement
{
    /// <summary>Name of the format for people, such as "PicoQuant PTU".</summary>
    public required string Format { get; init; }

    /// <summary>photon-stream, histogram, spectrum, spectrum-series, image or table.</summary>
    public abstract string Kind { get; }

    /// <summary>Every field of the header as read, in file order, known or not.</summary>
    public JsonObject Header { get; init; } = [];

    /// <summary>Local time the file gives for the measurement, without a zone; null where it gives none.</summary>
    public DateTime? MeasuredAt { get; init; }

    /// <summary>What was odd while opening. A full pass over the records adds its own findings.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>What was decided by a likeness or a usage, and a person may say otherwise.</summary>
    public IReadOnlyList<ReadingQuestion> Asks { get; init; } = [];
}

/// <summary>How much a finding matters.</summary>
public enum Severity { Info, Warning, Error }

/// <summary>Something odd in a file: what was found, where, and what was done about it.</summary>
/// <param name="Offset">Byte in the file.</param>
/// <param name="Record">Index of the record, where it is about one.</param>
public sealed record Finding(Severity Severity, string Code, string Message, long? Offset = null, long? Record = null);
