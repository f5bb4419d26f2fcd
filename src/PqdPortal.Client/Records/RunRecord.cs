using System.Text.Json;

namespace PqdPortal.Client.Records;

/// <summary>One measurement. A value that is absent was not recorded.</summary>
public sealed record RunRecord : ProjectRecordBase
{
    public string Name { get; init; } = "";

    /// <summary>Id of the set-up.</summary>
    public Guid? Instrument { get; init; }

    /// <summary>In the order of the channels.</summary>
    public IReadOnlyList<DetectorRecord>? Detectors { get; init; }

    /// <summary>Code of its sample; null while the run waits in the inbox.</summary>
    public string? Sample { get; init; }

    /// <summary>Code of its dot, where it is of one dot.</summary>
    public string? Dot { get; init; }

    /// <summary>not-recorded, hbt, hom, trpl, spectrum, temperature-series, absorption, flid, tem, plqy, photostability, other.</summary>
    public string Kind { get; init; } = "not-recorded";
    public DateTimeOffset? MeasuredAt { get; init; }

    /// <summary>[K]</summary>
    public double? Temperature { get; init; }

    /// <summary>not-recorded, inert, vacuum, air, other.</summary>
    public string Atmosphere { get; init; } = "not-recorded";

    /// <summary>Relative humidity [%].</summary>
    public double? Humidity { get; init; }

    /// <summary>not-recorded, pulsed, continuous-wave.</summary>
    public string Excitation { get; init; } = "not-recorded";

    /// <summary>[nm]</summary>
    public double? ExcitationWavelength { get; init; }

    /// <summary>[MHz]</summary>
    public double? RepetitionRate { get; init; }

    /// <summary>[ps]</summary>
    public double? PulseWidth { get; init; }

    /// <summary>[uW]</summary>
    public double? Power { get; init; }

    /// <summary>[uJ/cm^2]</summary>
    public double? Fluence { get; init; }

    /// <summary>[um]</summary>
    public double? SpotSize { get; init; }

    /// <summary>Mean excitons per pulse.</summary>
    public double? MeanExcitons { get; init; }
    public double? ObjectiveNa { get; init; }
    public string? Filters { get; init; }

    /// <summary>Cryostat or stage the sample sat in.</summary>
    public string? Stage { get; init; }

    /// <summary>Beam splitter and its ratio.</summary>
    public string? Splitter { get; init; }

    /// <summary>Planned length of the measurement [s].</summary>
    public double? Duration { get; init; }

    /// <summary>[ms]</summary>
    public double? BinTime { get; init; }

    /// <summary>Strain, electric or magnetic field, in words with units.</summary>
    public string? AppliedField { get; init; }

    /// <summary>Short-wave end of the emission window [nm].</summary>
    public double? WindowFrom { get; init; }

    /// <summary>Long-wave end of the emission window [nm].</summary>
    public double? WindowTo { get; init; }

    /// <summary>Dark and background counts per detector, in the order of the channels [1/s].</summary>
    public IReadOnlyList<double> BackgroundRates { get; init; } = [];

    /// <summary>not-recorded, superlattice, isolated-reference, same-sample-high-band.</summary>
    public string EvidenceRole { get; init; } = "not-recorded";

    /// <summary>no-file, waiting, reading, read, stored-unread, failed.</summary>
    public string Reading { get; init; } = "no-file";

    /// <summary>Why the reading ended as it did.</summary>
    public string? ReadingMessage { get; init; }

    public IReadOnlyList<RunFileRecord> Files { get; init; } = [];

    /// <summary>Newest finished result of each analysis.</summary>
    public IReadOnlyList<ResultRecord> Results { get; init; } = [];

    /// <summary>What was recorded in the fields that templates asked for, by key. In a change, keys that are not sent stay, and null takes one away.</summary>
    public IReadOnlyDictionary<string, ExtraRecord?>? Extra { get; init; }
}

/// <summary>A stored file of a run.</summary>
/// <param name="Sha256">Of the content, lower-case hex.</param>
/// <param name="Bytes">Length of the content.</param>
/// <param name="Role">measurement, irf, background ...; settings for what lies beside a measurement.</param>
/// <param name="Summary">What <c>pqd info</c> says of the file.</param>
public sealed record RunFileRecord(
    Guid Id, string Name, string Sha256, long Bytes, string Role, string? Format, string? Kind, DateTimeOffset AddedAt, JsonElement? Summary)
{
    /// <summary>waiting, reading, read, stored-unread, failed; of this file alone.</summary>
    public string Reading { get; init; } = "waiting";

    /// <summary>Why its reading ended as it did.</summary>
    public string? Message { get; init; }

    /// <summary>Layout of its records, where a person chose it.</summary>
    public string? Layout { get; init; }

    /// <summary>Unit of the times in a table [s], where a person chose it.</summary>
    public double? TimeUnit { get; init; }
}

/// <summary>A file has arrived whole and belongs to a run.</summary>
/// <param name="Run">The run; it is read right after.</param>
/// <param name="Bytes">Size of the file [bytes].</param>
/// <param name="Note">What the sender should know, such as that the same file was there already.</param>
public sealed record FileTaken(Guid Run, string Name, long Bytes, string? Note);
