using System.Text.Json.Nodes;

namespace PqdPortal.Analysis;

/// <summary>Trouble that the scientist can understand and act on. Its message is shown to them as it stands.</summary>
public abstract class PqdException(string message) : Exception(message);

/// <summary>The measurement holds too little for the question asked.</summary>
public sealed class InsufficientDataException(string message) : PqdException(message);

/// <summary>The question itself is wrong: an unknown analysis or parameter, a value outside its range, a channel that is not there.</summary>
public class RequestException(string message) : PqdException(message);

/// <summary>A file is not what its format says it should be.</summary>
/// <param name="message">What was expected, what stands there, in plain words.</param>
/// <param name="offset">Byte at which reading stopped.</param>
public sealed class MeasurementFormatException(string message, long offset) : PqdException(QuotedText.Showable(message))
{
    /// <summary>Byte at which reading stopped.</summary>
    public long Offset { get; } = offset;

    /// <summary>What the file was recognised as, where it was.</summary>
    public string? Format { get; init; }

    /// <summary>The fields of the header that could be read before the trouble, where there are any.</summary>
    public JsonObject? Header { get; init; }

    /// <summary>True where nothing is wrong with the file as far as is known; the portal only does not read its kind.</summary>
    public bool IsNotUnderstood { get; init; }

    /// <summary>What a person could say so that the file can be read after all.</summary>
    public IReadOnlyList<ReadingQuestion> Asks { get; init; } = [];
}
