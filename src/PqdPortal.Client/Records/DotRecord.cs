namespace PqdPortal.Client.Records;

/// <summary>One dot. A value that is absent was not recorded.</summary>
public sealed record DotRecord : ProjectRecordBase
{
    /// <summary>Short address, such as PQ-0042-S2-D017; given by the portal.</summary>
    public string Code { get; init; } = "";

    /// <summary>Label within the sample, such as D017; given by the portal.</summary>
    public string Label { get; init; } = "";

    /// <summary>Code of its sample; given when it is made.</summary>
    public string Sample { get; init; } = "";

    /// <summary>Nominal formula of its batch.</summary>
    public string Formula { get; init; } = "";

    /// <summary>Position on the sample [um].</summary>
    public double? X { get; init; }

    /// <summary>Position on the sample [um].</summary>
    public double? Y { get; init; }

    /// <summary>Emission maximum [nm].</summary>
    public double? EmissionPeak { get; init; }

    /// <summary>Full width at half maximum [meV].</summary>
    public double? EmissionFwhm { get; init; }

    /// <summary>Runs recorded of it; counted by the portal.</summary>
    public int Runs { get; init; }

    /// <summary>Newest finished result of each analysis of its runs.</summary>
    public IReadOnlyList<ResultRecord> Results { get; init; } = [];

    /// <summary>What was recorded in the fields that templates asked for, by key. In a change, keys that are not sent stay, and null takes one away.</summary>
    public IReadOnlyDictionary<string, ExtraRecord?>? Extra { get; init; }
}

/// <summary>How many dots to add to a sample.</summary>
/// <param name="Count">1 to 500; their numbering continues.</param>
public sealed record AddDots(int Count)
{
    /// <summary>The dots one by one, with their labels or positions; the count is then theirs.</summary>
    public IReadOnlyList<NewDot>? Dots { get; init; }
}

/// <summary>A dot that is to be added.</summary>
/// <param name="Label">Ends its short address; numbered on where it is left out.</param>
/// <param name="X">Position on the sample [um].</param>
/// <param name="Y">Position on the sample [um].</param>
public sealed record NewDot(string? Label = null, double? X = null, double? Y = null);

/// <summary>Into how many batches one is split.</summary>
public sealed record SplitBatch(int Count);

/// <summary>How a sample is copied.</summary>
public sealed record CopySample(bool WithDots = false);

/// <summary>The numbers and verdicts of one finished analysis.</summary>
/// <param name="Kind">Catalogue key, such as g2.cw.</param>
public sealed record ResultRecord(
    Guid Analysis, Guid Run, string Kind, int KindVersion, DateTimeOffset? EndedAt,
    IReadOnlyList<ValueRecord> Values, IReadOnlyList<VerdictRecord> Verdicts);

/// <summary>One number of an analysis, under its contract name.</summary>
/// <param name="Sigma">One standard deviation; null where none can be had.</param>
/// <param name="Grade">ok, warn or refused.</param>
public sealed record ValueRecord(
    string Name, double? Value, double? Sigma, double? Lo95, double? Hi95, string Unit, string? Text, long? N, string Grade);

/// <summary>One judgement with its because.</summary>
public sealed record VerdictRecord(string Name, string Value, string Why);
