namespace PqdPortal.Client.Records;

/// <summary>A set-up. A value that is absent was not recorded. It gives nobody access to its runs.</summary>
public sealed record InstrumentRecord : ProjectRecordBase
{
    public string Name { get; init; } = "";

    /// <summary>Id of the group it belongs to; null for one of the whole portal.</summary>
    public Guid? Group { get; init; }
    public string? Location { get; init; }
    public string? Description { get; init; }

    /// <summary>In the order of the channels.</summary>
    public IReadOnlyList<DetectorRecord>? Detectors { get; init; }
    public string? Objective { get; init; }

    /// <summary>Lasers and lamps, one a line.</summary>
    public string? ExcitationSources { get; init; }

    /// <summary>The run that holds its response.</summary>
    public Guid? IrfRun { get; init; }

    /// <summary>Usual temperature [K]; like all that follow, a new run takes it over.</summary>
    public double? Temperature { get; init; }
    public string? Stage { get; init; }

    /// <summary>not-recorded, inert, vacuum, air, other.</summary>
    public string Atmosphere { get; init; } = "not-recorded";

    /// <summary>not-recorded, pulsed, continuous-wave.</summary>
    public string Excitation { get; init; } = "not-recorded";

    /// <summary>[nm]</summary>
    public double? ExcitationWavelength { get; init; }

    /// <summary>[MHz]</summary>
    public double? RepetitionRate { get; init; }

    /// <summary>[ps]</summary>
    public double? PulseWidth { get; init; }

    /// <summary>[um]</summary>
    public double? SpotSize { get; init; }
    public double? ObjectiveNa { get; init; }
    public string? Filters { get; init; }
    public string? Splitter { get; init; }

    /// <summary>[nm]</summary>
    public double? WindowFrom { get; init; }

    /// <summary>[nm]</summary>
    public double? WindowTo { get; init; }

    /// <summary>[ms]</summary>
    public double? BinTime { get; init; }
}

/// <summary>One detector.</summary>
public sealed record DetectorRecord
{
    public string? Model { get; init; }

    /// <summary>0..1</summary>
    public double? Efficiency { get; init; }

    /// <summary>[ns]</summary>
    public double? DeadTime { get; init; }

    /// <summary>Full width at half maximum [ps].</summary>
    public double? Jitter { get; init; }

    /// <summary>[1/s]</summary>
    public double? DarkRate { get; init; }
}
